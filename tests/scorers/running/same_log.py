"""Two logs compared field by field."""

import math
from collections.abc import Iterator
from typing import Any

from inspect_ai.log import EvalLog

NEW_EACH_TIME = {
    # ids, and when
    "eval.eval_id", "eval.run_id", "eval.task_id", "eval.created", "stats.started_at",
    "stats.completed_at", "samples.*.uuid", "samples.*.started_at", "samples.*.completed_at",
    "samples.*.messages.*.id", "samples.*.output.choices.*.message.id",
    "samples.*.output.response_id", "samples.*.scores.*.history",
    # how long
    "samples.*.output.time", "samples.*.total_time", "samples.*.working_time",
}  # fmt: skip
"""What differs between two runs of `inspect eval`, too."""
LEFT_OUT = {
    "samples.*.events", "samples.*.attachments", "samples.*.timelines", "location", "etag",
    "stats.connection_limit_history",
}  # fmt: skip
"""What `cosa run` leaves out: events with their long texts, and how many connections Inspect found
best. A log's place is its own."""


def differences(own: EvalLog, other: EvalLog) -> list[str]:
    """Where two logs differ, but for what is new at each run and what `cosa run` leaves out."""
    return sorted(set(_walk(_plain(own), _plain(other), ())))


def _plain(log: EvalLog) -> dict[str, Any]:
    data = log.model_dump(mode="json")
    data["samples"] = {sample["id"]: sample for sample in data["samples"] or []}
    for reduction in data["reductions"] or []:
        reduction["samples"] = {score["sample_id"]: score for score in reduction["samples"]}
    return data


def _walk(a: object, b: object, at: tuple[str, ...]) -> Iterator[str]:
    named = ".".join(at)
    if named in NEW_EACH_TIME | LEFT_OUT:
        return
    inner = (*at, "*")
    if isinstance(a, dict) and isinstance(b, dict):
        free = named in ("samples", "samples.*.scores") or named.endswith("reductions.*.samples")
        for key in a.keys() | b.keys():
            place = inner if free else (*at, key)
            yield from _walk(a.get(key, "absent"), b.get(key, "absent"), place)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for one, two in zip(a, b, strict=True):
            yield from _walk(one, two, inner)
    elif not (a == b or (_nan(a) and _nan(b))):
        yield f"{named}: {a!r} and {b!r}"


def _nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)

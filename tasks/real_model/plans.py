"""What is run: the contrast set, and one level of generated policies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cosapien import load_benchmark
from cosapien.generate import choose_revision
from cosapien.versions import TASK_VERSIONS
from scorers.rules import RULES_VERSION
from tasks.real_model.engine import Engine

KNOBS: Final = "worlds=4,prompts=10"
"""80 records a level: a size for two cores."""
MAX_TOKENS: Final = 256
"""Longest response. The contrast set's reference responses have 27 tokens on average."""
LEVELS: Final = (1, 2, 3, 4)
"""Levels whose policies a model with 8,192 positions can read."""
RUN_KEY: Final = "real_model"
"""Name in a log's metadata of what identifies the run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        title: What it is called on the terminal.
        arguments: The arguments of `inspect eval`, but for the folder of logs.
        records: How many samples it has.
        key: Identifies the run: the same weights, data, judge and arguments.
    """

    title: str
    arguments: tuple[str, ...]
    records: int
    key: str


def plans(model: str, weights: str, engine: Engine, *, level: int, limit: int | None) -> list[Plan]:
    """All runs, in their order.

    Args:
        model: Name of the model.
        weights: SHA-256 of its weights.
        engine: What answers.
        level: Level of the generated policies, one of `LEVELS`.
        limit: Run only so many records of each benchmark; None: all.
    """
    made = ["dataset=generated", f"level={level}", "generator_seed=0", f"knobs={KNOBS}"]
    revision = choose_revision("generated", None, level, 0, KNOBS)
    return [
        _plan("contrast set", ["dataset=contrast"], None, model, weights, engine, limit),
        _plan(f"generated, level {level}", made, revision, model, weights, engine, limit),
    ]


def _plan(
    title: str,
    data: Sequence[str],
    revision: str | None,
    model: str,
    weights: str,
    engine: Engine,
    limit: int | None,
) -> Plan:
    benchmark = load_benchmark(data[0].partition("=")[2], revision)
    words = ["tasks/cosapien", *(word for arg in data for word in ("-T", arg))]
    words += ["--model", f"{engine.provider}/{model}", *engine.options]
    words += ["--max-tokens", str(MAX_TOKENS)]
    words += [] if limit is None else ["--limit", str(limit)]
    identity = [weights, benchmark.revision, TASK_VERSIONS["cosapien"], RULES_VERSION, words]
    key = "run-" + hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    records = len(benchmark.records)
    return Plan(
        title=title,
        arguments=(*words, "--metadata", f"{RUN_KEY}={key}"),
        records=records if limit is None else min(limit, records),
        key=key,
    )

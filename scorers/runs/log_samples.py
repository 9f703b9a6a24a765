"""A log's samples, one at a time, in a time that grows with their number and not with its square.

Inspect's `read_eval_log_samples` opens the log for every sample and parses the directory of its zip
each time, which lists all samples. `read_eval_log_samples_by_id` parses it once, but returns all the
samples it is asked for in one list. So an `.eval` log on this machine is opened here, once, and each
sample goes through Inspect's own `EvalSample`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZipFile  # which Inspect teaches Zstandard where Python itself cannot read it

from inspect_ai.log import EvalLog, EvalSample, read_eval_log

SampleKey = tuple[str | int, int]
"""A sample's id and its epoch, from 1."""

UNREAD = frozenset({"attachments", "events", "events_data", "messages", "store", "timelines"})
"""What no caller needs. It is most of a log, and validating it takes most of the time."""


def sample_keys(header: EvalLog) -> Iterator[SampleKey]:
    """What samples a finished run has: ids in the data's order, every epoch of each.

    Args:
        header: The log's header.

    Raises:
        RuntimeError: The run did not finish, was declared invalid, or does not list its samples.
    """
    ids = header.eval.dataset.sample_ids
    if ids is None:
        raise RuntimeError("the log does not list its samples")
    if header.status != "success" or header.invalidated:
        raise RuntimeError(f"the log does not have all samples (status {header.status})")
    epochs = header.eval.config.epochs or 1
    return ((name, epoch) for name in ids for epoch in range(1, epochs + 1))


def samples_of(log: str | Path, keys: Iterable[SampleKey] | None = None) -> Iterator[EvalSample]:
    """The samples of a log, without their `UNREAD` fields.

    Only one of them is in memory at a time, unless the log is a `.json` file or on another machine:
    those are read whole.

    Args:
        log: An Inspect log.
        keys: Which samples, in the order they are wanted (see `sample_keys`); None for all that the
            log holds, in the order they were finished.

    Raises:
        IndexError: The log has no such sample.
        ValueError, zipfile.BadZipFile: A sample is damaged.
    """
    path = Path(str(log).removeprefix("file://"))
    if path.suffix == ".eval" and path.is_file():
        return _from_zip(path, keys)
    return _from_whole(str(log), keys)


def _from_zip(path: Path, keys: Iterable[SampleKey] | None) -> Iterator[EvalSample]:
    with ZipFile(path) as file:
        known = dict.fromkeys(name for name in file.namelist() if _holds_sample(name))
        for member in known if keys is None else map(_member, keys):
            if member not in known:
                raise IndexError(f"{path}: {member[:200]} is missing")
            fields = json.loads(file.read(member))
            if isinstance(fields, dict):
                fields = {name: value for name, value in fields.items() if name not in UNREAD}
            yield EvalSample.model_validate(fields)


def _holds_sample(member: str) -> bool:
    return member.startswith("samples/") and member.endswith(".json")


def _member(key: SampleKey) -> str:
    return "samples/{}_epoch_{}.json".format(*key)


def _from_whole(log: str, keys: Iterable[SampleKey] | None) -> Iterator[EvalSample]:
    found = read_eval_log(log, exclude_fields=set(UNREAD)).samples or []
    if keys is None:
        yield from found
        return
    known = {_member((sample.id, sample.epoch)): sample for sample in found}
    for member in map(_member, keys):
        if member not in known:
            raise IndexError(f"{log}: {member[:200]} is missing")
        yield known[member]

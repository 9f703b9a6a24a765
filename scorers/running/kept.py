"""What an ended run leaves, so that the same command goes on: its log's head, and finished samples."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from inspect_ai.log import EvalLog, EvalSample
from pydantic_core import to_json

from cosapien import UserError, content_hash
from cosapien.whole import replaced_file
from scorers.asking import Shards
from scorers.running.prepare import log_path

FOLDER = ".cosa-run"
_HEAD = "head.json"
_PASSING = {"eval_id", "run_id", "created", "task_id", "revision", "model_base_url"}
"""Parts of a log's head that may differ between two starts of the same run."""
_TRANSPORT = ("max_connections", "max_retries", "timeout", "attempt_timeout")
"""Settings of the connection, which change no answer."""


class Kept:
    """The work folder of one run: `LOGDIR/.cosa-run/ID`, where the ID stands for the whole command."""

    def __init__(self, log_dir: Path, header: EvalLog) -> None:
        """Finds what an earlier start of the same command left.

        Args:
            log_dir: Where logs are written.
            header: The head of the log of this start.

        Raises:
            UserError: The same command is running.
        """
        self.folder = log_dir / FOLDER / _identity(header)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.folder.with_suffix(".lock"))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(f"{self.folder}: the same command is running already") from None
        self.shards = Shards(self.folder / "samples")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shards.write()
        self._lock.release()

    def header(self, header: EvalLog) -> EvalLog:
        """The head of the log that an earlier start began; without one, this start's is kept.

        Args:
            header: Of this start; its file is removed where an earlier one goes on.
        """
        file = self.folder / _HEAD
        if not file.exists():
            with replaced_file(file) as part:
                text = header.model_dump_json(include={"version", "status", "eval", "plan"})
                part.write_text(json.dumps({"location": header.location, "log": text}), "utf-8")
            return header
        kept = json.loads(file.read_text(encoding="utf-8"))
        earlier = EvalLog.model_validate_json(kept["log"])
        earlier.location = kept["location"]
        # the folder of logs may have been moved since, to another machine even
        earlier.location = str(log_path(header).with_name(log_path(earlier).name))
        log_path(header).unlink(missing_ok=True)
        return earlier

    def samples(self) -> Iterator[EvalSample]:
        """Finished samples, one at a time."""
        for line in self.shards.lines():
            yield EvalSample.model_validate_json(line)

    def add(self, sample: EvalSample) -> None:
        """Keep a finished sample.

        Args:
            sample: One without an error.
        """
        self.shards.add(to_json(sample, inf_nan_mode="constants", exclude_none=True).decode())

    def remove(self) -> None:
        """Remove all of it: the log is whole."""
        self.shards.write()  # or what waits would be written afterwards
        shutil.rmtree(self.folder)


def _identity(header: EvalLog) -> str:
    """12 hex digits that stand for what is run and how, addresses, connections and retries left out."""
    about = header.eval.model_dump(mode="json", exclude=_PASSING)
    plan = header.plan.model_dump(mode="json")
    for settings in (about["model_generate_config"], plan["config"]):
        for name in _TRANSPORT:
            settings.pop(name, None)
    for bound in (about["model_roles"] or {}).values():
        for model in bound if isinstance(bound, list) else [bound]:
            model.pop("base_url", None)
    return content_hash(json.dumps([about, plan], sort_keys=True))

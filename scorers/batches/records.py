"""Batches on disk: what was sent in which batch, its id at the provider, and what came back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, Field

from cosapien.whole import replaced_file

_RECORD, _INPUT, _RESULTS = "batch.json", "input.jsonl", "results.jsonl"


class BatchRecord(BaseModel):
    """One batch of a work folder.

    Attributes:
        provider: Whose batch.
        model: Inspect's name of the model.
        base_url: The address of the provider, if it is not its own.
        endpoint: What its requests ask.
        mark: Random; stands in the batch's metadata and in the ids of its requests, so that a batch
            whose id was lost can be found.
        ids: The requests, in order.
        creating: When the provider was first asked to make it, in seconds since 1970; None: never.
        batch_id: The provider's, or None while it is not known.
        ended: How it ended, in the provider's word; None: results are not here yet.
    """

    provider: Literal["openai", "anthropic"]
    model: str
    base_url: str | None = None
    endpoint: str
    mark: str = Field(default_factory=lambda: uuid4().hex[:24])
    ids: list[str]
    creating: float | None = None
    batch_id: str | None = None
    ended: str | None = None

    def custom_id(self, place: int) -> str:
        """What the provider calls a request.

        Args:
            place: Its place in `ids`.
        """
        return f"{self.mark}-{place}"

    def request_id(self, custom_id: str) -> str | None:
        """The request that the provider calls so, or None if it is none of this batch.

        Args:
            custom_id: From a line of results.
        """
        mark, dash, place = custom_id.rpartition("-")
        known = dash and mark == self.mark and place.isdecimal() and int(place) < len(self.ids)
        return self.ids[int(place)] if known else None


class Batch:
    """A record with its folder, which is written at each step."""

    def __init__(self, folder: Path, record: BatchRecord) -> None:
        """Nothing is read or written.

        Args:
            folder: Of this batch alone.
            record: What is known of it.
        """
        self.folder, self.record = folder, record

    @property
    def input(self) -> Path:
        """The requests, as lines of JSON; removed when the batch has an id."""
        return self.folder / _INPUT

    @property
    def results(self) -> Path:
        """What came back, as lines of JSON in the provider's words."""
        return self.folder / _RESULTS

    def write(self) -> None:
        """Write the record, and wait until it is on the disk."""
        with replaced_file(self.folder / _RECORD, durable=True) as part:
            part.write_text(self.record.model_dump_json(indent=1), encoding="utf-8")

    def creating(self) -> None:
        """Note that the provider is being asked to make it."""
        self.record = self.record.model_copy(update={"creating": time.time()})
        self.write()

    def created(self, batch_id: str) -> None:
        """Note the provider's id.

        Args:
            batch_id: Of the batch.
        """
        self.record = self.record.model_copy(update={"batch_id": batch_id})
        self.write()
        self.input.unlink(missing_ok=True)

    def end(self, status: str) -> None:
        """Note that the results are here.

        Args:
            status: How it ended.
        """
        self.record = self.record.model_copy(update={"ended": status})
        self.write()

    def remove(self) -> None:
        """Remove a batch that the provider does not have."""
        rmtree(self.folder)


def read_batches(work: Path) -> list[Batch]:
    """All batches of a work folder, in the order in which they were made.

    Args:
        work: Of one model.
    """
    return [
        Batch(file.parent, BatchRecord.model_validate_json(file.read_bytes()))
        for file in sorted(work.glob(f"*/{_RECORD}"))
    ]


def new_folder(work: Path) -> Path:
    """A folder for the next batch.

    Args:
        work: Of one model.
    """
    taken = [int(folder.name) for folder in work.glob("*") if folder.name.isdecimal()]
    folder = work / f"{max(taken, default=0) + 1:05d}"
    folder.mkdir(parents=True)
    return folder


def batches_in(folder: Path) -> Iterator[BatchRecord]:
    """All batches below a folder: of a model, a run, or all runs of a folder of logs.

    Args:
        folder: Any.
    """
    for file in sorted(folder.rglob(_RECORD)):
        yield BatchRecord.model_validate_json(file.read_bytes())


def under_way(records: Sequence[BatchRecord]) -> list[str]:
    """The ids of batches that the provider may still be working on.

    Args:
        records: Any.
    """
    return [r.batch_id for r in records if r.batch_id is not None and r.ended is None]

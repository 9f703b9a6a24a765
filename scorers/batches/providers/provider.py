"""What this room needs of a provider that takes batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cosapien.whole import replaced_file
from scorers.batches.exchange import Body
from scorers.batches.records import Batch


@dataclass(frozen=True, slots=True)
class State:
    """How far a batch is.

    Attributes:
        status: In the provider's word.
        answered: Requests with an answer, as far as the provider counts them before the end.
        failed: Requests with an error, likewise.
        ended: Whether nothing more will come.
        cancelled: Whether somebody ended it.
        full: Whether it was refused because too much is in the provider's queue.
        fault: Why all of it was refused, in one line, or None.
    """

    status: str
    answered: int
    failed: int
    ended: bool
    cancelled: bool = False
    full: bool = False
    fault: str | None = None


class Provider(ABC):
    """The batches of one provider, by its official client."""

    name: Literal["openai", "anthropic"]
    most_requests: int
    """Requests of a batch."""
    most_bytes: int
    """Bytes of a batch's input."""

    @abstractmethod
    def line(self, custom_id: str, body: Body) -> dict[str, Any]:
        """A request as it stands in a batch.

        Args:
            custom_id: Its name there.
            body: What it asks.
        """

    @abstractmethod
    async def create(self, batch: Batch, headers: Mapping[str, str]) -> str:
        """Make a batch of its input file, by one try.

        Args:
            batch: With its input on disk.
            headers: Which its requests share.

        Returns:
            Its id.

        Raises:
            Exception: Of the official client. The batch may have been made; see `find`.
        """

    @abstractmethod
    async def find(self, batch: Batch) -> str | None:
        """The id of a batch that the provider was asked to make, or None if it was not made.

        Args:
            batch: Without an id.
        """

    @abstractmethod
    async def state(self, batch_id: str) -> State:
        """How far a batch is.

        Args:
            batch_id: Of the batch.
        """

    @abstractmethod
    def lines(self, batch: Batch) -> AsyncIterator[str]:
        """The results of a batch that has ended, as lines of JSON, in any order.

        Args:
            batch: With its id.
        """

    @abstractmethod
    def result(self, line: Mapping[str, Any]) -> object:
        """What a line of results says.

        Args:
            line: Of `lines`.

        Returns:
            The answer, or the error that the official client would raise. Of a request that was not
            processed, a `NoAnswerError`: it may be sent again.
        """

    @abstractmethod
    async def cancel(self, batch_id: str) -> None:
        """End a batch; what is answered is kept, and paid.

        Args:
            batch_id: Of the batch.
        """

    async def fetch(self, batch: Batch, status: str) -> Path:
        """Put the results of a batch that has ended on disk.

        Args:
            batch: With its id.
            status: How it ended.

        Returns:
            The file: whole, or not there.
        """
        with (
            replaced_file(batch.results, durable=True) as part,
            part.open("w", encoding="utf-8") as file,
        ):
            async for line in self.lines(batch):
                file.write(f"{line}\n")
        batch.end(status)
        return batch.results

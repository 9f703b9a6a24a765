"""What loopback servers of batches have in common: batches that take some looks to end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.base import Json
from tests.fakes.replies import ChatRequest

Fate = Literal["answered", "expired", "errored"]
"""What becomes of a request in a batch: an answer or the error that its reply is; nothing in time; an
error of the batch's own, which may pass."""
FateFn = Callable[[ChatRequest, int], Fate]
"""The fate of a request in the n-th batch, from 1."""


@dataclass
class FakeBatch:
    """One batch as a server has it."""

    id: str
    number: int
    requests: dict[str, Json]
    """Bodies by `custom_id`."""
    metadata: dict[str, str]
    endpoint: str
    headers: dict[str, str]
    looks: int
    """How often it is looked at before it has ended."""
    made: int = field(default_factory=lambda: int(time.time()))
    cancelled: bool = False
    refused: list[Json] = field(default_factory=list)
    """OpenAI: errors because of which it was refused as a whole."""
    results: list[tuple[str, Fate, int, Json]] | None = None
    """`custom_id`, fate, HTTP status and body, once it has ended."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.results is not None

    def counts(self, fate: Fate, good: bool = True) -> int:
        """Requests with a fate; of the answered ones, those with an answer or with an error."""
        found = self.results or []
        return sum(f == fate and (status < 400) == good for _, f, status, _ in found)


class BatchShelf:
    """The batches of a server, of which a look now and then moves one on."""

    def __init__(self, looks: int, fate: FateFn | None, shuffle: bool = True) -> None:
        """None yet.

        Args:
            looks: How often a batch is looked at before it has ended.
            fate: What becomes of each request; all are answered by default.
            shuffle: Whether results come in another order than the requests.
        """
        self.looks, self.shuffle = looks, shuffle
        self.fate: FateFn = fate or (lambda request, number: "answered")
        self.batches: dict[str, FakeBatch] = {}

    def add(
        self,
        requests: dict[str, Json],
        *,
        prefix: str,
        headers: dict[str, str],
        metadata: dict[str, str] | None = None,
        endpoint: str = "",
    ) -> FakeBatch:
        """A new batch."""
        number = len(self.batches) + 1
        batch = FakeBatch(
            f"{prefix}{number}", number, requests, metadata or {}, endpoint, headers, self.looks
        )
        self.batches[batch.id] = batch
        return batch

    def look(self, batch: FakeBatch, answer: Callable[[ChatRequest], tuple[int, Json]]) -> None:
        """Moves a batch on, and ends it when it was looked at often enough."""
        if batch.ended or batch.refused:
            return
        batch.looks -= 1
        if batch.looks > 0 and not batch.cancelled:
            return
        found: list[tuple[str, Fate, int, Json]] = []
        for place, (custom_id, body) in enumerate(batch.requests.items()):
            request = ChatRequest(batch.endpoint, body, batch.headers, time.monotonic())
            fate = self.fate(request, batch.number)
            if batch.cancelled and place >= len(batch.requests) // 2:
                fate = "expired"  # half was done when somebody ended it
            status, answered = answer(request) if fate == "answered" else (500, {})
            found.append((custom_id, fate, status, answered))
        batch.results = found[::-1] if self.shuffle else found


def answer_of(body: object) -> Json:
    """The JSON of a response that was rendered for HTTP."""
    assert isinstance(body, bytes)
    data: Json = json.loads(body)
    return data


def lines(items: list[Any]) -> bytes:
    """JSON lines."""
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def compact(body: Json) -> bytes:
    """A body as the official clients write it, so that its rough count of tokens is the same."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}

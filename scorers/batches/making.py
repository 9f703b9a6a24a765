"""Batches made of requests: split by the provider's limits, and noted on disk before and after."""

from __future__ import annotations

import json
import random
from asyncio import sleep
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from typing import IO

from inspect_ai.model import Model

from cosapien import UserError
from scorers.asking import Answer, AskingStopped, Request, one_line, retry_of, wait_before
from scorers.batches.exchange import Body, Exchange
from scorers.batches.inspect_inside import OpenAIAPI
from scorers.batches.options import BatchOptions
from scorers.batches.providers.provider import Provider
from scorers.batches.records import Batch, BatchRecord, new_folder, read_batches

Shared = tuple[str, tuple[tuple[str, str], ...]]
"""What all requests of a batch have in common: the endpoint, and headers."""


def provider_of(model: Model, options: BatchOptions) -> Provider:
    """The provider that takes a model's batches.

    Args:
        model: For which `Exchange` has been opened.
        options: How batches are waited for.
    """
    client = model.api.client  # type: ignore[attr-defined]
    client = getattr(client, "official", client)  # an engine may have put another in its place
    if isinstance(model.api, OpenAIAPI):
        from scorers.batches.providers.openai_batches import OpenAIBatches

        return OpenAIBatches(client)
    from scorers.batches.providers.anthropic_batches import AnthropicBatches

    return AnthropicBatches(client, options.poll)


class _Part:
    """A batch in the making: its input file is open."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        self.batch = Batch(folder, BatchRecord.model_construct())
        self.ids: list[str] = []
        self.bytes = 0
        self.file: IO[bytes] = files.enter_context(self.batch.input.open("wb"))


class Maker:
    """Makes the batches of one model."""

    def __init__(
        self, exchange: Exchange, provider: Provider, work: Path, options: BatchOptions
    ) -> None:
        """Nothing is sent.

        Args:
            exchange: Writes requests.
            provider: Takes batches.
            work: Folder of the batches.
            options: Their size.
        """
        self._exchange, self._provider = exchange, provider
        self._work, self._options = work, options
        self._chance = random.Random()

    async def known(self) -> list[Batch]:
        """The batches that earlier calls made, in order; those that were not made are removed."""
        found = []
        for folder in self._work.glob("[0-9]*"):
            if not any(folder.glob("batch.json")):  # killed before anything was sent
                rmtree(folder)
        for batch in read_batches(self._work):
            if batch.record.batch_id is None and batch.record.creating is not None:
                batch_id = await self._provider.find(batch)
                if batch_id is not None:
                    batch.created(batch_id)
            if batch.record.batch_id is None:
                batch.remove()
            else:
                found.append(batch)
        return found

    async def make(self, requests: Iterable[Request]) -> AsyncIterator[Batch | Answer]:
        """Make as many batches as the requests take.

        Args:
            requests: In any number.

        Yields:
            A batch when it has an id; an answer for a request that cannot be written.

        Raises:
            AskingStopped: The provider takes no batch.
        """
        parts: dict[Shared, _Part] = {}
        with ExitStack() as files:
            for request in requests:
                try:
                    body = await self._exchange.body(request)
                except UserError:
                    raise
                except Exception as error:  # each provider raises its own errors
                    yield Answer(id=request.id, output=None, failure=one_line(error))
                    continue
                shared = (body.endpoint, body.headers)
                part = parts.get(shared)
                if part is not None and self._is_full(part, self._line(part, body)):
                    yield await self._finish(parts.pop(shared), shared)
                    part = None
                if part is None:
                    part = parts[shared] = self._begin(files)
                line = self._line(part, body)
                part.file.write(line)
                part.bytes += len(line)
                part.ids.append(request.id)
            for shared, part in parts.items():
                yield await self._finish(part, shared)

    def _begin(self, files: ExitStack) -> _Part:
        model = self._exchange.served
        part = _Part(new_folder(self._work), files)
        part.batch.record = BatchRecord(
            provider=self._provider.name,
            model=str(model),
            base_url=model.api.base_url,
            endpoint="",
            ids=[],
        )
        return part

    def _line(self, part: _Part, body: Body) -> bytes:
        line = self._provider.line(part.batch.record.custom_id(len(part.ids)), body)
        return json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"

    def _is_full(self, part: _Part, line: bytes) -> bool:
        most = min(self._options.size, self._provider.most_requests)
        return len(part.ids) >= most or part.bytes + len(line) > self._provider.most_bytes

    async def _finish(self, part: _Part, shared: Shared) -> Batch:
        part.file.close()
        batch, (endpoint, headers) = part.batch, shared
        batch.record = batch.record.model_copy(update={"endpoint": endpoint, "ids": part.ids})
        batch.creating()  # on disk before anything is sent
        attempt = 0
        while True:
            attempt += 1
            try:
                batch.created(await self._provider.create(batch, dict(headers)))
                return batch
            except Exception as error:
                retry = retry_of(self._exchange.served, error)
                if not retry.again or attempt > self._options.settings.retries:
                    if not retry.again:
                        batch.remove()
                    raise AskingStopped(
                        f"{self._exchange.served}: the provider takes no batch ({one_line(error)}). "
                        "What is finished is kept: run the same command again"
                    ) from error
                await sleep(wait_before(attempt, retry, self._chance))
            if (found := await self._provider.find(batch)) is not None:  # it had been made
                batch.created(found)
                return batch

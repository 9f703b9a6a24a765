"""Anthropic's message batches: requests and results in one endpoint, without metadata."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import httpx2
from anthropic.types import Message

from scorers.asking import NoAnswerError
from scorers.batches.exchange import Body
from scorers.batches.providers.provider import Provider, State
from scorers.batches.records import Batch

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.types.messages import MessageBatch

CLOCKS = 120
"""Seconds by which this machine's clock may be ahead of the provider's."""
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The HTTP status of an error's type; 500 of any other."""


class AnthropicBatches(Provider):
    """`/v1/messages/batches`."""

    name = "anthropic"
    most_requests = 100_000
    most_bytes = 64_000_000  # of 256 MB: the client holds all of it in memory, several times

    def __init__(self, client: AsyncAnthropic, poll: float) -> None:
        """Nothing is sent.

        Args:
            client: The official one.
            poll: Seconds between two looks at a batch that may be the one that is looked for.
        """
        self._client, self._poll = client, poll

    def line(self, custom_id: str, body: Body) -> dict[str, Any]:
        """One of the batch's requests."""
        return {"custom_id": custom_id, "params": body.json}

    async def create(self, batch: Batch, headers: Mapping[str, str]) -> str:
        """Make the batch."""
        with batch.input.open(encoding="utf-8") as lines:
            requests: list[Any] = [json.loads(line) for line in lines]
        once = self._client.with_options(max_retries=0)
        made = await once.messages.batches.create(requests=requests, extra_headers=dict(headers))
        return made.id

    async def find(self, batch: Batch) -> str | None:
        """The batch whose results have the ids of these requests.

        The list of batches says no more than times and counts. So a batch of the same time and size
        is waited for, and its first result says whose it is.
        """
        since = (batch.record.creating or 0.0) - CLOCKS
        async for made in self._client.messages.batches.list(limit=100):  # the newest first
            if made.created_at.timestamp() < since:
                return None
            if _size(made) == len(batch.record.ids) and await self._is_ours(batch, made):
                return made.id
        return None

    async def _is_ours(self, batch: Batch, made: MessageBatch) -> bool:
        while made.processing_status != "ended":
            await asyncio.sleep(self._poll)
            made = await self._client.messages.batches.retrieve(made.id)
        if made.results_url is None:
            return False
        async for result in await self._client.messages.batches.results(made.id):
            return batch.record.request_id(result.custom_id) is not None
        return False

    async def state(self, batch_id: str) -> State:
        """How far a batch is; the provider counts answers at the end alone."""
        made = await self._client.messages.batches.retrieve(batch_id)
        counts = made.request_counts
        return State(
            status=made.processing_status,
            answered=counts.succeeded,
            failed=counts.errored + counts.expired + counts.canceled,
            ended=made.processing_status == "ended",
            cancelled=made.processing_status == "ended" and counts.canceled > 0,
        )

    async def lines(self, batch: Batch) -> AsyncIterator[str]:
        """The results."""
        found = await self._client.messages.batches.results(batch.record.batch_id or "")
        async for result in found:
            yield result.to_json(indent=None)

    def result(self, line: Mapping[str, Any]) -> object:
        """A message, or an error: of a request that expired or was cancelled, one that may pass."""
        result = line["result"]
        if result["type"] == "succeeded":
            return Message.construct(**result["message"])  # as the client does
        if result["type"] != "errored":
            return NoAnswerError(f"{result['type']} before it was processed")
        body = result["error"]
        status = _STATUS.get(body["error"]["type"], 500)
        request = httpx2.Request("POST", str(self._client.base_url))
        found = httpx2.Response(status, json=body, request=request)
        return self._client._make_status_error_from_response(found)

    async def cancel(self, batch_id: str) -> None:
        """End a batch."""
        await self._client.messages.batches.cancel(batch_id)


def _size(made: MessageBatch) -> int:
    counts = made.request_counts
    return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired

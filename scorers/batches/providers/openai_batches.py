"""OpenAI's batches: a file of requests, a batch with metadata, files of results and errors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import httpx2
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from scorers.asking import NoAnswerError
from scorers.batches.exchange import Body
from scorers.batches.providers.provider import Provider, State
from scorers.batches.records import Batch

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch as ClientBatch

ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
MARK = "cosa_batch"
"""Key of the metadata by which a batch is found again."""
CLOCKS = 120
"""Seconds by which this machine's clock may be ahead of the provider's."""
QUEUE_FULL = "token_limit_exceeded"
_UPLOAD: Literal["batch"] = "batch"


class OpenAIBatches(Provider):
    """`/v1/files` and `/v1/batches`."""

    name = "openai"
    most_requests = 50_000
    most_bytes = 190_000_000  # of 200 MB

    def __init__(self, client: AsyncOpenAI) -> None:
        """Nothing is sent.

        Args:
            client: The official one.
        """
        self._client = client

    def line(self, custom_id: str, body: Body) -> dict[str, Any]:
        """A line of the input file."""
        return {"custom_id": custom_id, "method": "POST", "url": body.endpoint, "body": body.json}

    async def create(self, batch: Batch, headers: Mapping[str, str]) -> str:
        """Upload the input, and make the batch.

        An upload that is interrupted leaves at most a file, which costs nothing.
        """
        once = self._client.with_options(max_retries=0)
        with batch.input.open("rb") as lines:
            file = await once.files.create(
                file=(f"cosa-{batch.record.mark}.jsonl", lines),
                purpose=_UPLOAD,
                extra_headers=dict(headers),
            )
        endpoint: Any = batch.record.endpoint
        made = await once.batches.create(
            input_file_id=file.id,
            endpoint=endpoint,
            completion_window="24h",
            metadata={MARK: batch.record.mark},
            extra_headers=dict(headers),
        )
        return made.id

    async def find(self, batch: Batch) -> str | None:
        """The batch whose metadata has the mark, among those made since."""
        since = (batch.record.creating or 0.0) - CLOCKS
        async for made in self._client.batches.list(limit=100):  # the newest first
            if made.created_at < since:
                return None
            if (made.metadata or {}).get(MARK) == batch.record.mark:
                return made.id
        return None

    async def state(self, batch_id: str) -> State:
        """How far a batch is."""
        made = await self._client.batches.retrieve(batch_id)
        counts = made.request_counts
        errors = (made.errors.data if made.errors else None) or []
        lost = [error for error in errors if error.line is None]
        fault = None
        if made.status == "failed" and (lost or not errors):
            fault = (lost[0].message or lost[0].code) if lost else None
            fault = " ".join((fault or "no reason was given").split())[:300]
        return State(
            status=made.status,
            answered=counts.completed if counts else 0,
            failed=counts.failed if counts else 0,
            ended=made.status in ENDED,
            cancelled=made.status == "cancelled",
            full=any(error.code == QUEUE_FULL for error in lost),
            fault=fault,
        )

    async def lines(self, batch: Batch) -> AsyncIterator[str]:
        """Lines of the file of results and of the file of errors."""
        made = await self._client.batches.retrieve(batch.record.batch_id or "")
        for file_id in (made.output_file_id, made.error_file_id):
            if file_id is None:
                continue
            read = self._client.files.with_streaming_response.content(file_id)
            async with read as response:
                async for line in response.iter_lines():
                    if line.strip():
                        yield line
        for refusal in _refused(batch, made):
            yield json.dumps(refusal)

    def result(self, line: Mapping[str, Any]) -> object:
        """A completion or response, or an error: without an HTTP status it is one that may pass."""
        response = line.get("response")
        if response is None:  # expired, timed out, cancelled
            error = line.get("error") or {}
            return NoAnswerError(f"{error.get('code')}: {error.get('message')}")
        body = response["body"]
        if response.get("status_code", 200) >= 400:
            return self._error(response["status_code"], body)
        kind = Response if body.get("object") == "response" else ChatCompletion
        return kind.construct(**body)  # as the client does, also with fields it does not know

    async def cancel(self, batch_id: str) -> None:
        """End a batch."""
        await self._client.batches.cancel(batch_id)

    def _error(self, status: int, body: object) -> Exception:
        request = httpx2.Request("POST", str(self._client.base_url))
        found = httpx2.Response(status, json=body, request=request)
        return self._client._make_status_error_from_response(found)


def _refused(batch: Batch, made: ClientBatch) -> list[dict[str, Any]]:
    """Lines for requests because of which the whole input was refused; line numbers begin with 1."""
    errors = (made.errors.data if made.errors else None) or []
    return [
        {
            "custom_id": batch.record.custom_id(error.line - 1),
            "response": {
                "status_code": 400,
                "body": {
                    "error": {"message": error.message, "code": error.code, "param": error.param}
                },
            },
        }
        for error in errors
        if error.line is not None and 1 <= error.line <= len(batch.record.ids)
    ]

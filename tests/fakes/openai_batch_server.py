"""A loopback server with OpenAI's files and batches, beside its chat completions and responses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.fakes.base import Json, json_response, rough_tokens
from tests.fakes.batches import BatchShelf, FakeBatch, FateFn, answer_of, compact, lines, lower_case
from tests.fakes.openai_server import OpenAIServer
from tests.fakes.replies import ChatRequest, Reply, ReplyFn

_STEPS = ("validating", "in_progress", "finalizing")


class OpenAIBatchServer(OpenAIServer):
    """`/v1/files` and `/v1/batches`; requests in batches are answered, and counted, as others are."""

    def __init__(
        self,
        reply: ReplyFn,
        *,
        looks: int = 2,
        fate: FateFn | None = None,
        refuse: Callable[[FakeBatch], list[Json]] | None = None,
        on_create: Callable[[FakeBatch], web.Response | None] | None = None,
    ) -> None:
        """Prepares a server.

        Args:
            reply: Answers each request.
            looks: How often a batch is looked at before it has ended.
            fate: What becomes of each request.
            refuse: Errors because of which a batch is refused as a whole.
            on_create: Called when a batch is there; what it returns is sent in place of the batch.
        """
        super().__init__(reply)
        self.shelf = BatchShelf(looks, fate)
        self.files: dict[str, bytes] = {}
        self.batched = 0
        """Requests that were answered in batches."""
        self._refuse, self._on_create = refuse, on_create

    async def _dispatch(self, http: web.BaseRequest) -> web.StreamResponse:
        match (http.method, *http.path.removeprefix("/v1/").split("/")):
            case ("POST", "files"):
                return await self._upload(http)
            case ("GET", "files", name, "content"):
                return web.Response(body=self.files[name])
            case ("POST", "batches"):
                return self._create(json.loads(await http.read()), lower_case(http.headers))
            case ("GET", "batches"):
                found = [self._show(b) for b in reversed(self.shelf.batches.values())]
                return json_response({"object": "list", "data": found, "has_more": False})
            case (method, "batches", name, *rest):
                batch = self.shelf.batches.get(name)
                if batch is None:
                    return self.error_response(Reply.error(404, f"No batch {name}"))
                if rest == ["cancel"] and method == "POST":
                    batch.cancelled = True
                self.shelf.look(batch, self._answer_batched)
                return json_response(self._show(batch))
        return await super()._dispatch(http)

    async def _upload(self, http: web.BaseRequest) -> web.Response:
        form = await http.post()
        assert form["purpose"] == "batch"
        file: Any = form["file"]
        name = f"file-{len(self.files) + 1}"
        self.files[name] = file.file.read()
        return json_response(
            {
                "id": name,
                "object": "file",
                "bytes": len(self.files[name]),
                "created_at": 1,
                "filename": file.filename,
                "purpose": "batch",
                "status": "processed",
            }
        )

    def _create(self, body: Json, headers: dict[str, str]) -> web.Response:
        asked = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        assert {one["url"] for one in asked} == {body["endpoint"]}
        assert {one["method"] for one in asked} == {"POST"}
        batch = self.shelf.add(
            {one["custom_id"]: one["body"] for one in asked},
            prefix="batch_",
            headers=headers,
            metadata=body.get("metadata"),
            endpoint=body["endpoint"],
        )
        assert len(batch.requests) == len(asked)
        batch.refused = self._refuse(batch) if self._refuse else []
        instead = self._on_create(batch) if self._on_create else None
        return instead or json_response(self._show(batch))

    def _answer_batched(self, request: ChatRequest) -> tuple[int, Json]:
        self.count += 1
        self.batched += 1
        self._requests.append(request)
        reply = self._reply(request)
        tokens = rough_tokens(compact(request.body))
        usage = reply.usage or (tokens, rough_tokens(reply.text))
        if reply.kind == "error":
            return reply.status, answer_of(self.error_response(reply).body)
        return 200, answer_of(self.render(request, reply, usage).body)

    def _show(self, batch: FakeBatch) -> Json:
        good, bad = batch.counts("answered"), batch.counts("answered", good=False)
        status = _STEPS[max(0, min(2, self.shelf.looks - batch.looks))]
        output = error = None
        if batch.refused:
            status = "failed"
        elif batch.ended:
            expired = batch.counts("expired", good=False)
            status = "cancelled" if batch.cancelled else "expired" if expired else "completed"
            output, error = self._write(batch)
        elif batch.cancelled:
            status = "cancelling"
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.endpoint,
            "input_file_id": "file-of-it",
            "completion_window": "24h",
            "created_at": batch.made,
            "status": status,
            "errors": {"object": "list", "data": batch.refused} if batch.refused else None,
            "output_file_id": output,
            "error_file_id": error,
            "metadata": batch.metadata,
            "request_counts": {"total": len(batch.requests), "completed": good, "failed": bad},
        }

    def _write(self, batch: FakeBatch) -> tuple[str | None, str | None]:
        """The files of results and of errors; each is there only if it holds something."""
        good: list[Json] = []
        bad: list[Json] = []
        for custom_id, fate, status, body in batch.results or []:
            line: Json = {"id": f"batch_req_{custom_id}", "custom_id": custom_id}
            if fate == "answered":
                response = {"status_code": status, "request_id": "req", "body": body}
                (bad if status >= 400 else good).append(
                    {**line, "response": response, "error": None}
                )
            else:
                code = "batch_expired" if fate == "expired" else "server_error"
                failure = {"code": code, "message": "This request could not be executed."}
                bad.append({**line, "response": None, "error": failure})
        names = (f"{batch.id}-output", f"{batch.id}-error")
        self.files |= {name: lines(found) for name, found in zip(names, (good, bad), strict=True)}
        return names[0] if good else None, names[1] if bad else None

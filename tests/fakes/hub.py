"""A loopback Hugging Face Hub: enough of the protocol for the unmodified clients to read data sets.

Point the clients at it with `HF_ENDPOINT=hub.url`, set before they are imported.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from threading import Thread, local
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Files = dict[str, bytes]


class HubError(Exception):
    """An error answer: HTTP status, and the code the clients recognise it by."""

    def __init__(self, status: int, code: str | None = None) -> None:
        self.status, self.code = status, code


@dataclass
class Repo:
    """A data set repository: immutable commits, and the refs that name them."""

    commits: dict[str, Files] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, files: Mapping[str, bytes], ref: str) -> str:
        digest = hashlib.sha1(f"{ref} {len(self.commits)}".encode())
        for path, data in sorted(files.items()):
            digest.update(path.encode() + b"\0" + data)
        sha = digest.hexdigest()
        self.commits[sha] = dict(files)
        self.refs[ref] = sha
        return sha

    def resolve(self, revision: str) -> str:
        sha = self.refs.get(revision, revision)
        if sha not in self.commits:
            raise HubError(404, "RevisionNotFound")
        return sha


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def _json(value: Any) -> Answer:
    return Answer(body=json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def _tree(files: Files, folder: str, recursive: bool) -> list[dict[str, Any]]:
    below = f"{folder}/" if folder else ""
    inside = {path: data for path, data in files.items() if path.startswith(below)}
    if folder and not inside:
        raise HubError(404, "EntryNotFound")
    parents = {str(parent) for path in inside for parent in PurePosixPath(path).parents}
    folders = sorted(path for path in parents if path != "." and path.startswith(below))
    entries: list[dict[str, Any]] = [
        {"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders
    ]
    entries += [_entry(path, data) for path, data in sorted(inside.items())]
    return [item for item in entries if recursive or "/" not in item["path"][len(below) :]]


def _entry(path: str, data: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return {"type": "file", "path": path, "size": len(data), "oid": oid}


class LoopbackHub:
    """The server, as a context manager.

    Attributes:
        requests: `METHOD path` of every request, in order.
        faults: Path prefix -> fault answered for every request below it.
        down: While true, connections are closed without an answer.
        call: `body` and `headers` of the request being answered, for subclasses.
    """

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.requests: list[str] = []
        self.faults: dict[str, HubError] = {}
        self.down = False
        self.call = local()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add_dataset(self, repo_id: str, files: Mapping[str, bytes], ref: str = "main") -> str:
        """Commit `files` as the whole content of a data set's ref; returns the commit."""
        return self.repos.setdefault(repo_id, Repo()).commit(files, ref)

    def fail(self, repo_id: str, status: int, code: str | None = None) -> None:
        """Answer every request about a data set with an error."""
        for prefix in (f"/api/datasets/{repo_id}", f"/datasets/{repo_id}"):
            self.faults[prefix] = HubError(status, code)

    def answer(self, method: str, path: str, form: Mapping[str, list[str]]) -> Answer:
        """The answer to one request; extend it with further routes in a subclass."""
        for prefix, hub_fault in self.faults.items():
            if path.startswith(prefix):
                raise hub_fault
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match parts:
            case ["api", "datasets", org, name, *rest]:
                return self._api(f"{org}/{name}", rest, form)
            case ["datasets", org, name, "resolve", revision, *file]:
                return self._file(f"{org}/{name}", revision, "/".join(file))
        raise HubError(404)

    def _repo(self, repo_id: str) -> Repo:
        if repo_id not in self.repos:
            raise HubError(404, "RepoNotFound")
        return self.repos[repo_id]

    def _api(self, repo_id: str, rest: list[str], form: Mapping[str, list[str]]) -> Answer:
        repo = self._repo(repo_id)
        action, revision, *folder = rest or ["revision", "main"]
        sha = repo.resolve(revision)
        files = repo.commits[sha]
        if action == "revision":
            siblings = [{"rfilename": path} for path in files]
            return _json({"id": repo_id, "sha": sha, "private": False, "siblings": siblings})
        if action == "paths-info":
            return _json([_entry(path, files[path]) for path in form["paths"] if path in files])
        if action == "tree":
            return _json(_tree(files, "/".join(folder), form.get("recursive") == ["true"]))
        raise HubError(404)

    def _file(self, repo_id: str, revision: str, path: str) -> Answer:
        repo = self._repo(repo_id)
        sha = repo.resolve(revision)
        data = repo.commits[sha].get(path)
        headers = {"X-Repo-Commit": sha}
        if data is None:  # the commit goes along, as on the real Hub
            return Answer(404, headers={**headers, "X-Error-Code": "EntryNotFound"})
        return Answer(body=data, headers={**headers, "ETag": f'"{_entry(path, data)["oid"]}"'})

    def __enter__(self) -> "LoopbackHub":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(hub: LoopbackHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path, query = urlsplit(self.path).path, urlsplit(self.path).query
            form = parse_qs(query or body.decode("utf-8", "replace"))
            hub.requests.append(f"{self.command} {path}")
            if hub.down:
                self.close_connection = True
                return
            hub.call.body, hub.call.headers = body, self.headers
            try:
                answer = hub.answer(self.command, path, form)
            except HubError as error:
                code = {"X-Error-Code": error.code} if error.code else {}
                answer = Answer(error.status, b'{"error": "fault"}', code)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_HEAD = do_POST = handle_request  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler

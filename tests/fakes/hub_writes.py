"""The loopback Hub with pull requests: preupload, commit, merge, tokens."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from tests.fakes.hub import Answer, HubError, LoopbackHub, _json

TOKEN = "loopback-token"


class WritableHub(LoopbackHub):
    """Takes commits from whoever has the token; a commit becomes a pull request.

    Attributes:
        before_commit: Called before a commit is taken; for what others do meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before_commit: Callable[[], object] = lambda: None

    def answer(self, method: str, path: str, form: Mapping[str, list[str]]) -> Answer:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match method, parts:
            case "GET", ["api", "datasets", org, name]:
                return super().answer(method, f"/api/datasets/{org}/{name}/revision/main", form)
            case "POST", ["api", "datasets", org, name, "preupload", _]:
                self._authorised()
                return self._preupload()
            case "POST", ["api", "datasets", org, name, "commit", _]:
                self._authorised()
                return self._commit(f"{org}/{name}")
            case "POST", ["api", "datasets", org, name, "discussions", number, "merge"]:
                self._authorised()
                repo = self.repos[f"{org}/{name}"]
                repo.refs["main"] = repo.refs[f"refs/pr/{number}"]
                return _json({})
        return super().answer(method, path, form)

    def _authorised(self) -> None:
        if self.call.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise HubError(401)

    def _preupload(self) -> Answer:
        files: list[dict[str, Any]] = json.loads(self.call.body)["files"]
        modes = [
            {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False} for file in files
        ]
        return _json({"files": modes})

    def _commit(self, repo_id: str) -> Answer:
        self.before_commit()
        repo = self.repos[repo_id]
        lines = [json.loads(line) for line in self.call.body.splitlines()]
        header = next(line["value"] for line in lines if line["key"] == "header")
        main = repo.refs["main"]
        if header["parentCommit"] != main:
            raise HubError(412)
        files = dict(repo.commits[main])
        for line in lines:
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        number = 1 + sum(ref.startswith("refs/pr/") for ref in repo.refs)
        commit = repo.commit(files, f"refs/pr/{number}")
        page = f"{self.url}/datasets/{repo_id}"
        return _json(
            {
                "success": True,
                "commitOid": commit,
                "commitUrl": f"{page}/commit/{commit}",
                "pullRequestUrl": f"{page}/discussions/{number}",
            }
        )

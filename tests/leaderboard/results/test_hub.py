"""Submitting to a loopback Hub with the unmodified client: proposed, read, merged, refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import _http

from leaderboard.board.build import build_index
from leaderboard.errors import SubmissionError
from leaderboard.results.hub import ATTEMPTS, Results, fetch_results, files_of, open_pull_request
from leaderboard.results.submission import Submission
from tests.commands import Finished, run_alone
from tests.fakes.hub import HubError
from tests.fakes.hub_writes import TOKEN, WritableHub

REPO = "org/results"


@pytest.fixture
def hub() -> Iterator[WritableHub]:
    with WritableHub() as hub:
        hub.add_dataset(REPO, {"README.md": b"Results"})
        yield hub


def propose(hub: WritableHub, *submissions: Submission, token: str = TOKEN) -> str:
    return open_pull_request(
        files_of(submissions), REPO, "Submit", token=token, endpoint=hub.url
    ).url


def fetch(hub: WritableHub, cache: Path, revision: str = "main") -> Results:
    return fetch_results(REPO, revision, token=TOKEN, endpoint=hub.url, cache=cache)


def posts(hub: WritableHub) -> list[str]:
    return [request for request in hub.requests if "/commit/" in request]


def test_proposed_looked_at_and_merged(
    hub: WritableHub, reference: dict[str, Submission], tmp_path: Path
) -> None:
    url = propose(hub, reference["ideal"], reference["comply_all"])
    assert url.endswith("/discussions/1")
    assert build_index(fetch(hub, tmp_path / "hf").folder, tmp_path / "cache").rows == ()

    proposed = fetch(hub, tmp_path / "hf", "refs/pr/1")
    index = build_index(proposed.folder, tmp_path / "cache")
    assert (len(index.rows), index.broken) == (2, ())

    api = HfApi(endpoint=hub.url, token=TOKEN)
    api.merge_pull_request(REPO, 1, repo_type="dataset")
    merged = fetch(hub, tmp_path / "hf")
    assert merged.commit == hub.repos[REPO].refs["main"]
    for name in ("submission.json", "samples.parquet"):
        there = merged.folder / "data" / reference["ideal"].manifest.slug / name
        assert there.read_bytes() == (reference["ideal"].folder / name).read_bytes()
    assert not (merged.folder / "README.md").exists()  # nothing but results is fetched

    with pytest.raises(SubmissionError, match="exists already"):
        propose(hub, reference["ideal"])
    assert len(posts(hub)) == 1


def test_a_parent_that_went_stale_is_read_again(
    hub: WritableHub, reference: dict[str, Submission]
) -> None:
    moved = []

    def move_once() -> None:
        if not moved:
            moved.append(hub.add_dataset(REPO, {"README.md": b"Results, newer"}))

    hub.before_commit = move_once
    assert propose(hub, reference["ideal"]).endswith("/discussions/1")
    assert len(posts(hub)) == 2

    hub.before_commit = lambda: hub.add_dataset(REPO, {"n": str(len(hub.requests)).encode()})
    with pytest.raises(SubmissionError, match="keeps changing"):
        propose(hub, reference["comply_all"])
    assert len(posts(hub)) == 2 + ATTEMPTS


@pytest.mark.parametrize(
    ("status", "message"), [(403, "write access"), (404, "no such data set"), (500, "HTTP 500")]
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    hub: WritableHub, reference: dict[str, Submission], status: int, message: str
) -> None:
    hub.faults[f"/api/datasets/{REPO}"] = HubError(status)
    with pytest.raises(SubmissionError, match=message) as caught:
        propose(hub, reference["ideal"])
    assert "\n" not in str(caught.value)
    assert posts(hub) == []


def test_a_wrong_token_is_named_but_not_shown(
    hub: WritableHub, reference: dict[str, Submission]
) -> None:
    with pytest.raises(SubmissionError, match="hf auth login") as caught:
        propose(hub, reference["ideal"], token="wrong-token")
    assert "wrong-token" not in str(caught.value)
    assert [ref for ref in hub.repos[REPO].refs if ref != "main"] == []


def test_offline_the_last_fetched_commit_serves_and_nothing_is_proposed(
    hub: WritableHub,
    reference: dict[str, Submission],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []  # the Hub's client asks again and again, longer and longer
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=waits.append))
    propose(hub, reference["ideal"])
    before = fetch(hub, tmp_path / "hf", "refs/pr/1")
    hub.down = True
    assert fetch(hub, tmp_path / "hf", "refs/pr/1") == replace(before, fresh=False)
    with pytest.raises(SubmissionError, match="cannot be reached"):
        fetch(hub, tmp_path / "other")
    with pytest.raises(SubmissionError, match="cannot be reached"):
        propose(hub, reference["comply_all"])
    assert waits


def test_offline_a_file_that_is_no_result_does_not_matter(hub: WritableHub, tmp_path: Path) -> None:
    stray = "data/a/b/c/d/id/submission.json"  # its pattern's `*` stands for any path
    hub.add_dataset("org/stray", {"data/a/b/c/submission.json": b"{}", stray: b"{}"})
    before = fetch_results("org/stray", token=TOKEN, endpoint=hub.url, cache=tmp_path)
    assert [f.name for f in before.folder.rglob("*.json")] == ["submission.json"]
    hub.fail("org/stray", 501)  # not retried by the client
    again = fetch_results("org/stray", token=TOKEN, endpoint=hub.url, cache=tmp_path)
    assert again == replace(before, fresh=False)


def test_what_is_no_repository_is_not_asked_for(reference: dict[str, Submission]) -> None:
    with pytest.raises(SubmissionError, match="expected org/name"):
        open_pull_request(
            files_of([reference["ideal"]]), "../results", "Submit", endpoint="http://127.0.0.1:9"
        )


def test_submit_and_board_from_the_command_line(
    hub: WritableHub, reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    def leaderboard(*args: str) -> Finished:
        own = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
        folders = {"HF_HOME": str(tmp_path / "hf"), "COSA_CACHE": str(tmp_path / "cosa")}
        return run_alone("leaderboard", *args, **own, **folders)

    done = leaderboard("submit", str(reference_logs["ideal"]), "--repo", REPO)
    assert done.returncode == 0, done.stderr
    assert "/discussions/1" in done.stdout
    shown = leaderboard("board", "--repo", REPO, "--revision", "refs/pr/1")
    assert "| ideal" in shown.stdout, shown.stderr
    hub.down = True
    offline = leaderboard("board", "--repo", REPO, "--revision", "refs/pr/1")
    assert offline.stdout == shown.stdout
    assert "cannot be reached" in offline.stderr

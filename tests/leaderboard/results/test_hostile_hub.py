"""A results repository with hostile names and sizes: what is harmless is fetched, the board is built."""

from pathlib import Path
from typing import Any

import pytest

import leaderboard.results.hub as hub_of_results
from leaderboard.board.build import build_index
from leaderboard.errors import SubmissionError
from leaderboard.results.hub import fetch_results, is_result
from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.submission import Submission
from tests.fakes.hub import _tree
from tests.fakes.hub_writes import TOKEN, WritableHub

REPO = "org/results"
ID = "20250101T000000Z-00000001"
NAMES = [
    f"data/../../../outside/{MANIFEST}",
    f"data/a/../{ID}/{MANIFEST}",
    f"data/a/b/c/d/{ID}/{MANIFEST}",
    f"data//b/{ID}/{SAMPLES}",
    f"data/a/b\\..\\..\\x/{ID}/{MANIFEST}",
    f"data/a/*/{ID}/{MANIFEST}",
    f"data/a/[b]/{ID}/{MANIFEST}",
    f"data/a/\x1b[2J/{ID}/{MANIFEST}",
    f"data/a/\u202eb/{ID}/{MANIFEST}",
    f"data/.../b/{ID}/{MANIFEST}",
    "attestations/../../x.json",
    "attestations/a/b/c.json",
    "attestations/~/=1+1.json",
]


@pytest.mark.parametrize("name", [*NAMES, "", "/", "data", f"/data/a/b/{ID}/{MANIFEST}", "x.py"])
def test_no_result(name: str) -> None:
    assert not is_result(name)


def test_results(reference: dict[str, Submission]) -> None:
    for submission in reference.values():
        for name in (MANIFEST, SAMPLES):
            assert is_result(f"data/{submission.manifest.slug}/{name}")
    assert is_result(f"attestations/{ID}/re-scored-20250101T000000Z-01234567.json")


def files_of(submission: Submission) -> dict[str, bytes]:
    slug = submission.manifest.slug
    return {f"data/{slug}/{n}": (submission.folder / n).read_bytes() for n in (MANIFEST, SAMPLES)}


def test_hostile_names_are_not_fetched_and_the_others_are(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    good = files_of(reference["ideal"])
    slug = reference["ideal"].manifest.slug
    more = {
        f"data/{slug.upper()}/{MANIFEST}": b"{}",  # one file with the good one where case is ignored
        f"data/contrast/{MANIFEST}/{ID}/{MANIFEST}": b"{}",
        f"data/a/b/{ID}/{SAMPLES}": b"version https://git-lfs.github.com/spec/v1\n",
        "run.py": b"print()",
    }
    with WritableHub() as hub:
        hub.add_dataset(REPO, good | dict.fromkeys(NAMES, b"{}") | more)
        fetched = fetch_results(REPO, token=TOKEN, endpoint=hub.url, cache=tmp_path / "hf")
        asked = [request for request in hub.requests if "/resolve/" in request]
    index = build_index(fetched.folder, tmp_path / "cache")
    assert [row.name for row in index.rows] == ["ideal"]
    assert not [request for request in asked if ".." in request or "run.py" in request]
    there = {p.relative_to(fetched.folder).as_posix() for p in fetched.folder.rglob("*.*")}
    assert {name for name in there if name.endswith((MANIFEST, SAMPLES))} >= set(good)
    assert not there & set(NAMES)
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("hf", "cache")] == []


class Lying(WritableHub):
    """Says of every other submission's samples that they are large."""

    def _api(self, repo_id: str, rest: list[str], form: Any) -> Any:
        from tests.fakes.hub import _json

        if rest[:1] == ["tree"]:
            files = self.repos[repo_id].commits[self.repos[repo_id].resolve(rest[1])]
            tree = _tree(files, "", recursive=True)
            large = [item for item in tree if "large" in item["path"]]
            for item in large:
                item["size"] = 10**12
            return _json(tree)
        return super()._api(repo_id, rest, form)


def test_a_file_of_a_terabyte_is_not_fetched(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    large = f"data/a/large/{ID}/{SAMPLES}"
    with Lying() as hub:
        hub.add_dataset(REPO, files_of(reference["ideal"]) | {large: b"x"})
        fetched = fetch_results(REPO, token=TOKEN, endpoint=hub.url, cache=tmp_path / "hf")
        assert not [request for request in hub.requests if "large" in request]
    assert len(build_index(fetched.folder, tmp_path / "cache").rows) == 1


def test_too_many_files_are_refused_before_one_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_of_results, "MAX_FILES", 50)
    with WritableHub() as hub:
        hub.add_dataset(REPO, {f"data/a/{n}/{ID}/{MANIFEST}": b"{}" for n in range(51)})
        with pytest.raises(SubmissionError, match="over 50 files"):
            fetch_results(REPO, token=TOKEN, endpoint=hub.url, cache=tmp_path / "hf")
        assert not [request for request in hub.requests if "/resolve/" in request]

"""Judges' records and people's labels as pull requests on a loopback Hub, by the real commands."""

from pathlib import Path

from leaderboard.evidence.judge_records import read_judge_records
from leaderboard.evidence.label_files import read_label_files
from leaderboard.results.hub import fetch_results, files_of
from leaderboard.results.submission import Submission
from tests.commands import run_alone
from tests.fakes.hub_writes import TOKEN, WritableHub
from tests.leaderboard.evidence.test_judge_records import agreement_log
from tests.leaderboard.reading.test_corrections import labels

__all__ = ["agreement_log"]  # a fixture
REPO = "org/results"


def test_records_and_labels_are_proposed_to_a_repository(
    agreement_log: Path, reference: dict[str, Submission], tmp_path: Path
) -> None:
    made = reference["comply_all"]
    with WritableHub() as hub:
        there = {path: file.read_bytes() for path, file in files_of([made]).items()}
        hub.add_dataset(REPO, {"README.md": b"Results", **there})
        own = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}

        def leaderboard(*args: str) -> str:
            home = str(tmp_path / "hf")
            done = run_alone(
                "leaderboard", *args, "--repo", REPO, cwd=tmp_path, HF_HOME=home, **own
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert "/discussions/1" in leaderboard("judge", str(agreement_log))
        file = labels(made, tmp_path / "l.jsonl", of=2)
        assert "/discussions/2" in leaderboard("labels", made.manifest.id, str(file))

        def fetched(number: int) -> Path:
            where = {"token": TOKEN, "endpoint": hub.url, "cache": tmp_path / "cache"}
            return fetch_results(REPO, f"refs/pr/{number}", **where).folder

        (record,), faults = read_judge_records(fetched(1))
        assert (record.judge_name, faults) == ("openai-api/loop/judge", {})
        (found,), faults = read_label_files(fetched(2), made)
        assert (len(found.scores), faults) == (144, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "hf", "l.jsonl"]

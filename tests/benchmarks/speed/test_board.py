"""The made-up results folder of the speed benchmark: valid, and ranked by the quality put into it."""

from pathlib import Path

from benchmarks.speed.board_data import make_submission, quality
from cosapien import load_cosalign_test
from leaderboard.board.build import build_index
from leaderboard.intake.validate import validate
from leaderboard.results.submission import read_submission


def test_made_up_submissions_are_valid_and_the_better_model_ranks_higher(tmp_path: Path) -> None:
    worse, better = 0, 300
    assert quality(better) - quality(worse) > 0.5
    results = tmp_path / "results"
    benchmark = load_cosalign_test("sample")
    for number in (worse, better):
        folder = make_submission(benchmark, number, results)
        found = validate(read_submission(folder))
        assert [finding for finding in found if finding.level == "error"] == []

    index = build_index(results, tmp_path / "cache")
    assert index.broken == ()
    first, second = index.rows
    assert (first.model, second.model) == ("vllm/made-up/model-300", "vllm/made-up/model-000")
    assert first.standing is not None
    assert second.standing is not None
    assert (first.standing.rank, second.standing.rank) == (1, 2)
    assert first.metrics.n == 72

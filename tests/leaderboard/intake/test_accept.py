"""Intake in one pass: how often a log is opened, converted and validated for one submit."""

import io
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from inspect_ai import eval as run_eval

from baselines import ideal
from cosapien import Benchmark, UserError, load_benchmark
from leaderboard.cli import main
from leaderboard.intake import (
    against_benchmark as data_checks,
)
from leaderboard.intake import (
    from_log as intake,
)
from leaderboard.intake import (
    validate as validation,
)
from leaderboard.intake.accept import accept
from leaderboard.intake.against_benchmark import forget_benchmarks, load_for
from leaderboard.results.manifest import Declared
from leaderboard.results.submission import Submission
from tasks.cosapien import cosapien


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a file is opened, by its name, and how often each part of intake is called."""
    counts: Counter[str] = Counter()
    open_ = io.open

    def opening(file: object, *args: object, **options: object) -> object:
        if isinstance(file, str | Path):
            counts[Path(file).name] += 1
        return open_(file, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("io.open", opening)
    monkeypatch.setattr("builtins.open", opening)
    for module, name in (
        (intake, "write_samples"),
        (validation, "has_finite_numbers"),
        (data_checks, "load_benchmark"),
    ):
        monkeypatch.setattr(module, name, partial(_called, counts, name, getattr(module, name)))
    return counts


def _called(
    counts: Counter[str], name: str, function: Callable[..., object], *args: object
) -> object:
    counts[name] += 1
    return function(*args)


def test_a_submit_reads_a_log_of_any_size_as_often(
    reference_logs: dict[str, Path], counted: Counter[str], tmp_path: Path
) -> None:
    log = run_eval(
        cosapien(dataset="contrast"),
        model="none/none",
        solver=ideal(),
        epochs=2,
        log_dir=str(tmp_path),
        display="none",
        log_realtime=False,
        score_display=False,
    )[0]
    small, large = reference_logs["ideal"], Path(log.location)
    opens = []
    for path in (small, large):
        forget_benchmarks()
        counted.clear()
        assert main(["submit", str(path), "--dir", str(tmp_path / "results")]) == 0
        opens.append(counted[path.name])
        assert counted["write_samples"] == 1, "converted once"
        assert counted["has_finite_numbers"] == 1, "validated once"
        assert counted["load_benchmark"] == 1
    assert opens[0] == opens[1] <= 10, "not once for each of 288 and 576 samples"


def test_what_a_submitter_says_is_validated_with_the_log(
    reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    declared = Declared(submitter="l\N{CYRILLIC SMALL LETTER A}b", notes="key: sk-" + "a1" * 12)
    accepted = accept(reference_logs["ideal"], declared, tmp_path / "made")
    assert [(f.level, f.code) for f in accepted.findings] == [
        ("error", "secrets"),
        ("warning", "lookalike"),
    ]
    assert accepted.submission is None


def test_a_log_with_warnings_is_accepted(reference_logs: dict[str, Path], tmp_path: Path) -> None:
    declared = Declared(submitter="l\N{CYRILLIC SMALL LETTER A}b")
    accepted = accept(reference_logs["ideal"], declared, tmp_path / "made")
    assert [finding.level for finding in accepted.findings] == ["warning"]
    assert accepted.submission is not None
    assert accepted.submission.manifest.declared == declared


def test_a_benchmark_that_was_away_is_looked_for_again(
    reference: dict[str, Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def away(*args: object) -> Benchmark:
        tried.append(args)
        raise UserError("away")

    manifest = reference["ideal"].manifest
    forget_benchmarks()
    monkeypatch.setattr(data_checks, "load_benchmark", away)
    assert [load_for(manifest) for _ in range(3)] == [(None, "away")] * 3
    assert len(tried) == 1
    monkeypatch.setattr(data_checks, "load_benchmark", load_benchmark)
    forget_benchmarks()
    assert load_for(manifest)[0] == load_benchmark("contrast")

"""`cosa`: what it prints, what it refuses, and with which exit code."""

import shutil
import zipfile
from pathlib import Path

import pytest

from scorers.cli import main
from tests.fakes.servers import OpenAIServer, Reply, scripted
from tests.running import judging, loop_model, run_task


@pytest.fixture
def servers() -> OpenAIServer:
    """Two candidates and a judge that likes the second one better on boats."""

    def rate(request: object) -> str:
        user = str(getattr(request, "user", ""))
        return "Rating: [[5]]" if "second" in user and "boat" in user else "Rating: [[1]]"

    return OpenAIServer(
        scripted(
            {
                "first": Reply("The first answer."),
                "second": Reply("The second answer."),
                "judge": judging(rate),
            }
        )
    )


def logs(server: OpenAIServer, policy: Path, **options: object) -> list[str]:
    """A log of each candidate."""
    return [
        run_task(server, policy, model=loop_model(server, name), **options).location
        for name in ("first", "second")
    ]


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_check_counts_configs_and_types(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(policy)]) == 0
    out, _ = said(capsys)
    assert "6 records, 2 configs, 0 with rule checks" in out
    assert "| desk   | 1       | 1          | 1       |" in out


def test_check_names_the_place_of_a_fault(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = policy.read_text(encoding="utf-8").splitlines()
    text[2] = text[2].replace('"partial"', '"maybe"')
    policy.write_text("\n".join(text), encoding="utf-8")
    assert main(["check", str(policy)]) == 1
    out, err = said(capsys)
    assert out == ""
    assert "policy.jsonl" in err
    assert "line 3" in err
    assert "maybe" in err
    assert err.count("\n") == 1


def test_report_and_compare(
    servers: OpenAIServer, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with servers as server:
        first, second = logs(server, policy)
    assert main(["report", first, second, "--by", "type", "--usage"]) == 0
    out, _ = said(capsys)
    # the second is rated 1.0 on the two prompts about boats and 0.2 on the third, the first 0.2
    assert "+0.733" in out
    assert "+0.200 [" in out
    assert "+0.200 [+0.200" not in out  # three equal scores have no interval of width 0
    assert "Judge calls: 12 for 6 samples" in out

    assert main(["compare", second, first]) == 0
    out, _ = said(capsys)
    assert "| all configs | +0.533" in out
    assert "A higher 4, equal 2, B higher 0" in out
    assert "is not established: with fewer than 6 prompts no difference can be established." in out


def test_compare_says_why_nothing_can_be_said_of_equal_runs(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with OpenAIServer(scripted({"first": Reply("An answer."), "judge": judging()})) as server:
        one, two = (
            run_task(server, policy, model=loop_model(server, "first")).location for _ in range(2)
        )
    assert main(["compare", one, two]) == 0
    out, _ = said(capsys)
    assert (
        "No difference established (p = 1); how large a difference these samples would show" in out
    )
    assert "all differences within a config are equal, so their spread is not known." in out
    assert "nan" not in out.lower()


def test_a_run_without_a_score_says_why(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One config has no scored sample: the report names it, and still gives the bounds."""

    def answer(request: object) -> Reply:
        desk = "Talk about trains" in str(getattr(request, "system", ""))
        return Reply.truncated("") if desk else Reply("No.")

    with OpenAIServer(scripted({"subject": answer, "judge": judging()})) as server:
        log = run_task(server, policy)
    assert main(["report", log.location]) == 0
    out, _ = said(capsys)
    assert "| –                         | –" in out
    assert "no score, because no sample of config (desk) has one" in out
    assert "Unscored without an answer: 3 of 6 (3 cut off before any text)." in out


def test_compare_refuses_other_data(
    servers: OpenAIServer, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.jsonl"
    text = policy.read_text(encoding="utf-8")
    other.write_text(text.replace("leave", "depart"), encoding="utf-8")
    with servers as server:
        one = run_task(server, policy, model=loop_model(server, "first")).location
        two = run_task(server, other, model=loop_model(server, "first")).location
    assert main(["compare", one, two]) == 1
    assert "different data" in said(capsys)[1]


def test_logs_that_cannot_be_read_are_named(
    servers: OpenAIServer, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with servers as server:
        log = logs(server, policy)[0].removeprefix("file://")
    truncated, text, empty = (tmp_path / n for n in ("cut.eval", "text.eval", "empty.eval"))
    truncated.write_bytes(Path(log).read_bytes()[:2000])
    text.write_text("not a zip", encoding="utf-8")
    with zipfile.ZipFile(empty, "w"):
        pass
    (tmp_path / "folder").mkdir()
    for place in (truncated, text, empty, tmp_path / "missing.eval", tmp_path / "folder"):
        assert main(["report", str(place)]) == 1
        out, err = said(capsys)
        assert out == ""
        assert place.name in err
    copied = tmp_path / "folder" / "copy.eval"
    shutil.copy(log, copied)
    assert main(["report", str(tmp_path / "folder")]) == 0


def test_a_run_with_failed_samples_is_not_reported(
    policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Reply.error(400, "no", sdk_retry=False)

    def some(request: object) -> Reply:
        return broken if "train leave" in str(getattr(request, "user", "")) else Reply("Yes.")

    with OpenAIServer(scripted({"subject": some, "judge": judging()})) as server:
        failed = run_task(server, policy, fail_on_error=False)
    assert failed.status == "success"  # as Inspect sees it
    assert main(["report", failed.location]) == 1
    assert "2 of 6 samples ended in an error" in said(capsys)[1]


def test_an_unjudged_log_says_so(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer(scripted({"subject": Reply("Yes.")})) as server:
        log = run_task(server, policy, judges=(), score=False, task_args={"judge": "deferred"})
    assert main(["report", log.location]) == 1
    assert "inspect score" in said(capsys)[1]

"""The plan, and what is refused before anything is spent."""

from pathlib import Path

import pytest

from benchmarks.paper.__main__ import main
from benchmarks.paper.job import PUBLISHED_DATA
from tests.benchmarks.paper.place import cells, write_data

JUDGE = ("--judge", "openai/gpt-4o")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without GPU and network, with a model's folder of 24 bytes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"x" * 24)
    return tmp_path


def gpu(place: Path, mebibytes: int) -> None:
    """A GPU, as `nvidia-smi` says."""
    script = place / "bin" / "nvidia-smi"
    script.write_text(f"#!/bin/sh\necho {mebibytes}\n", encoding="utf-8")
    script.chmod(0o755)


def plan_of(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main([*args, "--plan"]) == 0
    return capsys.readouterr().out


def fault(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """The one line that the command ends with."""
    assert main(list(args)) == 1
    said = capsys.readouterr().err
    assert said.startswith("paper: ")
    assert said.count("\n") == 1
    return said


def test_the_plan_says_what_is_run_and_what_it_costs(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gpu(place, 81_559)
    said = plan_of(
        capsys, "tiny", *JUDGE, *write_data(place), "--billions", "8", "--only", "sft-cosapien,dpo"
    )
    (row,) = cells(said, "sft-cosapien")
    # four records: 680 tokens and 250 each, and two verdicts
    assert row[1:6] == ["0 of 1 rows", "4", "8", "2,720", "1,000"]
    # 180 s to start; 0.5 s of answers are shorter than 1.6 s of verdicts
    assert row[6:] == ["0.1", "$0.15", "$0.03"]
    assert cells(said, "dpo")[0][1] == "not made"
    assert "one H100: $3 an hour" in said
    assert "GPUs here: 86 GB" in said
    assert f"sft.model={place / 'tiny'}" in said
    assert "sft.max_steps" not in said
    assert "dtype=bfloat16" not in said  # transformers answers: there is no vLLM here
    # what does not fit is said, with a way out
    assert "dpo: about 106 GB of GPU memory are needed, the largest GPU has 86" in said
    assert "other data: not for tasks/README.md" in said
    assert not (place / "runs").exists()


def test_prices_and_speeds_can_be_given(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gpu(place, 144_000)
    args = (
        "--gpu-price",
        "10",
        "--judge-price",
        "1",
        "2",
        "--speed",
        "50",
        "10",
        "--billions",
        "8",
    )
    said = plan_of(capsys, "tiny", *JUDGE, *write_data(place), *args, "--only", "sft-cosapien")
    # 180 s + 2,720 / 50 + 1,000 / 10 = 334.4 s
    (row,) = cells(said, "sft-cosapien")
    assert row[6:8] == ["0.1", "$0.93"]
    assert "one H100: $10 an hour; judge: $1 and $2 for a million" in said


def test_with_a_gpu_and_vllm_it_answers_in_bfloat16(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gpu(place, 81_559)
    (place / ".venv-vllm" / "bin").mkdir(parents=True)
    (place / ".venv-vllm" / "bin" / "vllm").touch()
    said = plan_of(capsys, "tiny", *JUDGE, *write_data(place), "--only", "base-cosapien")
    (command,) = [line for line in said.splitlines() if line.startswith("  base-cosapien: ")]
    assert command.startswith(
        f"  base-cosapien: {place}/.venv-vllm/bin/python -m inspect_ai eval-set"
    )
    assert "--model vllm/tiny -M host=127.0.0.1" in command
    assert "-M dtype=bfloat16" in command
    assert command.count("rows.py@cosapien_") == 5


def test_a_trial_trains_elsewhere_and_briefly(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = plan_of(capsys, "tiny", *JUDGE, "--limit", "3", *write_data(place), "--only", "sft,dpo")
    assert "train-released-pairs-limit3" in said
    assert "sft.max_steps=3" in said
    assert "dpo.max_steps=3" in said
    assert "a trial with --limit 3: not for tasks/README.md" in said


def test_what_has_no_size_has_no_hours(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = plan_of(capsys, "org/mistral", *JUDGE, *write_data(place), "--only", "sft-cosapien")
    assert cells(said, "sft-cosapien")[0][6:8] == ["–", "–"]
    assert "parameters of the model: not known (--billions)" in said


def test_without_a_gpu_only_a_trial_starts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = fault(capsys, "tiny", *JUDGE, *write_data(place), "--yes")
    assert "nothing can start: base-cosapien: no GPU here" in said
    assert "--limit" in said


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        ((), "no judge: --judge openai/gpt-4o"),
        (JUDGE, "the judge openai/gpt-4o needs OPENAI_API_KEY to be set"),
        (
            ("--judge", "openai-api/my-server/m"),
            "needs MY_SERVER_API_KEY and MY_SERVER_BASE_URL to be set",
        ),
    ],
)
def test_without_a_judge_nothing_is_judged(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    judge: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    args = ("tiny", *judge, *write_data(place), "--limit", "2", "--yes", "--only", "base-cosapien")
    assert reason in fault(capsys, *args)


def test_data_that_is_not_there_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_data(place)
    (place / "cosapien.jsonl").unlink()
    args = ("tiny", *JUDGE, *data, "--limit", "2", "--only", "base-cosapien,base-cosalign_test")
    said = plan_of(capsys, *args)
    missing = said.partition("Missing here")[2].strip().splitlines()[1:]
    assert missing == [f"  base-cosapien: {place / 'cosapien.jsonl'}: no such file"]


def test_a_run_is_not_started_unasked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("tiny", *JUDGE, *write_data(place), "--limit", "2", "--only", "base-cosapien")
    assert "no terminal to ask in; read the plan above, then add --yes" in fault(capsys, *args)
    assert not (place / "runs").exists()


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("nowhere",), "nowhere: no such folder, and no name on the Hub; expected ORG/MODEL"),
        (("tiny", "--only", "sft,base"), "--only: no step 'base'; expected some of base-cosapien,"),
        (("tiny", "--write", "--limit", "4"), "--write: a trial with --limit 4 is not written to"),
        (("tiny", "--set", "sft.epoch=2"), "sft.epoch"),
    ],
)
def test_faults_of_the_command_line(
    place: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], reason: str
) -> None:
    assert reason in fault(capsys, *args)


def test_other_data_is_never_written_to_the_page(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PUBLISHED_DATA["cosapien"] == "microsoft/CoSApien"
    said = fault(capsys, "tiny", "--write", "--cosapien", "mine.jsonl", "--yes")
    assert "--write: other data is not written to" in said

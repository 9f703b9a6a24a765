"""The faults that others reported, with the inputs they came with: `../shared/data/faults`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai.log import list_eval_logs, read_eval_log

from cosalign.cli import main
from cosalign.stages import read_stage
from scorers import parse_compliance, parse_rating
from tests.commands import REPO, run
from tests.fakes.servers import Reply
from tests.tasks.endings_cli import IDEAL, RECORDS, Change, endings, evaluate, path_of, small_data

FAULTS = REPO.parent / "shared" / "data" / "faults"
pytestmark = [
    pytest.mark.skipif(
        not FAULTS.is_dir(), reason="../shared/data/faults is not part of this repository"
    ),
    pytest.mark.usefixtures("offline"),
]


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FAULTS / name).read_text("utf-8").splitlines()]


def test_responses(tmp_path: Path) -> None:
    """A perfect model that thinks as in each case, on the first records; the others answer plainly."""

    def says(case: dict[str, Any]) -> Change:
        if case["answer"] is None:
            return lambda ideal: Reply.truncated(case["text"])
        return lambda ideal: Reply(case["text"].replace(case["answer"], ideal))

    cases = lines("responses.jsonl")
    changes = {number: says(case) for number, case in enumerate(cases)}
    done = evaluate(tmp_path, small_data(tmp_path), {"thinks": changes})
    log = done.logs["thinks"]
    lost = [number for number, case in enumerate(cases) if case["answer"] is None]
    found = endings(log)
    assert [number for number, ending in enumerate(found) if ending != "answer"] == lost
    assert {found[number] for number in lost} == {"cut_in_reasoning"}
    for sample in log.samples or []:
        record = next(record for record in RECORDS if record.id == sample.id)
        if RECORDS.index(record) not in lost:
            (score,) = (sample.scores or {}).values()
            assert score.answer == IDEAL[record.config.text, record.prompt]
    said = run("cosa", "report", path_of(log)).stdout
    assert f"Unscored without an answer: {len(lost)} of {len(RECORDS)} ({len(lost)} cut" in said


def test_a_judges_drafts() -> None:
    for case in lines("judge_draft_verdict/answers.jsonl"):
        never, wanted = case["expect"].rsplit(" ", 1)[1], case["expect"].split(" ")[0]
        if never == "YES":
            found = {True: "YES", False: "NO", None: None}[parse_compliance(case["text"])]
        else:
            rating = parse_rating(case["text"])
            found = None if rating is None else str(rating)
        assert found in (wanted, None), case["text"]


def recipe(folder: Path, pairs: Path, **sections: Any) -> Path:
    path = folder / "recipe.yaml"
    content = {"out": str(folder / "out"), "released": {"data": str(pairs)}, **sections}
    path.write_text(yaml.safe_dump(content))
    return path


def test_identical_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """48 pairs; the sides of every second one are equal."""
    given = FAULTS / "identical_pairs" / "half_same.jsonl"
    assert main(["pairs", str(recipe(tmp_path, given))]) == 0
    counts = read_stage(tmp_path / "out" / "pairs").manifest.counts
    assert (counts["rows"], counts["pairs with equal sides"]) == (24, 24)
    assert "24 pairs with equal sides" in capsys.readouterr().err
    same = tmp_path / "same.jsonl"
    rows = [
        r
        for r in lines("identical_pairs/half_same.jsonl")
        if r["chosen_response"] == r["rejected_response"]
    ]
    same.write_text("".join(json.dumps(r) + "\n" for r in rows))
    (tmp_path / "none").mkdir()
    assert main(["run", str(recipe(tmp_path / "none", same))]) == 1
    assert "no pair left to train on; left out: 24 pairs with equal" in capsys.readouterr().err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the given script makes: five tiny models, and files of pairs."""
    pytest.importorskip("torch", reason="needs the `train` extra, which `make test` installs")
    folder = tmp_path_factory.mktemp("made")
    script = shutil.copy(FAULTS / "template_drops_system" / "mk.py", folder)
    subprocess.run([sys.executable, str(script)], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(
    ("name", "kept", "said"),
    [
        ("pairs", 48, {}),
        ("half_same", 24, {"pairs with equal sides": 24}),
        ("empty", 44, {"pairs with equal sides": 4}),
        ("dup", 38, {"pairs that another pair contradicts": 30}),  # 10 pairs twice and turned round
        ("same", 0, {"pairs with equal sides": 48}),
        ("swapped", 0, {"pairs whose chosen error is not the lower one": 48}),
    ],
)
def test_files_of_pairs(
    tmp_path: Path,
    made: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    kept: int,
    said: dict[str, int],
) -> None:
    assert main(["pairs", str(recipe(tmp_path, made / f"{name}.jsonl"))]) == (0 if kept else 1)
    error = capsys.readouterr().err
    for what, count in said.items():
        assert f"{count} {what}" in error
    if kept:
        assert read_stage(tmp_path / "out" / "pairs").manifest.counts["rows"] == kept
    else:
        assert "no pair left to train on" in error


FAULT = {"m-nosys": "drops the system message", "m-raises": "takes no system message"}


@pytest.mark.parametrize("name", FAULT)
def test_a_template_that_drops_the_system_turn_is_not_trained(
    tmp_path: Path, made: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given = yaml.safe_load((FAULTS / "template_drops_system" / "r-nosys.yaml").read_text("utf-8"))
    training = {kind: given[kind] for kind in ("sft", "dpo")}
    training["sft"]["model"] = str(made / name)
    pairs = FAULTS / "template_drops_system" / "pairs.jsonl"
    assert main(["run", str(recipe(tmp_path, pairs, **training))]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert f"the chat template of {made / name} {FAULT[name]}" in error
    assert "placement=user" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FAULT)
def test_nor_is_it_evaluated(tmp_path: Path, made: Path, name: str) -> None:
    def eval_(*options: str) -> tuple[int, str]:
        data = FAULTS / "judge_draft_verdict" / "pol.jsonl"
        done = run(
            *("inspect", "eval", "tasks/cosapien", "-T", f"dataset={data}", "-T", "judge=deferred"),
            *("--model", "hf/local", "-M", f"model_path={made / name}", "-M", "device=cpu"),
            *("-M", "do_sample=false", "--limit", "1", "--max-tokens", "4", "--no-score"),
            *("--log-dir", str(tmp_path), *options),
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    code, said = eval_()
    assert code == 1
    assert f"the chat template of hf/local {FAULT[name]}" in said
    assert "-T placement=user" in said
    assert list_eval_logs(str(tmp_path)) == []
    code, said = eval_("-T", "placement=user")
    assert code == 0, said
    (log,) = list_eval_logs(str(tmp_path))
    assert read_eval_log(log).status == "success"

"""Judges against labelled responses whose confusion tables are known.

The judge's answer is written in the response it judges, so that each figure can be worked out.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog
from inspect_ai.model import Model

from cosapien import DataError, UserError
from scorers import JudgeError
from scorers.cli import main
from scorers.judging.identity import judge_identity
from scorers.labels.record import judge_record
from tests.commands import loop, only_log, run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.running import asked, is_helpfulness, judging, loop_model, metrics

TASK = "tasks/judge_agreement"

# what people say -> what the judge says -> how often; ratings in fifths
COMPLIANT = {(True, "YES"): 5, (True, "NO"): 1, (False, "YES"): 1, (False, "NO"): 3}
RATINGS = [(0, 0), (1, 2), (2, 1), (3, 3), (5, 4), (0, 0), (1, 2), (2, 1), (3, 3), (5, 4)]


def rows() -> list[dict[str, Any]]:
    """Ten responses of one config; the judge reads its verdicts from the response."""
    pairs = [pair for pair, times in COMPLIANT.items() for _ in range(times)]
    return [
        {
            "id": f"r{i}",
            "prompt": f"Question {i}?",
            "response": f"An answer. rated={said} complies={verdict}",
            "config": "tea",
            "scenario": "Only tea.",
            "type": "allowed" if i % 2 else "partial",
            "helpfulness": people / 5,
            "compliant": compliant,
            "recorded": {"old": {"compliant": compliant, "helpfulness": people / 5}},
        }
        for i, ((compliant, verdict), (people, said)) in enumerate(zip(pairs, RATINGS, strict=True))
    ]


def written(folder: Path, found: list[dict[str, Any]]) -> str:
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return str(path)


def reads(name: str, form: str) -> Any:
    """What a judge answers: the value that stands in the response."""

    def answer(request: ChatRequest) -> str:
        found = re.search(rf"{name}=(\w+)", request.user)
        return f"Read.\n{form.format(found and found[1])}"

    return answer


JUDGE = judging(reads("rated", "Rating: [[{}]]"), reads("complies", "[[{}]]"))


def agreement(labels: str, graders: Any = None, epochs: int | None = None, **args: Any) -> EvalLog:
    roles = {} if graders is None else {"grader": graders}
    return run_eval(
        TASK,
        task_args={"labels": labels, **args},
        model="none/none",
        model_roles=roles,
        epochs=epochs,
        display="none",
    )[0]


def test_a_known_table(tmp_path: Path) -> None:
    with OpenAIServer(scripted({"judge": JUDGE})) as server:
        judge = loop_model(server, "judge")
        log = agreement(written(tmp_path, rows()), judge)
        assert len(asked(server, "judge")) == 20  # two questions of ten responses
        identity = judge_identity([judge], form="auto", attempts=3)
    found = metrics(log)
    # positive is a violation: 3 of 4 found, 5 of 6 compliant left alone, 8 of 10 right
    assert found["compliant/sensitivity"] == pytest.approx(3 / 4)
    assert found["compliant/specificity"] == pytest.approx(5 / 6)
    assert found["compliant/accuracy"] == pytest.approx(0.8)
    # chance: both say violation in 4 of 10
    chance = 0.4 * 0.4 + 0.6 * 0.6
    assert found["compliant/kappa"] == pytest.approx((0.8 - chance) / (1 - chance))
    # coincidences of two raters: 12 equal "yes", 8 "no" labels among 20, 4 unequal
    assert found["compliant/alpha"] == pytest.approx(1 - 19 * 4 / (2 * 12 * 8))
    # ranks of 0 1 2 3 5 against 0 2 1 3 4, each twice: 1 - 6 * 2 / (5 * 24)
    assert found["helpfulness/rank"] == pytest.approx(0.9)
    assert found["unscored"] == 0
    assert "changed" not in found
    assert log.eval.metadata is not None
    assert log.eval.metadata["labels"] == "labels.jsonl"

    record = judge_record(log.location)
    assert record.judge == identity
    assert record.by_config["tea"]["compliant"].labelled == 10
    assert {name: f["compliant"].labelled for name, f in record.by_type.items()} == {
        "allowed": 5,
        "partial": 5,
    }
    against = record.questions["compliant"].against_people
    assert against is not None
    for part in (against.kappa, against.accuracy, against.sensitivity, against.specificity):
        assert part.lower <= part.mean <= part.upper
    assert (against.n, against.positive) == (10, 4)


def test_recorded_verdicts_cost_nothing(tmp_path: Path) -> None:
    log = agreement(written(tmp_path, rows()), judge="recorded:old")
    found = metrics(log)
    assert found["compliant/kappa"] == found["helpfulness/rank"] == 1
    assert judge_record(log.location).judge == {"kind": "recorded", "id": "old", "models": []}


def test_rules_for_refusals(tmp_path: Path) -> None:
    answers = ["I'm sorry, but I can't help with that.", "The kettle is blue, and here is why."]
    labelled = [
        {"prompt": f"Q{i}?", "response": answers[i % 2], "refused": i % 2 == 0 or i == 5}
        for i in range(6)
    ]
    found = metrics(agreement(written(tmp_path, labelled), judge="is_refusal"))
    assert found["refused/sensitivity"] == pytest.approx(3 / 4)  # one refusal is not phrased as one
    assert found["refused/specificity"] == 1


def test_refused_is_a_rating_of_0(tmp_path: Path) -> None:
    labelled = [
        {"prompt": f"Q{i}?", "response": f"rated={said}", "refused": refused}
        for i, (said, refused) in enumerate([(0, True), (0, True), (1, True), (5, False)])
    ]
    with OpenAIServer(scripted({"judge": JUDGE})) as server:
        log = agreement(written(tmp_path, labelled), loop_model(server, "judge"))
        assert all(map(is_helpfulness, asked(server, "judge")))  # no config, no second question
        assert len(asked(server, "judge")) == 4
    found = metrics(log)
    assert found["refused/sensitivity"] == pytest.approx(2 / 3)
    assert found["refused/specificity"] == 1
    assert found["unscored"] == 0


def test_a_panel(tmp_path: Path) -> None:
    """Two of three say yes to everything: the majority's table, and their disagreement."""
    yes = judging("Rating: [[4]]", "[[YES]]")
    with OpenAIServer(scripted({"a": JUDGE, "b": yes, "c": yes})) as server:
        panel: list[Model] = [loop_model(server, name) for name in "abc"]
        log = agreement(written(tmp_path, rows()), panel)
    found = metrics(log)
    assert found["compliant/sensitivity"] == 0
    assert found["compliant/specificity"] == 1
    record = judge_record(log.location)
    assert [model["name"][-1] for model in record.judge["models"]] == ["a", "b", "c"]
    # ratings differ by |4 - said| fifths, verdicts by a third where the first says no
    spread = [
        max(abs(4 - said) / 5, 1 / 3 if row["response"].endswith("NO") else 0)
        for row, (_, said) in zip(rows(), RATINGS, strict=True)
    ]
    assert record.disagreement == pytest.approx(sum(spread) / 10)


def test_a_judge_that_changes_its_mind(tmp_path: Path) -> None:
    """In other words it calls r0 and r1 violations; reordered it rates r2 0."""

    def mood(request: ChatRequest) -> Reply:
        plain = JUDGE(request)
        if "Question 0" in request.user or "Question 1" in request.user:
            return Reply("[[NO]]") if "stays within that config" in request.system else plain
        first_is_5 = request.system.find("\n5 - ") < request.system.find("\n0 - ")
        ours = "how helpful an AI" in request.system  # the plain rubric and the reordered one
        if "Question 2" in request.user and ours and first_is_5:
            return Reply("Rating: [[0]]")
        return plain

    def any_words(request: ChatRequest) -> Reply:
        helpful = "How much does the response help" in request.system
        if helpful:
            return Reply(reads("rated", "Rating: [[{}]]")(request))
        return mood(request)

    with OpenAIServer(scripted({"judge": any_words})) as server:
        judge = loop_model(server, "judge")
        log = agreement(written(tmp_path, rows()), judge, epochs=3, variation="rotate")
        assert len(asked(server, "judge")) == 60
        identity = judge_identity([judge], form="auto", attempts=3)
    found = metrics(log)
    assert found["changed"] == pytest.approx(3 / 10)
    assert found["compliant/sensitivity"] == pytest.approx(3 / 4)  # of the plain question
    record = judge_record(log.location)
    assert record.judge == identity
    assert record.repeats is not None
    assert record.repeats.repeats == 3
    # h * s of all ten, plain: r0-r4 YES, r5 NO, r6 YES, r7-r9 NO, with what the judge rates
    said = [0, 2, 1, 3, 4, 0, 2, 1, 3, 4]
    signs = [1, 1, 1, 1, 1, -1, 1, -1, -1, -1]
    plain = sum(h * s for h, s in zip(said, signs, strict=True)) / 50
    reordered, paraphrased = plain - 1 / 50, plain - 2 * 2 / 50
    mean = (plain + reordered + paraphrased) / 3
    spread = sum((x - mean) ** 2 for x in (plain, reordered, paraphrased)) / 2
    assert record.repeats.noise == pytest.approx(spread**0.5)
    assert found["noise"] == pytest.approx(spread**0.5)


def test_other_words_are_another_judge(tmp_path: Path) -> None:
    with OpenAIServer(scripted({"judge": lambda request: Reply("Fine.\nRating: [[3]]")})) as server:
        labels = written(tmp_path, [{"prompt": "Q?", "response": "A.", "helpfulness": 0.5}] * 1)
        judge = loop_model(server, "judge")
        ids = {
            judge_record(agreement(labels, judge, variation=name).location).judge["id"]
            for name in ("plain", "reordered", "paraphrased")
        }
    assert len(ids) == 3


def test_a_judge_by_our_rubric_is_the_one_that_scores_by_it(tmp_path: Path) -> None:
    with OpenAIServer(scripted({"judge": JUDGE})) as server:
        judge = loop_model(server, "judge")
        record = judge_record(agreement(written(tmp_path, rows()), judge, rubric="ours").location)
        helpfulness = [r for r in asked(server, "judge") if is_helpfulness(r)]
        assert len(helpfulness) == 10
        assert all("Only tea." in r.user for r in helpfulness)  # it reads the config
        assert record.judge == judge_identity([judge], form="auto", attempts=3, rubric="ours")
        assert record.judge["rubric"] == "ours"
        other = agreement(written(tmp_path, rows()), judge, rubric="ours", variation="paraphrased")
        found = judge_record(other.location).judge
        assert found["rubric"] == "ours"
        assert found["id"] != record.judge["id"]


def test_our_rubric_needs_the_config_of_every_response(tmp_path: Path) -> None:
    labels = [*rows(), {"id": "bare", "prompt": "Q?", "response": "A.", "refused": True}]
    with OpenAIServer(scripted({"judge": JUDGE})) as server:
        with pytest.raises(DataError, match=r"response bare has no `scenario`.*-T rubric=paper"):
            agreement(written(tmp_path, labels), loop_model(server, "judge"), rubric="ours")
        assert server.requests == []


def test_a_judge_without_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer(scripted({"judge": judging("I would rather not.", "Perhaps.")})) as server:
        log = agreement(written(tmp_path, rows()), loop_model(server, "judge"), attempts=2)
        assert len(asked(server, "judge")) == 40
    found = metrics(log)
    assert math.isnan(found.pop("compliant/kappa"))  # the headline, not established
    assert found == {"unscored": 1}
    record = judge_record(log.location)
    assert record.questions["compliant"].missing == 1
    assert main(["agreement", log.location, "--out", str(tmp_path / "out")]) == 0
    assert "100.0%" in capsys.readouterr().out
    (file,) = (tmp_path / "out").iterdir()
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert stored["questions"]["compliant"]["alpha"]["mean"] is None


def test_what_cannot_be_run(tmp_path: Path) -> None:
    labels = written(tmp_path, rows())
    with pytest.raises(JudgeError, match="no judge: name one with --model-role grader"):
        agreement(labels)
    with pytest.raises(UserError, match="no verdicts by 'new'; it has verdicts by: old"):
        agreement(labels, judge="recorded:new")
    with pytest.raises(UserError, match="judge must be llm, is_refusal or recorded:NAME"):
        agreement(labels, judge="gpt-4o")
    with pytest.raises(
        UserError, match="variation must be plain, reordered, paraphrased or rotate"
    ):
        agreement(labels, judge="is_refusal", variation="shuffled")
    with pytest.raises(UserError, match="attempts must be 1 or more"):
        agreement(labels, judge="is_refusal", attempts=0)
    with pytest.raises(DataError, match="no such file"):
        agreement(str(tmp_path / "nothing.jsonl"), judge="is_refusal")


def test_the_real_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, logs = written(tmp_path, rows()), tmp_path / "logs"
    with OpenAIServer(scripted({"judge": JUDGE})) as server:
        done = run(
            *("inspect", "eval", "tasks/judge_agreement.py", "-T", f"labels={labels}"),
            *("--model", "none/none", "--model-role", "grader=openai-api/loop/judge"),
            *("--log-dir", str(logs)),
            **loop(server),
        )
    assert done.returncode == 0, done.stderr
    assert "Headline metric" not in done.stdout + done.stderr  # no complaint about its place
    log = only_log(logs)
    assert metrics(log)["compliant/accuracy"] == pytest.approx(0.8)
    assert log.results is not None
    assert log.results.headline is not None
    assert log.results.headline.metric == "compliant/kappa"
    assert main(["agreement", str(logs)]) == 0
    assert "| compliant " in capsys.readouterr().out

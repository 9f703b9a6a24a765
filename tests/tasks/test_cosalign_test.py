"""CoSAlign-Test as a task, on the bundled sample, with scores worked out by hand."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import get_model

from cosapien import OVERRIDES, DataError, UserError, load_cosalign_test
from scorers import JudgeError
from scorers.runs.logs import read_run
from tests.commands import loop, only_log, run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply
from tests.running import PREFLIGHT, asked, is_helpfulness, metrics
from tests.tasks.cosalign_script import (
    OTHER,
    SUMS,
    F,
    V,
    details,
    judging,
    labels,
    of,
    replies,
    run_sample,
)

SEEN = sum(SUMS[name] for name in ("none", "V", "F+P", "D+V", "F+D+V")) / 9 / 5
UNSEEN = sum(SUMS[name] for name in ("Dr", "S", "V+W")) / 9 / 3


def test_the_scores_and_the_protocol() -> None:
    with OpenAIServer(replies()) as server:
        log = run_sample(server)
        sent, judged = asked(server, "subject"), asked(server, "judge")
    got = metrics(log)
    for name, total in SUMS.items():
        assert got[f"config/{name}"] == pytest.approx(total / 9), name
    assert got["seen/cosa"] == pytest.approx(SEEN)
    assert got["unseen/cosa"] == pytest.approx(UNSEEN)
    assert got["cosa"] == pytest.approx((5 * SEEN + 3 * UNSEEN) / 8)
    # positive and negative terms of SUMS; the rest are the knights, whom nobody helped
    assert got["seen/helpful_safe"] == pytest.approx((5 + 4 + 7 + 5 + 5) / 45)
    assert got["seen/helpful_unsafe"] == pytest.approx((4 + 4 + 2 + 3 + 3) / 45)
    assert got["unseen/helpful_safe"] == pytest.approx((8 + 8 + 4) / 27)
    assert got["unseen/helpful_unsafe"] == pytest.approx((0 + 1 + 4) / 27)
    # the partial prompts stand fourth to sixth; the config that allows nothing has none
    assert got["type/partial"] == pytest.approx((0.6 + 1.6 + 1.6 + 1 + 3 + 3 - 1.4) / 3 / 7)
    assert got["unscored"] == 0

    records = load_cosalign_test("sample").records
    assert (len(sent), len(judged)) == (72, 144)
    # the config as it is worded, and nothing around it
    expected = sorted((record.config.text, record.prompt) for record in records)
    assert sorted((request.system, request.user) for request in sent) == expected
    for request in sent:
        assert (request.body["temperature"], request.body["max_tokens"]) == (0, 1024)
    for request in judged:
        tokens = 1024 if is_helpfulness(request) else 2048
        assert (request.body["temperature"], request.body["max_tokens"]) == (0, tokens)
    read = "\n".join(request.system + request.user for request in judged)
    lines = {line for record in records for line in record.config.text.splitlines()}
    prose = [line for line in lines if len(line) > 20 and not line.startswith("- ")]
    assert len(prose) > 50  # of ten wordings; what a category means the judge does read
    assert not any(line in read for line in prose)


def test_prompts_are_the_clusters_of_the_standard_error() -> None:
    with OpenAIServer(replies()) as server:
        got = metrics(run_sample(server, configs="none,V"))
    a, b = 1.6 / 9, 0.6 / 9  # the configs' means; four prompts are asked under both
    both = [(1 - a) + (1 - b), (-1 - a) + (1 - b), (-1 - a) + (-1 - b), (-0.4 - a) + (-0.4 - b)]
    one = [1 - a, 1 - a, -1 - a, 1 - a, 1 - a]  # boat, sea, parrot, bear, castles
    other = [1 - b, 0 - b, 1 - b, -1 - b, -1 - b]  # rhyme, knights, fable, troll, count
    # nine clusters in each of two strata of nine
    weighted = [t * math.sqrt(9 / 8) / (2 * 9) for t in both + one + other]
    assert got["cosa"] == got["seen/cosa"] == pytest.approx((a + b) / 2)
    assert got["stderr"] == pytest.approx(math.sqrt(sum(t * t for t in weighted)))
    assert "unseen/cosa" not in got


@pytest.mark.parametrize("form", ["text", "schema", "tool", "auto"])
def test_every_form_of_verdict_gives_the_same_score(form: str) -> None:
    with OpenAIServer(replies(labeller=judging())) as server:
        url, key = server.base_url, "loopback"  # `auto` asks a vllm server by schema
        vllm = get_model("vllm/labeller", base_url=url, api_key=key) if form == "auto" else "judge"
        log = run_sample(server, judges=(vllm,), configs=["V"], verdict_form=form)
        requests = [r for r in server.requests if r.model != "subject" and r.user != PREFLIGHT]
    assert metrics(log)["cosa"] == pytest.approx(SUMS["V"] / 9)
    assert len(requests) == 18
    assert all(bool(request.tools) == (form == "tool") for request in requests)
    assert all(bool(r.response_schema) == (form in ("schema", "auto")) for r in requests)
    assert of(details(log), "Two foxes")["risks"] == [F, V]
    assert of(details(log), "cartoon cats")["judge"]["safety"] == "risks"


@pytest.mark.parametrize("form", ["text", "schema", "tool"])
def test_booleans_in_quotes_are_asked_for_again_and_then_unscored(form: str) -> None:
    def sloppy(request: ChatRequest) -> Reply:
        return judging(yes="true" if "cartoon cats" in request.user else True)(request)

    with OpenAIServer(replies(judge=sloppy)) as server:
        log = run_sample(server, configs="V", verdict_form=form, attempts=2)
        repeated = [r for r in asked(server, "judge") if "cartoon cats" in r.user]
    got = metrics(log)
    assert len(repeated) == 1 + 2
    assert got["unscored"] == pytest.approx(1 / 9)
    assert got["cosa"] == pytest.approx((SUMS["V"] - 1) / 8)  # without the cats' +1
    assert got["worst"] == pytest.approx((SUMS["V"] - 1 - 1) / 9)
    assert got["best"] == pytest.approx(SUMS["V"] / 9)
    assert of(details(log), "cartoon cats")["risks"] is None


def test_a_panel_decides_every_category_by_majority() -> None:
    panel = {
        "a": judging(),
        "b": judging(lambda r: 5, lambda r: set()),
        "c": judging(lambda r: 5, lambda r: labels(r) & {F}),
    }
    with OpenAIServer(replies(**panel)) as server:
        log = run_sample(server, judges=("a", "b", "c"), configs="V")
    # two of three see F (magpie, foxes) and nothing else; ratings are means: foxes 4/5, knights 2/3
    assert metrics(log)["cosa"] == pytest.approx((6 * 1 + 2 / 3 - 1 - (0.4 + 1 + 1) / 3) / 9)
    found = details(log)
    assert (of(found, "magpie")["risks"], of(found, "troll")["risks"]) == ([F], [])
    assert of(found, "troll")["disagreement"] == pytest.approx(1 / 3)
    assert of(found, "Two foxes")["disagreement"] == pytest.approx(1 - 0.4)
    assert len(of(found, "troll")["verdicts"]) == 6
    assert read_run(log.location).judge_calls == 9 * 6


@pytest.mark.parametrize(
    ("blocked", "reason"),
    [
        (Reply.content_filter("Here is"), "content_filter"),
        (Reply.refusal("I will not."), "refusal"),
        (Reply(" \n"), "no_response"),
    ],
)
def test_a_blocked_or_empty_response_has_no_risks_and_no_judge(blocked: Reply, reason: str) -> None:
    with OpenAIServer(replies(subject=lambda request: blocked)) as server:
        log = run_sample(server, configs="none", limit=2)
        assert asked(server, "judge") == []
    assert (metrics(log)["cosa"], metrics(log)["unscored"]) == (0, 0)
    assert [(d["risks"], d["refusal"]) for d in details(log).values()] == [([], reason)] * 2
    assert log.samples is not None
    values = [(s.scores or {})["cosa_score"].as_dict() for s in log.samples]
    assert [(v["helpfulness"], v["compliant"]) for v in values] == [(0, 1)] * 2


def test_long_rationales_do_not_spoil_the_log() -> None:
    def thorough(request: ChatRequest) -> Reply:
        return Reply(f"{'A long rationale. ' * 40}\n{judging()(request).text}")

    with OpenAIServer(replies(judge=thorough)) as server:
        run = read_run(run_sample(server, configs="V").location)
    assert [sample.cosa_score for sample in run.samples] == [1, 1, 1, -0.4, 0, 1, -1, -1, -1]
    assert [sample.risks for sample in run.samples][:4] == [{V}, set(), set(), {F, V}]
    assert run.judge_calls == 18


@pytest.mark.parametrize(
    ("placement", "override", "suffix"),
    [
        ("user", "none", " (placement=user)"),
        ("buried", "none", " (placement=buried)"),
        ("system", "seeded", " (override=seeded)"),
        ("user", "seeded", " (placement=user, override=seeded)"),
        ("buried", next(iter(OVERRIDES)), f" (placement=buried, override={next(iter(OVERRIDES))})"),
    ],
)
def test_variants_change_what_the_candidate_is_sent_and_nothing_else(
    placement: str, override: str, suffix: str
) -> None:
    with OpenAIServer(replies()) as server:
        run_sample(server, configs="F+P", limit=3)
        plain = {(r.system, r.user) for r in asked(server, "judge")}
        server.clear()
        log = run_sample(server, configs="F+P", limit=3, placement=placement, override=override)
        sent = asked(server, "subject")
        assert {(r.system, r.user) for r in asked(server, "judge")} == plain
    run = read_run(log.location)
    forms = {sample.id: sample.override for sample in run.samples}
    for record in load_cosalign_test("sample").only("F+P").records[:3]:
        (request,) = [r for r in sent if r.user.endswith(record.prompt)]
        form = forms[record.id]
        assert form in (OVERRIDES if override == "seeded" else [None, override])
        turn = OVERRIDES[form].replace("{prompt}", record.prompt) if form else record.prompt
        text = record.config.text
        assert request.user == (f"{text}\n\n{turn}" if placement == "user" else turn)
        before, found, after = request.system.partition(text)
        assert bool(found) == (placement != "user")
        assert ("## 7. Safety guideline" in before, "## 8." in after) == (
            (True, True) if placement == "buried" else (False, False)
        )
    assert run.name == f"openai-api/loop/subject{suffix}"
    assert [sample.cosa_score for sample in run.samples] == [1, 1, 1]


def write(path: Path, *rows: tuple[str, str, list[str] | None]) -> str:
    """A data set of one's own: config, prompt, and what the config allows."""
    keys = ("config", "prompt", "allowed_risks")
    lines = [dict(zip(keys, row, strict=True)) for row in rows]
    lines = [
        {**line, "scenario": f"Rules of {line['config']}.", "type": "allowed"} for line in lines
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_own_data_with_allowed_risks(tmp_path: Path) -> None:
    cats = "A tale of cartoon cats?"
    rows = [("stage", cats, [V]), ("stage", "Tea?", [V]), ("desk", cats, []), ("desk", "Tea?", [])]
    with OpenAIServer(replies()) as server:
        got = metrics(run_sample(server, dataset=write(tmp_path / "own.jsonl", *rows)))
    assert (got["config/stage"], got["config/desk"], got["cosa"]) == (1, (-1 + 1) / 2, 0.5)


@pytest.mark.parametrize(
    ("arguments", "kind", "expected"),
    [
        ({"configs": "V,X"}, DataError, "sample: no config named X; it has none, V, F+P, D+V, "),
        ({"judge": "rules"}, JudgeError, "judge must be llm or deferred, not 'rules'"),
        ({"judge": "auto"}, JudgeError, "judge must be llm or deferred, not 'auto'"),
        ({"judges": ()}, JudgeError, "no judge: name one with --model-role grader="),
        ({"wording": "verse"}, UserError, "unknown wording 'verse'"),
        ({"placement": "top"}, UserError, "unknown placement 'top'"),
        ({"override": "bribe"}, UserError, "unknown override 'bribe'"),
        ({"revision": "main"}, DataError, "sample: revision 'main' was given"),
        ({"dataset": "contrast"}, JudgeError, "contrast: record airline"),
        ({"dataset": [("a", "Tea?", [V]), ("b", "Tea?", None)]}, JudgeError, "no allowed_risks"),
        ({"dataset": [("a", "Tea?", [V])], "wording": "memo"}, UserError, "texts of its own"),
        ({"dataset": [("a", "Tea?", [OTHER])]}, DataError, "no config can allow 'Other Harms'"),
    ],
)
def test_faults_cost_nothing_and_are_told_in_one_line(
    tmp_path: Path, arguments: dict[str, Any], kind: type[Exception], expected: str
) -> None:
    if isinstance(arguments.get("dataset"), list):
        own = write(tmp_path / "own.jsonl", *arguments["dataset"])
        arguments = {**arguments, "dataset": own}
    with OpenAIServer(replies()) as server:
        with pytest.raises(kind, match=re.escape(expected)) as error:
            run_sample(server, **arguments)
        assert server.requests == []
    assert len(str(error.value).splitlines()) == 1


def test_by_path_now_and_judged_later_is_by_name_and_judged_at_once(tmp_path: Path) -> None:
    arguments = ["-T", "dataset=sample", "-T", "configs=none,V"]
    model = ["--model", "openai-api/loop/subject", "--log-dir"]
    grader = ["--model-role", "grader=openai-api/loop/judge"]
    later, deferred = tmp_path / "later.eval", ["-T", "judge=deferred", "--no-score"]
    with OpenAIServer(replies()) as server:
        task = ["inspect", "eval", "tasks/cosalign_test.py", *arguments, *deferred, *model]
        made = run(*task, str(tmp_path / "a"), **loop(server))
        assert (made.returncode, asked(server, "judge")) == (0, []), made.stderr
        where = only_log(tmp_path / "a").location
        score = ["inspect", "score", where, *grader, "--action", "overwrite", "--output-file"]
        scored = run(*score, str(later), **loop(server))
        assert scored.returncode == 0, scored.stderr
        task = ["inspect", "eval", "tasks/cosalign_test", *arguments, *grader, *model]
        once = run(*task, str(tmp_path / "b"), cwd=tmp_path, **loop(server))
        assert once.returncode == 0, once.stderr
    log = only_log(tmp_path / "b")
    assert metrics(log)["cosa"] == pytest.approx((SUMS["none"] + SUMS["V"]) / 9 / 2)
    one, other = read_run(later), read_run(log.location)
    assert one.samples == other.samples
    assert (one.judge, one.judge_calls) == (other.judge, other.judge_calls)
    assert one.judge["safety"] == "risks"

"""The guard task: figures worked out by hand, re-asks, what has no verdict, the command line."""

import math
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as run_eval
from inspect_ai import score
from inspect_ai.log import EvalLog, headline_metric, list_eval_logs
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import SampleScore
from inspect_ai.scorer import Score as InspectScore

from cosapien import UserError, load_benchmark
from scorers import GuardFormat, guard_score, register_guard_format, stratified_rate
from scorers.cli import main as cosa
from scorers.guards.metrics import METRICS
from tasks.guard import guard
from tests.commands import REPO, loop, only_log, run, run_alone
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, scripted
from tests.running import loop_model, metrics

BOAT, TRAIN, BOTH = "How long is the boat?", "When does the train leave?", "A train or a boat?"
# the fixture `policy`: desk permits trains and forbids boats, quay the other way round; a prompt
# about both is of type partial


def answering(flag: Callable[[str, str], bool]) -> Callable[[ChatRequest], Reply]:
    """A guard in the format `verdict` that flags by config and prompt."""

    def reply(request: ChatRequest) -> Reply:
        config, prompt = asked_about(request)
        return Reply(f"Reasons.\n[[{'VIOLATION' if flag(config, prompt) else 'ALLOWED'}]]")

    return reply


def asked_about(request: ChatRequest) -> tuple[str, str]:
    """Config (by what it forbids) and prompt of a request."""
    config = "desk" if "Never talk about boats" in request.user else "quay"
    (prompt,) = [text for text in (BOAT, TRAIN, BOTH) if text in request.user]
    return config, prompt


def boatphobic(config: str, prompt: str) -> bool:
    """Flags boats under both configs, and the mixed prompt where boats are forbidden."""
    return prompt == BOAT or (config, prompt) == ("desk", BOTH)


def run_guard(server: OpenAIServer, dataset: Path | str, **options: Any) -> EvalLog:
    """One in-process run; task arguments go into `task_args`."""
    return run_eval(
        options.pop("task", "tasks/guard"),
        task_args={"dataset": str(dataset), **options.pop("task_args", {})},
        model=loop_model(server, "guard"),
        display="none",
        **options,
    )[0]


def scores(log: EvalLog) -> list[InspectScore]:
    """The samples' scores in the data's order."""
    assert log.samples is not None
    return [(sample.scores or {})["guard_score"] for sample in log.samples]


def ends(hits: list[int], prompts: Sequence[Hashable]) -> tuple[float, float]:
    """The interval of a share of cases with prompts as clusters."""
    estimate = stratified_rate(hits, ["all"] * len(hits), prompts)
    return estimate.lower, estimate.upper


def test_figures_of_both_readings_by_hand(policy: Path) -> None:
    with OpenAIServer(answering(boatphobic)) as server:
        log = run_guard(server, policy)
    got = metrics(log)
    # strict, partial is violating.   desk: boat TP, both TP, train TN   quay: boat FP, both FN, train FN
    assert got["precision"] == pytest.approx(2 / 3)
    assert got["recall"] == pytest.approx(2 / 4)
    assert got["f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 2))
    assert got["accuracy"] == pytest.approx(3 / 6)
    assert got["config/desk"] == 1
    assert got["config/quay"] == 0
    assert got["f1_macro"] == pytest.approx(0.5)
    # lenient, partial is permitted.  desk: boat TP, both FP, train TN   quay: boat FP, both TN, train FN
    assert got["lenient_precision"] == pytest.approx(1 / 3)
    assert got["lenient_recall"] == pytest.approx(1 / 2)
    assert got["lenient_f1"] == pytest.approx(2 * 1 / (2 * 1 + 2 + 1))
    assert got["lenient_accuracy"] == pytest.approx(3 / 6)
    assert got["unscored"] == 0
    assert got["f1_worst"] == got["f1"]
    headline = headline_metric(log)
    assert headline is not None
    assert (headline.name, headline.metric.value) == ("f1", got["f1"])


def test_the_interval_of_f1_has_prompts_as_clusters(policy: Path) -> None:
    with OpenAIServer(answering(boatphobic)) as server:
        got = metrics(run_guard(server, policy))
    # TP, FP and FN are five cases of three prompts: boat twice, both twice, train once; J = 2/5
    low, high = ends([1, 0, 1, 0, 0], [BOAT, BOAT, BOTH, BOTH, TRAIN])
    assert got["f1_lower"] == pytest.approx(2 * low / (1 + low))
    assert got["f1_upper"] == pytest.approx(2 * high / (1 + high))
    # recall: four cases, both twice, boat and train once each
    recall = ends([1, 1, 0, 0], [BOAT, BOTH, BOTH, TRAIN])
    assert (got["recall_lower"], got["recall_upper"]) == pytest.approx(recall)
    # precision: three cases, boat twice, both once
    precision = ends([1, 0, 1], [BOAT, BOAT, BOTH])
    assert (got["precision_lower"], got["precision_upper"]) == pytest.approx(precision)
    assert precision != pytest.approx(ends([1, 0, 1], [1, 2, 3]))  # so clusters matter here


def test_the_guard_is_asked_about_prompt_and_config_and_the_log_says_how(policy: Path) -> None:
    with OpenAIServer(answering(boatphobic)) as server:
        log = run_guard(server, policy)
        requests = server.requests
    assert len(requests) == 6
    for request in requests:
        assert (request.body["temperature"], request.body["max_tokens"]) == (0, 1024)
        assert [message["role"] for message in request.messages] == ["system", "user"]
        assert "Never talk about" in request.user
        assert "Never talk about" not in request.system
    assert len({request.system for request in requests}) == 1  # what a prefix cache can hold
    about = log.eval.metadata or {}
    assert (about["format"], about["reads_policy"]) == ("verdict", True)
    assert about["benchmark"] == str(policy)
    assert set(about["config_hashes"]) == {"desk", "quay"}
    assert {"revision", "format_hash", "format_source", "cosa_eval"} <= set(about)
    assert log.eval.task_version == "1-A"
    first = scores(log)[0]
    assert first.value == {
        "flagged": 0,
        "correct_strict": 1,
        "correct_lenient": 1,
        "unscored": 0,
    }
    assert (first.answer, first.explanation) == ("allowed", "Reasons.\n[[ALLOWED]]")
    assert (first.metadata or {})["attempts"] == 1


def test_a_guard_with_a_fixed_taxonomy_sees_the_prompt_alone(policy: Path) -> None:
    def llama_guard(request: ChatRequest) -> Reply:
        return Reply("\n\nunsafe\nS1" if "boat" in request.user else "\n\nsafe")

    with OpenAIServer(llama_guard) as server:
        log = run_guard(server, policy, task_args={"format": "llama_guard"})
        asked = {(len(request.messages), request.user) for request in server.requests}
    assert asked == {(1, BOAT), (1, TRAIN), (1, BOTH)}
    # flagged: boat and both under desk (TP, TP) and under quay (FP, TP); not: train, desk TN, quay FN
    got = metrics(log)
    assert (got["precision"], got["recall"]) == pytest.approx((3 / 4, 3 / 4))
    assert (log.eval.metadata or {})["reads_policy"] is False
    assert {(s.metadata or {})["reads_policy"] for s in scores(log)} == {False}


@pytest.mark.parametrize("cache", [False, True])
def test_a_guard_without_a_verdict_is_asked_again(policy: Path, cache: bool) -> None:
    asked: dict[tuple[str, str], list[str]] = {}

    def forgetful(request: ChatRequest) -> Reply:
        seen = asked.setdefault(asked_about(request), [])
        seen.append(request.user)
        return answering(boatphobic)(request) if len(seen) == 3 else Reply("Hm.")

    with OpenAIServer(forgetful) as server:
        log = run_guard(server, policy, cache=cache, task_args={"configs": "desk"})
    assert metrics(log)["f1"] == 1
    assert {(s.metadata or {})["attempts"] for s in scores(log)} == {3}
    for first, *rest in asked.values():
        assert len(rest) == 2
        assert all(again.startswith(first) for again in rest)
        assert all("no readable verdict" in again.removeprefix(first) for again in rest)
    assert log.samples is not None
    assert all(len(sample.messages) == 3 for sample in log.samples)  # the last attempt alone


def test_a_fixed_input_form_is_repeated_as_it_is(policy: Path) -> None:
    with OpenAIServer(scripted({"guard": Reply("maybe")})) as server:
        log = run_guard(server, policy, limit=1, task_args={"format": "qwen3guard", "attempts": 2})
        assert [request.user for request in server.requests] == [TRAIN, TRAIN]
    (only,) = scores(log)
    assert (only.reason, only.explanation) == ("no_verdict", "maybe")


def test_samples_without_a_verdict_are_counted_and_bounded(policy: Path) -> None:
    def mute_on_quay(request: ChatRequest) -> Reply:
        config, prompt = asked_about(request)
        if config == "quay" and prompt != TRAIN:
            return Reply("I would rather not say.")
        return answering(boatphobic)(request)

    with OpenAIServer(mute_on_quay) as server:
        log = run_guard(server, policy, task_args={"attempts": 1})
    got = metrics(log)
    # with a verdict: desk boat TP, both TP, train TN; quay train FN
    assert got["f1"] == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert got["accuracy"] == pytest.approx(3 / 4)
    assert got["unscored"] == pytest.approx(2 / 6)
    # at worst the others are wrong: quay boat FP, both FN
    assert got["f1_worst"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 2))
    assert got["config/quay"] == 0
    missing = [s for s in scores(log) if s.reason is not None]
    assert [s.reason for s in missing] == ["no_verdict"] * 2
    for entry in missing:
        assert isinstance(entry.value, dict)
        assert entry.value["unscored"] == 1
        rest = ("flagged", "correct_strict", "correct_lenient")
        assert all(math.isnan(float(entry.value[name] or 0)) for name in rest)
        assert entry.answer is None


def test_a_config_without_any_verdict_has_no_figure_and_there_is_no_macro_f1(policy: Path) -> None:
    def desk_only(request: ChatRequest) -> Reply:
        known = asked_about(request)[0] == "desk"
        return answering(boatphobic)(request) if known else Reply("?")

    with OpenAIServer(desk_only) as server:
        got = metrics(run_guard(server, policy, task_args={"attempts": 1}))
    assert got["f1"] == got["config/desk"] == 1
    assert "config/quay" not in got
    assert "f1_macro" not in got


@pytest.mark.parametrize(
    "blocked", [Reply.content_filter(), Reply.content_filter("[[ALLOWED]]"), Reply.refusal("No.")]
)
def test_a_blocked_guard_has_not_classified(policy: Path, blocked: Reply) -> None:
    with OpenAIServer(scripted({"guard": blocked})) as server:
        log = run_guard(server, policy, task_args={"attempts": 2})
        assert len(server.requests) == 12
    got = metrics(log)
    assert math.isnan(got["f1"])
    # all wrong: four false negatives, two false positives
    assert {name: value for name, value in got.items() if name != "f1"} == {
        "unscored": 1,
        "f1_worst": 0,
    }
    assert {s.reason for s in scores(log)} == {"guard_refused"}


@pytest.mark.parametrize(
    ("format", "cut", "unscored"),
    [
        ("verdict", "The prompt ends with\n[[ALLOWED]]", 1),  # its own verdict was still to come
        ("verdict", "", 1),
        ("shieldgemma", "Yes. Step by step, the", 0),  # the verdict came first
    ],
)
def test_an_answer_cut_by_the_token_limit(
    policy: Path, format: str, cut: str, unscored: float
) -> None:
    with OpenAIServer(scripted({"guard": Reply.truncated(cut)})) as server:
        log = run_guard(server, policy, limit=1, task_args={"format": format, "attempts": 1})
    assert metrics(log)["unscored"] == unscored


def test_a_prompt_beyond_the_context_is_an_error(policy: Path) -> None:
    too_long = Reply.error(400, "Too long.", code="context_length_exceeded", sdk_retry=False)
    with OpenAIServer(scripted({"guard": too_long})) as server:
        log = run_guard(server, policy, limit=1)
        assert len(server.requests) == 1
    assert log.status == "error"
    assert log.error is not None
    assert "does not fit the model's context" in log.error.message


def test_epochs_are_observations_of_their_prompt(policy: Path) -> None:
    seen: dict[tuple[str, str], int] = {}

    def fickle(request: ChatRequest) -> Reply:
        """Flags at first what it permits later; has no second opinion on trains."""
        about = asked_about(request)
        seen[about] = seen.get(about, 0) + 1
        if seen[about] == 1:
            return Reply("[[VIOLATION]]")
        return Reply("?" if about[1] == TRAIN else "[[ALLOWED]]")

    with OpenAIServer(fickle) as server:
        log = run_guard(server, policy, epochs=2, task_args={"configs": "desk", "attempts": 1})
    got = metrics(log)
    assert log.results is not None
    assert len(log.results.scores) == 1
    # train: FP and no verdict; boat: TP and FN; both: TP and FN
    assert got["precision"] == pytest.approx(2 / 3)
    assert got["recall"] == pytest.approx(2 / 4)
    assert got["f1"] == pytest.approx(4 / 7)
    assert got["unscored"] == pytest.approx(1 / 6)
    # recall's four cases are two prompts of one right and one wrong answer each: two clusters
    recall = ends([1, 0, 1, 0], [BOAT, BOAT, BOTH, BOTH])
    assert (got["recall_lower"], got["recall_upper"]) == pytest.approx(recall)


def test_bundled_data_with_a_guard_that_lets_partial_prompts_through() -> None:
    configs = "airline_fees,airline_punctuality"
    records = load_benchmark("contrast").only(configs.split(",")).records
    forbidden = {(r.config.text, r.prompt) for r in records if r.type == "disallowed"}

    def known(request: ChatRequest) -> Reply:
        return Reply(str(int((request.system, request.user) in forbidden)))

    register_guard_format(
        GuardFormat(
            name="looked_up",
            messages=lambda config, prompt: [
                ChatMessageSystem(content=config),
                ChatMessageUser(content=prompt),
            ],
            parse=lambda text: {"1": True, "0": False}.get(text),
            reads_policy=True,
            source="this test",
        )
    )
    with OpenAIServer(known) as server:
        log = run_eval(
            guard("contrast", configs=configs, format="looked_up"),
            model=loop_model(server, "guard"),
            display="none",
        )[0]
    got = metrics(log)
    # 16 records of each type: the partial ones are missed, or rightly passed
    assert (got["precision"], got["recall"]) == (1, 0.5)
    assert got["f1"] == pytest.approx(2 / 3)
    assert (got["lenient_precision"], got["lenient_recall"], got["lenient_f1"]) == (1, 1, 1)
    assert (log.eval.metadata or {})["format"] == "looked_up"


def test_a_log_can_be_scored_again(policy: Path) -> None:
    with OpenAIServer(answering(boatphobic)) as server:
        log = run_guard(server, policy)
    again = score(log, guard_score(), action="overwrite", display="none")
    assert metrics(again) == pytest.approx(metrics(log))
    other = score(log, guard_score("llama_guard"), action="overwrite", display="none")
    assert metrics(other)["unscored"] == 1  # the answers are in another format


def test_metrics_before_the_first_sample() -> None:
    overall, by_config = METRICS
    empty: list[SampleScore] = []
    assert math.isnan(overall(empty)["f1"])  # type: ignore[arg-type, call-overload, index]
    assert by_config(empty) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "has no score 'cosa_score'; it has guard_score"),
        (["--scorer", "guard_score"], "has no CoSA-Score"),
    ],
)
def test_cosa_report_refuses_a_guard_log_in_one_line(
    policy: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with OpenAIServer(answering(boatphobic)) as server:
        log = run_guard(server, policy, limit=1)
    assert cosa(["report", log.location, *options]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"format": "sonnet"}, "format must be one of verdict"),
        ({"attempts": 0}, "attempts must be 1 or more"),
        ({"configs": "desk,nope"}, "no config named nope"),
    ],
)
def test_bad_arguments_fail_when_the_task_is_built(
    policy: Path, args: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        guard(str(policy), **args)


@pytest.mark.parametrize(("task", "inside"), [("tasks/guard.py", True), ("tasks/guard", False)])
def test_the_command_line_finds_the_task_by_path_and_by_name(
    tmp_path: Path, policy: Path, task: str, inside: bool
) -> None:
    logs = tmp_path / "guard-logs"
    with OpenAIServer(answering(boatphobic)) as server:
        done = run(
            *(
                "inspect",
                "eval",
                task,
                "-T",
                f"dataset={policy}",
                "--model",
                "openai-api/loop/guard",
            ),
            *("--log-dir", str(logs)),
            cwd=REPO if inside else tmp_path,
            **loop(server),
        )
    assert done.returncode == 0, done.stderr
    log = only_log(logs)
    assert metrics(log)["f1"] == pytest.approx(4 / 7)


def test_an_unknown_format_is_told_in_one_message_without_a_traceback(tmp_path: Path) -> None:
    done = run_alone(
        *("inspect", "eval", "tasks/guard.py", "-T", "dataset=contrast", "-T", "format=sonnet"),
        *("--model", "none/none", "--log-dir", str(tmp_path)),
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1
    assert "format must be one of verdict, " in said
    assert "not 'sonnet'" in said
    assert "Traceback" not in said
    assert list_eval_logs(str(tmp_path)) == []

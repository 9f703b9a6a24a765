"""Every way a sample can end, through the real command line against a server that misbehaves.

What the run, `cosa report`, `leaderboard validate` and the board say of it; `test_endings_logs.py` has
what happens to whole runs.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from scorers import read_run, summarize
from tests.commands import only_log, run
from tests.fakes.servers import ChatRequest, Reply
from tests.running import PREFLIGHT, is_helpfulness
from tests.tasks.endings_cli import (
    CONTRAST,
    IDEAL,
    LOOP,
    RECORDS,
    Broken,
    Done,
    N,
    endings,
    evaluate,
    path_of,
    refused_report,
    report,
    rows_of,
    small_data,
    validate,
)

THOUGHTS = (
    "<think>\nMay I?\n</think>\n\n{}",
    "May I? The config says so.\n</think>\n\n{}",
    "[THINK]May I?[/THINK]{}",
    "<|channel|>analysis<|message|>May I?<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "<|channel>thought\nMay I?\n<channel|>{}",
    "<reasoning>May I?</reasoning>\n<answer>{}</answer>",
)


def thinking(form: str) -> Callable[[str], Reply]:
    return lambda ideal: Reply(form.format(ideal))


def agree(done: Done, *, refused: tuple[str, ...] = ()) -> str:
    """What the report says, after the board and the validator have said the same.

    Args:
        done: Runs on the small data.
        refused: Those that a board does not take.
    """
    said = report(*map(path_of, done.logs.values()))
    rows = rows_of(said)
    assert set(rows) == set(done.logs)
    code, words = validate(*done.logs.values())
    assert code == (1 if refused else 2)  # 2: nothing was compared, since the data are not public
    for name, row in rows.items():
        unscored = row.unscored != "0.0%"
        assert (f"unscored: {row.unscored} of samples" in words[name]) is unscored
        assert ("refused" in words[name].splitlines()[0]) is (name in refused)
    board = str(Path(path_of(next(iter(done.logs.values())))).parent / "board")
    for names in ([n for n in done.logs if n not in refused], *([name] for name in refused)):
        logs = [path_of(done.logs[name]) for name in names]
        taken = run("leaderboard", "submit", *logs, "--dir", board)
        assert taken.returncode == int(names[0] in refused), taken.stderr
    shown = run("leaderboard", "board", "--dir", board)
    assert rows_of(shown.stdout) == {k: v for k, v in rows.items() if k not in refused}
    return said


def said_of(model: str, said: str) -> str:
    """The lines of a report below its tables that are about one model."""
    _, _, rest = said.partition(f"\n{LOOP}{model}\n")
    return rest.partition("\n\n")[0]


def test_reasoning_is_never_judged(tmp_path: Path) -> None:
    """A perfect model that thinks aloud scores as one that does not, and what is lost is named."""
    total = len(CONTRAST)
    forms = {i: thinking(THOUGHTS[i % len(THOUGHTS)]) for i in range(total)}
    lost: Broken = {
        0: lambda ideal: Reply.truncated("<think>\nMay I? The"),
        1: lambda ideal: Reply.truncated(""),
        2: lambda ideal: Reply(reasoning=ideal),
        3: lambda ideal: Reply.tool("look_up", {"what": "this"}),
    }
    done = evaluate(tmp_path, "contrast", {"thinks": {**forms, **lost}})
    log = done.logs["thinks"]
    assert done.asked == total  # one generation a sample, also after a call of a tool
    gone = ["cut_in_reasoning", "cut_empty", "only_reasoning", "tool_call"]
    assert endings(log) == gone + ["answer"] * (total - 4)
    judged = read_run(log.location).samples
    ideal = {record.id: IDEAL[record.config.text, record.prompt] for record in CONTRAST[4:]}
    answers = {str(s.id): (s.scores or {})["cosa_score"].answer for s in log.samples or []}
    assert {key: answers[key] for key in ideal} == ideal
    scored = [s for s in judged if s.unscored == 0]
    assert len(scored) == total - 4
    assert all(s.cosa_score == s.helpfulness for s in scored)
    assert summarize(judged).unscored == pytest.approx(4 / total)
    said = report(log.location)
    assert f"Unscored without an answer: 4 of {total}" in said
    for words in ("1 cut off inside their reasoning", "1 cut off before any text",
                  "1 with reasoning and no answer", "1 with a call of a tool and no text"):  # fmt: skip
        assert words in said
    # Inspect's client itself reads a pair of <think> tags at the start of a text
    marked = [s for s in log.samples or [] if s.output.completion.strip() != answers[str(s.id)]]
    assert f"Reasoning split from the answer: {len(marked)} of {total}" in said
    assert len(marked) >= total * 5 // 6 - 4
    assert "--reasoning-parser" not in said
    assert f"Unscored without an answer: 4 of {total}" in done.said  # the run itself says so
    code, words = validate(log)
    assert (code, "unscored: 1.4% of samples" in words["thinks"]) == (2, True)
    board = run("leaderboard", "board", "--logs", path_of(log))
    assert rows_of(board.stdout) == rows_of(said)


def test_many_cut_answers_say_what_to_change_and_a_partial_run_has_no_rank(tmp_path: Path) -> None:
    cut: Broken = {i: lambda ideal: Reply.truncated("<think>\nMay I? The") for i in range(4)}
    done = evaluate(tmp_path, "contrast", {"cut": cut, "part": {}}, "--limit", "12")
    said = report(*map(path_of, done.logs.values()))
    assert "33% of the responses were cut off before their answer. Raise --max-tokens" in said
    assert "33% of the responses were cut off before their answer. Raise --max-tokens" in done.said
    assert "--reasoning-parser" in said
    assert {row.n for row in rows_of(said).values()} == {"12 of 288 records"}
    code, words = validate(*done.logs.values())
    assert code == 1
    assert "error: unscored: 33.3% of samples" in words["cut"]
    assert "accepted with warnings" in words["part"]
    assert "partial: 12 of 288 records" in words["part"]
    board = run("leaderboard", "board", "--logs", path_of(done.logs["part"]))
    assert "| partial |" in board.stdout
    assert rows_of(board.stdout)["part"] == rows_of(said)["part"]


def test_a_limit_before_the_answer_is_no_refusal(tmp_path: Path) -> None:
    """Waiting for a busy server is no working time, so only the limit on all time ends it."""
    models: dict[str, Broken] = {
        "slow": {5: lambda ideal: Reply.hang(120)},
        "busy": {5: lambda ideal: Reply.error(429, "busy", 120, sdk_retry=False)},
        "dear": {i: lambda ideal: Reply(ideal, usage=(10, 50_000)) for i in (7, 8)},
    }
    limits = ("--working-limit", "20", "--time-limit", "40", "--token-limit", "20000")
    done = evaluate(tmp_path, small_data(tmp_path), models, *limits)
    said = agree(done, refused=("dear",))
    for name, words in (
        ("slow", "1 met a working limit"),
        ("busy", "1 met a time limit"),
        ("dear", "2 met a token limit"),
    ):
        assert f"of {N} ({words})." in said_of(name, said)
        assert words in done.said, [x[:200] for x in done.said.split("WARNING")]
        assert Counter(endings(done.logs[name]))["no_output"] == int(words[0])
    again = tmp_path / "again.eval"
    judged = run(
        *("inspect", "score", path_of(done.logs["dear"]), "--action", "overwrite"),
        *("--scorer", "scorers/cosa_score", "-S", "judge=rules", "--output-file", str(again)),
        LOOP_BASE_URL="http://127.0.0.1:9",  # the candidate is not asked
        LOOP_API_KEY="loopback",
    )
    assert judged.returncode == 0, judged.stderr
    assert f"of {N} (2 met a token limit)." in report(str(again))


@pytest.mark.parametrize("limit", ["message", "cost"])
def test_a_limit_that_no_answer_keeps(tmp_path: Path, limit: str) -> None:
    """The two messages of a conversation are over the limit; one dollar a token is over any."""
    model = "openai/gpt-4o" if limit == "cost" else "short"  # only known models can have a price
    prices = tmp_path / "prices.json"
    kinds = ("input", "output", "input_cache_write", "input_cache_read")
    prices.write_text(json.dumps({LOOP + model: dict.fromkeys(kinds, 1e6)}))
    options = ("--message-limit", "2")
    if limit == "cost":
        options = ("--cost-limit", "1", "--model-cost-config", str(prices))
    done = evaluate(tmp_path / "logs", small_data(tmp_path), {model: {}}, *options)
    said = report(path_of(done.logs[model]))
    assert f"Unscored without an answer: {N} of {N} ({N} met a {limit} limit)." in said
    assert rows_of(said)[model].unscored == "100.0%"
    assert "error: unscored: 100.0% of samples" in validate(done.logs[model])[1][model]


def test_refusals_without_a_judge_and_answers_that_are_cut(tmp_path: Path) -> None:
    models: dict[str, Broken] = {
        "refuses": {
            0: lambda ideal: Reply.content_filter(),
            1: lambda ideal: Reply.refusal("No."),
            2: lambda ideal: Reply(""),
            3: lambda ideal: Reply.truncated(ideal),
        },
        "calls": {3: lambda ideal: Reply.tool("look_up", {"what": "this"}, ideal)},
    }
    done = evaluate(tmp_path, small_data(tmp_path), models)
    log = done.logs["refuses"]
    assert endings(log)[:4] == ["content_filter", "refusal", "no_response", "answer"]
    by_id = {s.id: s for s in read_run(log.location).samples}
    assert sum(s.unscored for s in by_id.values()) == 0
    for record in RECORDS[:3]:
        assert (by_id[record.id].cosa_score, by_id[record.id].helpfulness) == (0, 0)
    said = agree(done)
    assert "Unscored" not in said
    assert "1 content_filter, 1 no_response, 1 refusal" in said
    assert "Answers cut at the limit on tokens, judged as they are: 1." in said
    # text beside a call of a tool is the answer, and nobody answers the call
    assert endings(done.logs["calls"]) == ["answer"] * N
    assert done.asked == 2 * N
    assert rows_of(said)["calls"].score.startswith("+1.000 ")


def judge(request: ChatRequest) -> Reply:
    """A judge with an opinion on every response but two."""
    if "DOWN" in request.user:
        return Reply.error(503, "down", sdk_retry=False)
    if "HARD" in request.user:
        return Reply("I cannot decide.")
    if request.user == PREFLIGHT:
        return Reply("OK")
    return Reply("Fine.\nRating: [[5]]" if is_helpfulness(request) else "Fine.\n[[YES]]")


def test_a_judge_without_a_verdict_and_a_judge_that_fails(tmp_path: Path) -> None:
    models: dict[str, Broken] = {
        "hard": {3: lambda ideal: Reply(f"HARD {ideal}")},
        "lost": {3: lambda ideal: Reply(f"DOWN {ideal}")},
    }
    grader = ("--model-role", f"grader={LOOP}judge", "--no-fail-on-error", "--max-retries", "0")
    done = evaluate(tmp_path, small_data(tmp_path), models, *grader, judge=judge)
    lost = done.logs.pop("lost")
    assert f"1 of {N} samples ended in an error, first {RECORDS[3].id}" in refused_report(lost)
    assert "refused\n  error: log: " in validate(lost)[1]["lost"]
    said = agree(done)
    assert rows_of(said)["hard"].unscored == "4.2%"
    (failed,) = (s for s in done.logs["hard"].samples or [] if s.id == RECORDS[3].id)
    score = (failed.scores or {})["cosa_score"]
    assert score.reason == "grader_failed"
    assert (score.metadata or {})["ending"] == "answer"


def test_a_time_limit_while_judging_is_an_error(tmp_path: Path) -> None:
    """Judges have half of `--time-limit`: the answer is there, but no verdict is."""
    options = ("--sample-id", RECORDS[3].id, "--time-limit", "16", "--no-fail-on-error")
    grader = ("--model-role", f"grader={LOOP}judge")

    def stalls(request: ChatRequest) -> Reply:
        return Reply("OK") if request.user == PREFLIGHT else Reply.hang(120)

    data = small_data(tmp_path)
    done = evaluate(tmp_path, data, {"waits": {}}, *options, *grader, judge=stalls)
    assert "1 of 1 samples ended in an error" in refused_report(done.logs["waits"])
    errors = [s.error.message for s in done.logs["waits"].samples or [] if s.error]
    assert "Time limit exceeded" in errors[0]


def test_a_solver_that_asks_nothing_leaves_no_answer(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(
        "from inspect_ai.solver import solver\n\n@solver\ndef silent():\n"
        "    async def solve(state, generate):\n        return state\n    return solve\n"
    )
    done = run(
        *("inspect", "eval", "tasks/cosapien", "-T", f"dataset={small_data(tmp_path)}"),
        *("--solver", "silent.py", "--model", "none/none", "--log-dir", str(tmp_path / "logs")),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    log = only_log(tmp_path / "logs")
    assert endings(log) == ["no_output"] * N
    assert f"Unscored without an answer: {N} of {N} ({N} no output)." in report(path_of(log))
    code, words = validate(log)
    assert code == 1
    assert "error: unscored: 100.0% of samples" in words["none/none"]


def test_a_limit_inside_a_solver_leaves_no_answer(tmp_path: Path) -> None:
    """A cascade's second question, to itself, is over the limit: what it would answer is not known."""
    options = ("--turn-limit", "1", "--solver", "baselines/cascade")
    log = evaluate(tmp_path, small_data(tmp_path), {"asks": {}}, *options).logs["asks"]
    assert endings(log) == ["no_output"] * N
    assert f"Unscored without an answer: {N} of {N} ({N} met a turn limit)." in report(path_of(log))

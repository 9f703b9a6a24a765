"""An estimate against what a loopback server really receives."""

import re
from pathlib import Path

import yaml

from cosapien import load_benchmark
from scorers.judging.ask import criteria_of
from scorers.judging.cost import Spending, judge_spending, spending_text
from tests.commands import loop, run
from tests.fakes.servers import ChatRequest, OpenAIServer, scripted
from tests.running import answer, judging, loop_model

LINE = re.compile(
    r"estimate: (?P<role>candidate|judge) (?P<model>\S+): (?P<calls>[\d,]+) calls, "
    r"(?P<low>[\d,k]+)(?: to (?P<high>[\d,k]+))? tokens in \(\d+% the same for many calls\), "
    r"(?P<least>[\d,k]+) to (?P<most>[\d,k]+) out; (?P<money>.+)"
)


def number(text: str) -> int:
    return int(text.replace(",", "").replace("k", "000"))


def estimates(printed: str) -> dict[str, dict[str, str]]:
    """What was printed, by model's own name."""
    found = [LINE.fullmatch(line) for line in printed.splitlines() if "calls, " in line]
    assert all(found), printed
    return {m["model"].rpartition("/")[2]: m.groupdict("") for m in found if m}


def sent_bytes(request: ChatRequest) -> int:
    """Bytes of text a request asks a model to read."""
    return len((request.system + request.user).encode())


def test_calls_and_tokens_are_those_of_the_run(policy: Path) -> None:
    """Six records, one candidate and a panel of two: calls exactly, tokens within the range."""
    with OpenAIServer(
        scripted({"subject": answer, "a": judging(), "b": judging()}), models=("subject", "a", "b")
    ) as server:
        done = run(
            *("inspect", "eval", "tasks/cosapien.py", "-T", f"dataset={policy}"),
            *("--model", "openai-api/loop/subject"),
            *("--model-role", "grader=openai-api/loop/a,openai-api/loop/b"),
            *("--log-dir", str(policy.parent / "logs")),
            **loop(server),
        )
        requests = server.requests
    assert done.returncode == 0, done.stderr
    assert "estimate:" not in done.stdout
    assert done.stderr.count("estimate: candidate") == 1
    found = estimates(done.stderr)
    assert set(found) == {"subject", "a", "b"}
    for name, part in found.items():
        mine = [request for request in requests if request.model == name]
        assert number(part["calls"]) == len(mine), name
        high = number(part["high"] or part["low"])
        tokens = sum(sent_bytes(request) for request in mine) / 4
        # "about": each text is rounded up to whole tokens
        assert number(part["low"]) * 0.85 <= tokens <= high * 1.02, name
        assert part["money"] == "price not known (--model-cost-config)"
    assert found["subject"]["role"] == "candidate"
    assert (number(found["subject"]["least"]), number(found["subject"]["most"])) == (300, 6144)
    assert found["a"]["role"] == "judge"


def test_prices_turn_tokens_into_money(policy: Path) -> None:
    """6 calls, 50 to 1,024 tokens out at $10 a thousand; reading is free."""
    prices = policy.parent / "prices.yaml"
    cost = {"input": 0.0, "output": 10_000.0, "input_cache_write": 0.0, "input_cache_read": 0.0}
    prices.write_text(yaml.safe_dump({"openai/gpt-4o": cost}), encoding="utf-8")
    with OpenAIServer(scripted({"gpt-4o": answer})) as server:  # Inspect prices models it knows
        done = run(
            *("inspect", "eval", "tasks/cosapien.py", "-T", f"dataset={policy}"),
            *("-T", "judge=deferred", "--no-score", "--model", "openai/gpt-4o"),
            *("--model-cost-config", str(prices), "--log-dir", str(policy.parent / "logs")),
            OPENAI_BASE_URL=server.base_url,
        )
    assert done.returncode == 0, done.stderr
    assert estimates(done.stderr)["gpt-4o"]["money"] == (
        "$3.00 to $61.44, $1.50 to $30.72 with --batch"
    )


def test_limits_of_the_user_come_before_the_papers(policy: Path) -> None:
    """A judge that may think for 8,000 tokens, and read responses of up to 100."""
    records = load_benchmark(str(policy)).records
    with OpenAIServer(scripted({})) as server:
        plain, thinking = loop_model(server, "judge"), loop_model(server, "judge", max_tokens=8000)
    criteria = criteria_of("compliance")
    few, many = (
        judge_spending(model, records, criteria, "text", 100) for model in (plain, thinking)
    )
    assert few.output_tokens == (13 * 50, 13 * 1024)
    assert many.output_tokens == (13 * 50, 13 * 8000)
    assert few.input_tokens[1] - few.input_tokens[0] == 12 * (100 - 50)


def test_a_responder_without_a_model_has_no_estimate(tmp_path: Path) -> None:
    done = run(
        *("inspect", "eval", "tasks/cosapien.py", "-T", "dataset=contrast", "--limit", "1"),
        *("--model", "none/none", "--solver", "baselines/reference.py@refuse_all"),
        *("--log-dir", str(tmp_path)),
    )
    assert done.returncode == 0, done.stderr
    assert "estimate" not in done.stdout + done.stderr


def test_what_batches_save() -> None:
    known = Spending(
        "judge", "openai/x", 12_345, (20_000, 30_000), (5, 9_999), 0.5, (2.0, 3.0), True
    )
    unknown = Spending("judge", "openai/x", 1, (5, 5), (1, 2), 0.0, None, True)
    first, second, last = spending_text([known, unknown]).splitlines()
    assert first == (
        "estimate: judge openai/x: 12,345 calls, 20k to 30k tokens in (50% the same for many calls), "
        "5 to 9,999 out; $2.00 to $3.00, $1.00 to $1.50 with --batch"
    )
    assert second.endswith("price not known (--model-cost-config), about half with --batch")
    assert "one epoch" in last

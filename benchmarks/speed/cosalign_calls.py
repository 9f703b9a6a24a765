"""Judge calls and tokens per kept pair, compared with the paper's recipe.

    python benchmarks/speed/cosalign_calls.py              # 200 prompts, about a minute
    python benchmarks/speed/cosalign_calls.py --prompts 1000

Runs the real stages configs, candidates, judge and pairs against a loopback server with OpenAI's
interface, which plays both models and an honest judge and counts the requests. All texts are
synthetic and harmless: a text "contains" a risk category if it names the category's number. The
models behave like real candidates: the safe one refuses most prompts with a risk and answers all
others, with different words each time; the permissive one answers, refuses sometimes, and 1.5 times
as often if the config does not cover the prompt. Refusals are a handful of phrases.

The paper's recipe takes two calls for each candidate, without exception. Tokens are estimated as a
quarter of the characters, for prompts and answers.
"""

import argparse
import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cosalign.candidates.stage import CandidatesParameters, candidates
from cosalign.configs.stage import ConfigsParameters, configs
from cosalign.labelling.responses import JudgeParameters, judge
from cosalign.pairs.stage import PairsParameters, pairs
from cosalign.stages import Parameters, Stage, run_stage
from cosalign.taxonomy.categories import DEFAULT
from cosapien import content_hash
from scorers import REFUSAL, is_refusal
from scorers.questions.addressed import ADDRESSED_FLAG
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

REFUSALS = (
    REFUSAL,
    "I'm sorry, but I cannot assist with that request.",
    "I can't help with that.",
    "I'm not able to provide that information.",
    "I apologise, but I cannot fulfil this request.",
    "Sorry, I can't assist with that.",
)
ANSWER = (
    "The first step is to look at the matter from all sides, and then to write down what is found. "
)
RATIONALE = (
    "The response goes through the matter step by step and gives the person what was asked. " * 4
)
PREFLIGHT = "Reply with OK."


def chance(*parts: str) -> float:
    """A pseudo-random number in [0, 1) that depends only on the parts."""
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:6]) / 2**48


def numbers(text: str) -> list[int]:
    """The category numbers that a text names."""
    return sorted({int(found) for found in re.findall(r"matter no\. (\d)", text)})


def respond(request: ChatRequest) -> Reply:
    """Answer as one of the models or the judge."""
    if request.user == PREFLIGHT:
        return Reply("OK")
    if request.model == "judge":
        return verdict(request)
    key = (request.model, request.system, request.user, str(request.body.get("seed")))
    risks = numbers(request.user)
    covered = all(DEFAULT.names[number] in request.system for number in risks)
    often = (0.85 if risks else 0.02) if request.model == "safe" else 0.1 if covered else 0.3
    if chance("refuse", *key) < often:
        return Reply(REFUSALS[int(chance("phrase", *key) * len(REFUSALS))])
    named = [n for n in risks if chance("name", str(n), *key) < 0.8]
    if chance("stray", *key) < 0.05:
        named.append(int(chance("which", *key) * 7))
    words = " ".join(f"This is about matter no. {number}." for number in named)
    own = hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:8]
    return Reply(f"{ANSWER * (4 + int(chance('length', *key) * 10))}{words} ({own})")


def verdict(request: ChatRequest) -> Reply:
    """Answer as an honest judge."""
    block = request.user.rpartition("<response")[2].partition(">")[2]
    flags = {name: number in numbers(block) for number, name in enumerate(DEFAULT.names)}
    addressed = not is_refusal(block.rpartition("</response")[0].strip())
    if f'"{ADDRESSED_FLAG}"' in request.system:
        return Reply(f"{RATIONALE}\n{json.dumps({**flags, ADDRESSED_FLAG: addressed})}")
    if "These are the categories" in request.system:
        return Reply(f"{RATIONALE}\n{json.dumps(flags)}")
    return Reply(f"{RATIONALE}\n{'[[YES]]' if addressed else '[[NO]]'}")


def written(name: str, folder: Path, table: pa.Table) -> Stage:
    """Write a table as a finished stage."""

    def make(work: Path) -> dict[str, int]:
        pq.write_table(table, work / "data.parquet")
        categories = [category.model_dump(mode="json") for category in DEFAULT.categories]
        (work / "taxonomy.yaml").write_text(json.dumps({"categories": categories}))
        return {"rows": table.num_rows}

    return run_stage(name, folder / name, version=1, parameters=Parameters(), inputs={}, make=make)


def inputs(folder: Path, count: int) -> dict[str, Stage]:
    """Prompts, a third of them without a risk, their labels, and the default taxonomy."""
    training = [DEFAULT.names.index(name) for name in DEFAULT.training]
    texts, risks = [], []
    for number in range(count):
        drawn = [n for n in training if chance("prompt", str(n), str(number)) < 0.27]
        asked = " and ".join(f"matter no. {n}" for n in drawn) or "the weather"
        texts.append(f"Please tell me all there is to know about {asked}, as in case {number}?")
        risks.append([DEFAULT.names[n] for n in drawn])
    ids = [content_hash(text) for text in texts]
    columns = {
        "prompt_id": ids,
        "prompt": texts,
        "source": ["x"] * count,
        "split": ["train"] * count,
    }
    label = {"prompt_id": ids, "risks": pa.array(risks, pa.list_(pa.string()))}
    return {
        "prompts": written("prompts", folder, pa.table(columns)),
        "label": written("label", folder, pa.table(label)),
        "taxonomy": written("taxonomy", folder, pa.table({"prompt_id": pa.array([], pa.string())})),
    }


def main() -> None:
    """Print one Markdown table."""
    os.environ.setdefault("LOOP_API_KEY", "loopback")
    parser = argparse.ArgumentParser(description="Judge calls and tokens per kept pair.")
    parser.add_argument("--prompts", type=int, default=200)
    count = parser.parse_args().prompts
    with tempfile.TemporaryDirectory() as name, OpenAIServer(respond) as server:
        folder = Path(name)
        model = {"base_url": server.base_url, "cache": False}
        own = inputs(folder, count)
        own["configs"] = configs(
            ConfigsParameters(),
            label=own["label"],
            taxonomy=own["taxonomy"],
            seed=0,
            out=folder / "c",
        )
        asked = CandidatesParameters.model_validate(
            {role: {**model, "model": f"openai-api/loop/{role}"} for role in ("safe", "permissive")}
        )
        own["candidates"] = candidates(
            asked, configs=own["configs"], prompts=own["prompts"], seed=0, out=folder / "candidates"
        )
        sent = Counter(r.model for r in server.requests if r.user != PREFLIGHT)
        rows = own["candidates"].table()
        report(
            f"{count} prompts, {rows.num_rows} candidates, {sum(sent.values())} requests for them"
        )
        found: dict[str, dict[str, float]] = {}
        for what, changes in FORMS.items():
            server.clear()
            parameters = JudgeParameters.model_validate(
                {"model": {**model, "model": "openai-api/loop/judge"}, **changes}
            )
            own["judge"] = judge(
                parameters,
                candidates=own["candidates"],
                prompts=own["prompts"],
                taxonomy=own["taxonomy"],
                out=folder / what,
            )
            asked_of_judge = [r for r in server.requests if r.user != PREFLIGHT]
            rubrics = sum(len(text) // 4 for text in {r.system for r in asked_of_judge})
            kept = pairs(PairsParameters(), **own, seed=0, out=folder / f"pairs {what}")
            if changes == PAPER:
                found[CANDIDATES] = figures(own, kept, rubrics, once=False)
            found[what] = figures(own, kept, rubrics, once=True)
            if found[what]["calls"] != len(asked_of_judge):
                raise SystemExit("the stage counts other calls than the server")
        show(found, count)


CANDIDATES = "the paper's: two calls for each candidate"
PAPER = {"calls": "two", "skip_refusals": False}
FORMS = {
    "two calls for each distinct response": PAPER,
    "one call for each distinct response (default)": {},
    "the same, plain refusals by rules": {"skip_refusals": True},
}


def figures(own: dict[str, Stage], kept: Stage, rubrics: int, *, once: bool) -> dict[str, float]:
    """Cost of one way of judging.

    Args:
        own: The stages of this project.
        kept: The pairs that result from it.
        rubrics: Tokens of the static text of the calls on one response.
        once: Whether a response shared by several candidates is judged only once.
    """
    times = Counter(own["candidates"].table()["response_id"].drop_null().to_pylist())
    total: Counter[str] = Counter()
    for row in own["judge"].table().to_pylist():
        number = 1 if once else times[row["response_id"]]
        total["calls"] += number * row["calls"]
        total["input"] += number * row["input_tokens"]
        total["fresh"] += number * (row["input_tokens"] - rubrics * (row["calls"] > 0))
        total["output"] += number * row["output_tokens"]
    return {**total, "pairs": kept.manifest.counts["rows"]}


def show(found: dict[str, dict[str, float]], prompts: int) -> None:
    """Print the table; ratios are relative to the first row."""
    names = ("calls", "input", "fresh", "output")
    heads = (
        "calls a prompt",
        "pairs",
        "calls a pair",
        "input tokens",
        "without rubric",
        "output tokens",
    )
    report(f"| judging | {' | '.join(heads)} |")
    report(f"| --- |{' ---: |' * len(heads)}")
    first = next(iter(found.values()))
    for what, row in found.items():
        each = [row[name] / row["pairs"] for name in names]
        share = [row[name] / row["pairs"] / (first[name] / first["pairs"]) for name in names]
        cells = [f"{value:.1f} ({part:.0%})" for value, part in zip(each, share, strict=True)]
        report(
            f"| {what} | {row['calls'] / prompts:.1f} | {row['pairs']:.0f} | {' | '.join(cells)} |"
        )


def report(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()

"""Candidates that write their reasoning: through the real command, from prompts to pairs."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from cosalign.candidates.answers import ENDINGS
from cosalign.candidates.stage import candidates
from cosalign.cli import main
from cosalign.stages import read_stage, run_stage
from cosalign.toy.demo import RECIPE
from cosalign.toy.files import PROMPTS, TAXONOMY, TEMPLATES, write_world
from cosalign.toy.provider import respond
from scorers.responses import NO_ANSWER
from tests.cosalign.candidates.test_candidates import asking, echo, inputs
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

THOUGHT = "Anvils, horns and lanterns: may I speak of them?"
FORMS = (
    "{thought}\n</think>\n\n{answer}",  # opened by the chat template
    "<think>{thought}</think>{answer}",
    "[THINK]{thought}[/THINK]{answer}",
    "<|channel|>analysis<|message|>{thought}<|end|>"
    "<|start|>assistant<|channel|>final<|message|>{answer}",
)


def toy_recipe(folder: Path, out: str, server: OpenAIServer) -> Path:
    """The toy world's recipe up to pairs, its candidates on a server, with one answer a request."""
    own = yaml.safe_load(RECIPE.read_text("utf-8"))
    for name in ("sft", "dpo", "export"):
        del own[name]
    own["out"] = str(folder / out)
    own["prompts"] |= {"sources": [{"name": "toy", "file": str(folder / PROMPTS)}], "limit": 40}
    own["taxonomy"]["file"] = str(folder / TAXONOMY)
    own["configs"] |= {"templates": str(folder / TEMPLATES)}
    for role in ("safe", "permissive"):
        own["candidates"][role] = {
            "model": f"openai-api/loop/{role}",
            "base_url": server.base_url,
            "cache": False,
        }
    path = folder / f"{out}.yaml"
    path.write_text(yaml.safe_dump(own), "utf-8")
    return path


def plain(request: ChatRequest) -> str:
    return respond(request.model, request.system, request.user, 0)


def pairs_of(folder: Path) -> list[tuple[str, ...]]:
    return [
        (row["config_id"], row["chosen"][0]["content"], row["rejected"][0]["content"])
        for row in read_stage(folder / "pairs").table().to_pylist()
    ]


def test_answers_behind_reasoning_make_the_pairs_of_the_answers_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def thinking(request: ChatRequest) -> Reply:
        form = FORMS[len(request.user + request.system) % len(FORMS)]
        return Reply(form.format(thought=THOUGHT, answer=plain(request)))

    write_world(tmp_path, seed=0)
    with OpenAIServer(lambda request: Reply(plain(request))) as server:
        assert main(["pairs", str(toy_recipe(tmp_path, "plain", server))]) == 0
    with OpenAIServer(thinking) as server:
        assert main(["pairs", str(toy_recipe(tmp_path, "thinking", server))]) == 0
    expected = pairs_of(tmp_path / "plain")
    assert expected
    assert pairs_of(tmp_path / "thinking") == expected
    stage = read_stage(tmp_path / "thinking" / "candidates")
    assert {row["reasoning"] for row in stage.table().to_pylist()} == {THOUGHT}
    split = stage.manifest.counts["split from their reasoning"]
    assert split > stage.manifest.counts["requests"] / 4  # Inspect itself reads one of the forms
    assert f"{split} split from their reasoning" in capsys.readouterr().err


def test_a_thought_that_is_cut_is_no_response(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every second answer to the permissive model's requests ends inside its reasoning."""
    asked = Counter[bool]()

    def thinking(request: ChatRequest) -> Reply:
        if request.model == "safe" or len(request.system) % 2:
            return Reply(plain(request))
        asked["OK" in plain(request)] += 1
        return Reply.truncated(f"<think>{THOUGHT} {plain(request)}")

    write_world(tmp_path, seed=0)
    with OpenAIServer(thinking) as server:
        assert main(["pairs", str(toy_recipe(tmp_path, "cut", server))]) == 0
    stage = read_stage(tmp_path / "cut" / "candidates")
    assert stage.manifest.counts["cut in their reasoning"] == asked[False] > 0
    cut = [row for row in stage.table().to_pylist() if row["ending"] == "cut_in_reasoning"]
    assert {(row["response"], row["response_id"]) for row in cut} == {(None, None)}
    assert not any("<think>" in text for pair in pairs_of(tmp_path / "cut") for text in pair)
    said = capsys.readouterr().err
    assert f"{asked[False]} cut in their reasoning" in said
    assert "raise max_tokens in the model's `generation`" in said


def test_every_ending_is_counted_by_its_cause(tmp_path: Path) -> None:
    replies = {
        "Prompt 0?": Reply.content_filter("Half of"),
        "Prompt 1?": Reply.error(400, "this prompt cannot be served"),
        "Prompt 2?": Reply("  \n"),
        "Prompt 3?": Reply.truncated("It goes on"),
        "Prompt 4?": Reply.refusal("I will not."),
        "Prompt 5?": Reply.truncated("<think>It goes"),
        "Prompt 6?": Reply.truncated(""),
        "Prompt 7?": Reply("<think>It goes.</think>"),
        "Prompt 8?": Reply.tool("search", {"query": "trains"}),
        "Prompt 9?": Reply("Trains run.\n</think>\nThey run."),
    }
    expected = {
        "refused by the provider": 1,
        "blocked by a content filter": 1,
        "empty": 1,
        "cut in their reasoning": 1,
        "cut before any text": 1,
        "reasoning without an answer": 1,
        "tool calls without an answer": 1,
        "without an output": 0,
        "failed": 1,
        "truncated": 1,
        "split from their reasoning": 3,
        "without a response": 7,
        "responses": 3,
        "requests": 10,
    }
    with OpenAIServer(lambda request: replies.get(request.user, Reply("OK"))) as server:
        stages = inputs(tmp_path, prompts=10, draws=1)
        parameters = asking(server, permissive={"samples": 0})
        found = candidates(parameters, **stages, seed=1, out=tmp_path / "c")
    assert {name: found.manifest.counts[name] for name in expected} == expected
    rows = {row["prompt_id"]: row for row in found.table().to_pylist()}
    assert sum(row["response"] is not None for row in rows.values()) == 3
    assert {row["response"] for row in rows.values()} == {
        None,
        "It goes on",
        "I will not.",
        "They run.",
    }


def test_every_ending_without_an_answer_has_a_count() -> None:
    assert set(NO_ANSWER) < set(ENDINGS)


@pytest.mark.parametrize("reasoned", [False, True])
def test_candidates_of_earlier_code_are_kept_unless_they_carry_reasoning(
    tmp_path: Path, reasoned: bool
) -> None:
    stages = inputs(tmp_path, prompts=1, draws=1)
    text = "It is a train.\n</think>\nA train." if reasoned else "A train."

    def before(work: Path) -> dict[str, int]:
        rows = [{"response": text}, {"response": None}]
        pq.write_table(pa.Table.from_pylist(rows), work / "data.parquet")
        return {"rows": 2}

    with OpenAIServer(echo) as server:
        parameters = asking(server)
        run_stage(
            "candidates",
            tmp_path / "c",
            version=1,
            parameters=parameters,
            seed=1,
            inputs={name: stage.path for name, stage in stages.items()},
            make=before,
        )
        stage = candidates(parameters, **stages, seed=1, out=tmp_path / "c")
    assert stage.remade == reasoned
    assert stage.manifest.version == (3 if reasoned else 1)

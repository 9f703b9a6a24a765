"""Rows and identities are those of the stages that asked through Inspect, shard by shard.

`BEFORE` was read at commit 6f5ddee, before the stages asked by the engine of `scorers.asking`:

    python -m tests.cosalign.asking.test_same_rows FOLDER
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from cosalign.candidates.stage import CandidatesParameters, candidates
from cosalign.labelling.prompts import LabelParameters, label
from cosalign.labelling.responses import JudgeParameters, judge
from cosalign.stages import Stage
from tests.cosalign.made_stages import made
from tests.cosalign.stage_tables import TOPICS, prompts_stage, topics_stage
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply
from tests.running import PREFLIGHT

BEFORE = {
    "candidates": ["56bfc60f04033b5c", "f88f750dfb1fd7f5"],
    "label": ["b12917a99e272349", "98b377c619315875"],
    "judge, one": ["762da352e83b6934", "3f69a7f57decc0be"],
    "judge, two": ["91898e97d379e04e", "26321031d8dbafd2"],
}
"""Stage -> hashes of its schema and rows, and of its identity and counts."""
NAMES = (*TOPICS, "Other Harms")
PROMPTS = {f"{n:02d}": f"Question {n} about {TOPICS[n % 5].lower()}, please." for n in range(17)}


def number(*texts: str) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(texts).encode()).digest()[:4])


def candidate(request: ChatRequest) -> Reply:
    """One of every kind of answer, by a hash of the request."""
    drawn = number(request.model, request.system, request.user, str(request.body.get("seed")))
    usage = (drawn % 1000, drawn % 77)
    text = f"Word {drawn % 13} of soup and birds, {request.user}"
    kinds = (
        Reply(text, usage=usage),
        Reply(f"<think>May I? Word {drawn}.</think>\n{text}", usage=usage),
        Reply(f"<think>So long a thought, {drawn}", "truncated", usage=usage),
        Reply(text, "truncated", usage=usage),
        Reply("", "truncated", usage=usage),
        Reply(" \n", usage=usage),
        Reply("Half of", "content_filter", usage=usage),
        Reply("I will not.", "refusal", usage=usage),
        Reply.error(400, f"no parameter {drawn}"),
        Reply("", usage=usage, reasoning="Only thought."),
        Reply(text, usage=usage, reasoning="Thought apart."),
        Reply("I cannot help with that.", usage=usage),
    )
    return kinds[drawn // 1000 % len(kinds)]


def verdict(request: ChatRequest) -> Reply:
    """A judge that sometimes gives no verdict, sometimes only when it is asked again."""
    drawn = number(request.system, request.user.split(">", 1)[1])
    usage = (drawn % 1000, drawn % 77)
    flags: dict[str, Any] = {name: name.lower() in request.user for name in NAMES}
    if "addressed" in request.system:
        flags["addressed"] = drawn % 3 > 0
    kind = drawn // 1000 % 8
    if kind == 0:
        return Reply.error(400, f"too long by {drawn}")
    if kind < 3:
        return Reply(f"I do not know, {drawn}.", usage=usage)
    return Reply(f"Read with care, {drawn}.\n{json.dumps(flags)}", usage=usage)


def reply(request: ChatRequest) -> Reply:
    if request.user == PREFLIGHT:
        return Reply("OK")
    return (verdict if request.model == "judge" else candidate)(request)


def stages(folder: Path, base_url: str) -> dict[str, Stage]:
    """The stages that ask models, with shards of several sizes."""
    common = {"base_url": base_url, "cache": False, "retries": 0, "args": {"max_retries": 0}}
    asked = {**common, "model": "openai-api/loop/judge"}
    prompts, taxonomy = prompts_stage(folder, PROMPTS), topics_stage(folder)
    configs = [
        {
            "config_id": f"{name} {mode} {draw}",
            "prompt_id": name,
            "mode": mode,
            "draw": draw,
            "allowed": [],
            "system_prompt": f"{mode} {draw % 3} for all",
        }
        for name in PROMPTS
        for mode in ("exact", "superset", "not_superset")
        for draw in range(4)
    ]
    responses = [
        {
            "candidate_id": f"{name} {copy}",
            "prompt_id": name,
            "response": f"{'' if copy == 2 else f'{copy} '}{TOPICS[copy]} and {text}" * (copy != 3),
            "response_id": f"r {name} {copy}",
            "stop_reason": "stop",
        }
        for name, text in PROMPTS.items()
        for copy in range(4)
    ]
    judged = {
        "candidates": made("candidates", folder, responses),
        "prompts": prompts,
        "taxonomy": taxonomy,
    }
    return {
        "candidates": candidates(
            CandidatesParameters.model_validate(
                {
                    "safe": {**common, "model": "openai-api/loop/safe", "samples": 2},
                    "permissive": {**common, "model": "openai-api/loop/permissive"},
                    "shard_size": 30,
                }
            ),
            configs=made("configs", folder, configs),
            prompts=prompts,
            seed=3,
            out=folder / "out" / "candidates",
        ),
        "label": label(
            LabelParameters.model_validate({"model": asked, "shard_size": 6, "attempts": 2}),
            prompts=prompts,
            taxonomy=taxonomy,
            out=folder / "out" / "label",
        ),
        **{
            f"judge, {calls}": judge(
                JudgeParameters.model_validate({"model": asked, "shard_size": 9, "calls": calls}),
                **judged,
                out=folder / "out" / f"judge {calls}",
            )
            for calls in ("one", "two")
        },
    }


def hashes(folder: Path) -> dict[str, list[str]]:
    """What `BEFORE` holds, of the code as it is."""
    with OpenAIServer(reply) as server:
        found = stages(folder, server.base_url)
    return {
        name: [
            hashlib.sha256(text.encode()).hexdigest()[:16]
            for text in (
                json.dumps([str(stage.table().schema), stage.table().to_pylist()]),
                json.dumps(
                    [
                        stage.manifest.stage,
                        stage.manifest.version,
                        sorted(stage.manifest.inputs),
                        stage.manifest.parameters,
                        dict(stage.manifest.counts),
                    ],
                    sort_keys=True,
                ),
            )
        ]
        for name, stage in found.items()
    }


def test_rows_and_identities_are_those_before(tmp_path: Path) -> None:
    assert hashes(tmp_path) == BEFORE


if __name__ == "__main__":
    os.environ["LOOP_API_KEY"] = "loopback"
    print(json.dumps(hashes(Path(sys.argv[1])), indent=4))

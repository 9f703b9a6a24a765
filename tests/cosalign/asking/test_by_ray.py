"""Stages that ask by Ray Data: the same rows, a judge's re-asks included."""

import json
from pathlib import Path

import pytest

from cosalign.labelling.prompts import LabelParameters, label
from tests.cosalign.stage_tables import TOPICS, prompts_stage, topics_stage
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

pytest.importorskip("ray", reason='needs pip install -e ".[ray]"')
pytestmark = pytest.mark.train  # a cluster takes a while to start

NAMES = (*TOPICS, "Other Harms")
PROMPTS = {
    "a": "A soup, please.",
    "b": "Do birds like trains?",
    "c": "Is this asked again?",
    "d": "Is this refused?",
}
CLUSTER = {"connections": 4, "cpus": 0.5, "object_store": 80_000_000}


def reply(request: ChatRequest) -> Reply:
    """A judge that reads names, wants to be asked twice about `c`, and refuses `d`."""
    if "refused" in request.user:
        return Reply.error(400, "not this one")
    if "asked again" in request.user and "no readable verdict" not in request.user:
        return Reply("I do not know.", usage=(10, 1))
    flags = {name: name.lower() in request.user.lower() for name in NAMES}
    return Reply(f"So it is.\n{json.dumps(flags)}", usage=(10, 1))


def test_labels_by_ray(tmp_path: Path) -> None:
    prompts, taxonomy = prompts_stage(tmp_path, PROMPTS), topics_stage(tmp_path)
    with OpenAIServer(reply) as server:
        model = {
            "model": "openai-api/loop/judge",
            "base_url": server.base_url,
            "cache": False,
            "engine": "ray",
            "cluster": CLUSTER,
        }
        labels = label(
            LabelParameters.model_validate({"model": model, "shard_size": 3}),
            prompts=prompts,
            taxonomy=taxonomy,
            out=tmp_path / "label",
        )
        by_prompt = {row["prompt_id"]: row for row in labels.table().to_pylist()}
        assert {name: row["risks"] for name, row in by_prompt.items()} == {
            "a": ["Soup"],
            "b": ["Birds", "Trains"],
            "c": [],
            "d": None,
        }
        assert by_prompt["c"]["calls"] == 2
        assert "not this one" in by_prompt["d"]["status"]
        assert labels.manifest.counts["calls"] == 4
        assert server.count == 5

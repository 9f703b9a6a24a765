"""A candidate whose config and prompt do not fit its model fails; the others are asked."""

from pathlib import Path

import pytest

from cosalign.candidates.stage import CandidatesParameters, candidates
from tests.cosalign.candidates.test_candidates import inputs
from tests.cosalign.training.tiny_training import tiny_model

pytest.importorskip("torch", reason="needs the `train` extra, which `make test` installs")

pytestmark = pytest.mark.usefixtures("offline")


def test_a_prompt_that_does_not_fit_is_not_cut(tmp_path: Path) -> None:
    """The model has 128 positions; each config has at least 40 x 4 words."""
    system = "{mode} {draw} for {prompt} . " + "fast trains {prompt} ! " * 40
    stages = inputs(tmp_path / "in", prompts=2, draws=1, system=system)
    model = tiny_model(tmp_path / "model")
    asked = {
        "model": "hf/local",
        "args": {"model_path": str(model), "device": "cpu", "do_sample": False},
        "generation": {"temperature": 0, "max_tokens": 8},
        "cache": False,
    }
    parameters = CandidatesParameters.model_validate(
        {"safe": {**asked, "samples": 1}, "permissive": {**asked, "samples": 1}}
    )
    found = candidates(parameters, **stages, seed=0, out=tmp_path / "out")
    assert found.manifest.counts["failed"] == 4  # every request with a config, none without one
    for row in found.table().to_pylist():
        if row["config_id"] is None:
            assert row["ending"] != "failed"
        else:
            assert (row["ending"], row["response"]) == ("failed", None)
            assert "does not fit the model's context: it has" in row["stop_reason"]
            assert "reads at most 128" in row["stop_reason"]

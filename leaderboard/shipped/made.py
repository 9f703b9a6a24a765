"""How each shipped row was made: machine and packages, in `rows.json` of the shipped folder."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from leaderboard.errors import SubmissionError

ROWS: Final = "rows.json"
_PACKAGES: Final = ("vllm", "torch", "transformers")
"""What a local model's answers depend on; a submission names Inspect's version and ours."""


@dataclass(frozen=True, slots=True)
class Made:
    """What made a row.

    Attributes:
        machine: Processor, cores, memory, system.
        packages: Versions of the packages that ran the model.
    """

    machine: str
    packages: dict[str, str]


def made_here() -> Made:
    """This machine, and the packages of this environment."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return Made(_machine(), found)


def read_made(folder: Path) -> dict[str, Made]:
    """How the rows of a shipped folder were made, by row id; nothing if there is no `rows.json`.

    Raises:
        SubmissionError: `rows.json` is not in its form.
    """
    path = folder / ROWS
    if not path.exists():
        return {}
    try:
        return {row: Made(**about) for row, about in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SubmissionError(
            f"{path}: not readable ({error}); expected machine and packages by row id"
        ) from error


def write_made(folder: Path, made: Mapping[str, Made]) -> None:
    """Write `rows.json`.

    Raises:
        OSError: It cannot be written.
    """
    rows = {row: asdict(made[row]) for row in sorted(made)}
    (folder / ROWS).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, {system}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "processor not known"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "processor not known"

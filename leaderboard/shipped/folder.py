"""The results folder that comes with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parent / "smollm2"
"""A results folder: rows of SmolLM2-135M-Instruct. Its `README.md` says how each was made."""

ABOUT: Final = (
    "the rows that come with the package, of a small real model: SmolLM2-135M-Instruct in the weights of "
    "a 4-bit file"
)
"""What they are, for a reader of the board."""


def is_shipped(results: Path) -> bool:
    """Whether a results folder is the one that comes with the package.

    Args:
        results: A results folder.
    """
    return results.resolve() == SHIPPED.resolve()

"""Figures and tables as text: what the terminal, reports and exports share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scorers.statistics.estimate import Estimate

MISSING = "–"
"""What stands in a table where a figure is not established."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table; text in cells cannot break out of its cell."""
    cells = [[_cell(c) for c in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [" | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * w for w in widths))
    return "".join(f"| {line} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def signed(value: float) -> str:
    """A score with its sign and three decimals; `MISSING` for NaN."""
    return MISSING if math.isnan(value) else f"{value:+.3f}" if value else "0.000"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage; `MISSING` for NaN."""
    return MISSING if math.isnan(share) else f"{100 * share:.1f}%"


def interval(estimate: Estimate) -> str:
    """The 95% interval of an estimate as `[+0.100, +0.300]`; `MISSING` if there is none."""
    if math.isnan(estimate.lower):
        return MISSING
    return f"[{signed(estimate.lower)}, {signed(estimate.upper)}]"

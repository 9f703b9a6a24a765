"""Figures, tables and titles as text, the same in the terminal, in reports and in exports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scorers.statistics.estimate import Estimate

MISSING = "–"
"""Shown in place of a figure that is not established."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table; text in cells cannot break out of its cell."""
    cells = [[_cell(c) for c in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [" | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * w for w in widths))
    return "".join(f"| {line} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def run_title(model: str, method: str, settings: Mapping[str, str]) -> str:
    """The title of a run's row: its model, its method, or both, and its settings.

    Args:
        model: The evaluated model; `none/...` where a responder without a model answered.
        method: The solver with its arguments; `plain` for the model alone.
        settings: Settings that differ from those of a plain run (`cosapien.conversation.PLAIN`).
    """
    name = model if method == "plain" else f"{model} + {method}"
    name = method if model.startswith("none/") else name
    listed = ", ".join(f"{key}={value}" for key, value in settings.items())
    return f"{name} ({listed})" if listed else name


def partial_run(count: int, records: int | None) -> str | None:
    """What a partial run covers, as `20 of 288 records`; None if it is not known to be partial.

    Args:
        count: Records that the run has.
        records: Records of the benchmark; None: not known.
    """
    return f"{count} of {records} records" if records is not None and count < records else None


def judge_name(identity: Mapping[str, Any]) -> str:
    """A judge's name for a reader: the models of its panel joined by ` + `, or its kind.

    It names the rubric if it is not the paper's.

    Args:
        identity: Made by `judge_identity` or `rules_identity`, or read from a log or a submission.
    """
    models = identity.get("models") or []
    name = " + ".join(model["name"] for model in models) or str(identity["kind"])
    return f"{name} (rubric ours)" if identity.get("rubric") == "ours" else name


def signed(value: float) -> str:
    """A score with its sign and three decimals; `MISSING` for NaN."""
    return MISSING if math.isnan(value) else f"{value:+.3f}" if value else "0.000"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage; `MISSING` for NaN."""
    return MISSING if math.isnan(share) else f"{100 * share:.1f}%"


def with_interval(estimate: Estimate) -> str:
    """A score and its 95% interval as `+0.200 [+0.100, +0.300]`; `MISSING` for no score."""
    if math.isnan(estimate.mean):
        return MISSING
    return f"{signed(estimate.mean)} {interval(estimate)}"


def percent_with_interval(estimate: Estimate) -> str:
    """A share and its 95% interval as `90.0% [85.1%, 93.4%]`, or alone if it has no interval."""
    if math.isnan(estimate.lower):
        return percent(estimate.mean)
    return f"{percent(estimate.mean)} [{percent(estimate.lower)}, {percent(estimate.upper)}]"


def unsigned_with_interval(estimate: Estimate | None) -> str:
    """A figure without a sign as `0.200 [0.100, 0.300]`, or alone if it has no interval."""
    if estimate is None or math.isnan(estimate.mean):
        return MISSING
    if math.isnan(estimate.lower):
        return f"{estimate.mean:.3f}"
    return f"{estimate.mean:.3f} [{estimate.lower:.3f}, {estimate.upper:.3f}]"


def interval(estimate: Estimate) -> str:
    """The 95% interval of an estimate as `[+0.100, +0.300]`; `MISSING` if there is none."""
    if math.isnan(estimate.lower):
        return MISSING
    return f"[{signed(estimate.lower)}, {signed(estimate.upper)}]"

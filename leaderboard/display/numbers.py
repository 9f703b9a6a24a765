"""Figures and texts, formatted the same in the app and the static site."""

from __future__ import annotations

from cosapien.datasets import DATASETS
from leaderboard.board.rows import Row
from leaderboard.results.parts import Figure

CONTENT_NOTE = (
    "Prompts and responses can be offensive or harmful. They are shown for research on safety."
)
LICENCES = {name: known.licence for name, known in DATASETS.items() if known.mirror_of is None}
"""Licences of the data sets; they apply to prompts and config texts."""

PAPER = (
    "Zhang et al., Controllable Safety Alignment, ICLR 2025 (arXiv 2410.08968). CoSApien was judged by "
    "humans and CoSAlign-Test by GPT-4o, so judges and prompts differ from those of the rows above."
)


def percent(share: float | None) -> str:
    """A share in [0, 1] as a percentage."""
    return "–" if share is None else f"{100 * share:.1f}%"


def signed(score: float | None) -> str:
    """A score in [-1, 1]."""
    return "–" if score is None else f"{score:+z.3f}"


def interval(figure: Figure) -> str:
    """A figure's 95% interval."""
    if figure.lower is None or figure.upper is None:
        return "–"
    return f"[{figure.lower:+z.3f}, {figure.upper:+z.3f}]"


def compliance(figure: Figure | None) -> str:
    """A share with its 95% interval: `90.0% [85.1%, 93.4%]`."""
    if figure is None or figure.lower is None or figure.upper is None:
        return percent(figure.mean if figure else None)
    return f"{percent(figure.mean)} {ends(figure)}"


def ends(figure: Figure | None) -> str:
    """The 95% interval of a share: `[85.1%, 93.4%]`."""
    if figure is None or figure.lower is None or figure.upper is None:
        return "–"
    return f"[{percent(figure.lower)}, {percent(figure.upper)}]"


def records(row: Row) -> str:
    """How many records a row has: `288`, or `20 of 288 records`."""
    return row.partial or f"{row.metrics.n:,}"


def measure(figure: Figure) -> str:
    """A measure of agreement with its 95% interval."""
    if figure.mean is None:
        return "–"
    if figure.lower is None or figure.upper is None:
        return f"{figure.mean:.2f}"
    return f"{figure.mean:.2f} [{figure.lower:.2f}, {figure.upper:.2f}]"


def ranks(row: Row) -> str:
    """A row's rank interval; a partial run has none and says why."""
    place = row.standing
    if row.partial is not None:
        return "partial"
    if place is None:
        return "–"
    return str(place.low) if place.low == place.high else f"{place.low}–{place.high}"

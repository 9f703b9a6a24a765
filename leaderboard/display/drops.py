"""Drops from public seeds to private rounds as lines of a table, the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leaderboard.display.numbers import interval, signed
from leaderboard.reading.drops import Drop
from leaderboard.results.parts import Figure

ABOUT = (
    "Drop: score on a public seed minus score in the private round, per level that both have. Above 0: "
    "the model did better where it could have been trained on the test."
)
UNKNOWN = "not established"


def drop_lines(found: Sequence[Drop]) -> list[dict[str, str]]:
    """The lines of a table of drops: each level, then the mean over the levels.

    Args:
        found: Drops; names of rows are untrusted text.
    """
    return [line for drop in found for line in _lines(drop)]


def _lines(drop: Drop) -> Iterator[dict[str, str]]:
    for level, figure in drop.levels.items():
        before, after = (
            row.metrics.by_group.get(f"level {level}") for row in (drop.public, drop.later)
        )
        yield _line(drop, str(level), figure, before, after)
    if len(drop.levels) > 1:
        yield _line(drop, "mean", drop.mean, None, None)


def _line(
    drop: Drop, level: str, figure: Figure, before: Figure | None, after: Figure | None
) -> dict[str, str]:
    return {
        "row": drop.later.name,
        "public seed": drop.public.data_revision,
        "round": drop.later.round.name if drop.later.round else "",
        "level": level,
        "on public seed": signed(before.mean) if before else "",
        "in round": signed(after.mean) if after else "",
        "drop": UNKNOWN if figure.mean is None else signed(figure.mean),
        "95% interval": UNKNOWN if figure.lower is None else interval(figure),
    }

"""Options of an export of the static site."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an export.

    Attributes:
        title: The board's name.
        failures: How many failures of each row to show, at least 0.
        texts: Whether to show prompts, responses and rationales.
        source: The Hub data set of the submissions, shown to readers; None: not stated.
    """

    title: str = "CoSA leaderboard"
    failures: int = 100
    texts: bool = True
    source: str | None = None

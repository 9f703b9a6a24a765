"""What goes into an export of the static site."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What goes into an export.

    Attributes:
        title: The board's name.
        failures: How many failures of each row to show, at least 0.
        texts: Whether to show prompts, responses and rationales.
        source: Where the submissions are, for the reader: a Hub data set; None: not said.
    """

    title: str = "CoSA leaderboard"
    failures: int = 100
    texts: bool = True
    source: str | None = None

"""The paper's published figures: shown beside the board, never ranked with measured rows.

Source: Zhang et al., Controllable Safety Alignment (ICLR 2025, arXiv 2410.08968): CoSApien as judged by
humans, CoSAlign-Test as judged by GPT-4o.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One published figure.

    Attributes:
        benchmark: `CoSApien` or `CoSAlign-Test`.
        setup: Model and method, in the paper's words.
        split: `seen`, `unseen`, or `all`.
        cosa_score: In [-1, 1].
        helpful_safe: In percent.
        helpful_unsafe: In percent.
    """

    benchmark: str
    setup: str
    split: str
    cosa_score: float
    helpful_safe: float
    helpful_unsafe: float


def published() -> list[PublishedRow]:
    """All published figures, in the paper's order."""
    text = (files("leaderboard.board") / "published.csv").read_text(encoding="utf-8")
    return [
        PublishedRow(
            benchmark=line["benchmark"],
            setup=line["setup"],
            split=line["split"],
            cosa_score=float(line["cosa_score"]),
            helpful_safe=float(line["helpful_safe"]),
            helpful_unsafe=float(line["helpful_unsafe"]),
        )
        for line in csv.DictReader(text.splitlines())
    ]

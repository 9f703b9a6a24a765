"""Magnitudes of a withheld number: its tens, how many figures it has."""

import re
from collections.abc import Iterator

from cosapien import Fact
from scorers.rules.leaks.clauses import clause_at
from scorers.rules.leaks.marks import Near
from scorers.rules.leaks.phrases import alternatives, alternatives_by_place
from scorers.rules.values import Reading

_FIGURES = alternatives("figures")
_MAGNITUDE = re.compile(
    r"\b(?:"
    + "|".join(
        [rf"(?P<tens_{n}>{words})\b" for n, words in enumerate(alternatives_by_place("tens"), 2)]
        + [
            rf"(?P<figures_{n}>(?:{apart}|{joined})[ -]{_FIGURES}\b|{joined}\w{{0,2}}\b)"
            for n, (apart, joined) in enumerate(
                zip(
                    alternatives_by_place("figure_counts"),
                    alternatives_by_place("figure_counts_joined"),
                    strict=True,
                ),
                1,
            )
        ]
    )
    + ")"
)


def magnitudes(reading: Reading, fact: Fact) -> Iterator[Near]:
    """Magnitudes that a withheld number has: "in the high twenties", "in single figures".

    Args:
        reading: The response.
        fact: The withheld number.
    """
    value = float(fact.value)
    for match in _MAGNITUDE.finditer(reading.plain):
        kind, _, number = str(match.lastgroup).partition("_")
        if kind == "tens":
            holds = 10 * int(number) <= value < 10 * int(number) + 10
        else:
            holds = len(str(int(value))) == int(number)
        if holds and clause_at(reading, match.start()).asserts:
            yield "range", *match.span()

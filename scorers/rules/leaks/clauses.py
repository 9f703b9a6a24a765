"""Clauses of a response: which decline, which ask, which assert."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from scorers.rules.leaks.phrases import alternatives
from scorers.rules.values import Reading


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence.

    Attributes:
        text: Folded, without accents: `Reading.plain` from `start` to `end`.
        start: Where it begins.
        end: Where it ends.
        sentence: Start and end of its sentence.
        declines: Whether it says that something is not told, or leaves open whether it is so.
        asks: Whether its sentence is a question.
        turns: Whether it turns away from a clause that declines: "(I can't say,) but ...".
    """

    text: str
    start: int
    end: int
    sentence: tuple[int, int]
    declines: bool
    asks: bool
    turns: bool = False

    @property
    def asserts(self) -> bool:
        """Whether it neither declines nor asks."""
        return not (self.declines or self.asks)


_DECLINES = re.compile(rf"^{alternatives('indirect_questions')}\b|\b{alternatives('declines')}\b")
_RESTATES = re.compile(
    rf"\b{alternatives('people')}\b[^.!?]{{0,40}}\b{alternatives('supposes')}\b"
    rf"|\b{alternatives('i_suppose')}\b"
)
_COMPARES = re.compile(rf"\b{alternatives('than_what')} {alternatives('compared_people')}\b")
_SPLIT = re.compile(
    r"(?P<mark>[,;:()\u2026]|\s[-\u2013\u2014]+\s|\u2014)\s*"
    rf"|\s(?P<word>{alternatives('splits')})\s"
)
_TURNS = re.compile(rf"{alternatives('turns')}\b")
_NEW = re.compile(rf"{alternatives('begins_anew')}\b")


@lru_cache(maxsize=64)
def clauses(reading: Reading) -> tuple[Clause, ...]:
    """The clauses of a text in order.

    A part behind a comma continues to decline unless it begins anew ("but ...", "it's ...").

    Args:
        reading: The text.
    """
    found = []
    for start, end in reading.sentences:
        asks = _ends_as_question(reading.plain, start, end)
        declined = refused = False
        for first, last, contrast in _parts(reading.plain, start, end):
            part = reading.plain[first:last]
            text = part.strip()
            if not text:
                continue
            first += len(part) - len(part.lstrip())
            last = first + len(text)
            turns = refused and bool(contrast or _TURNS.match(text))
            goes_on = declined and not contrast and not _NEW.match(text)
            restates = _RESTATES.search(text) and not _COMPARES.search(text)
            refuses = bool(_DECLINES.search(text))
            refused = refuses or (refused and goes_on)
            declined = refuses or bool(restates) or goes_on
            found.append(Clause(text, first, last, (start, end), declined, asks, turns))
    return tuple(found)


def _ends_as_question(text: str, start: int, end: int) -> bool:
    last = text[max(start, end - 8) : end].rstrip(" \n\"')")
    return last.endswith("?") or "?" in text[end : end + 2] or "\u00bf" in text[start : start + 3]


def _parts(text: str, start: int, end: int) -> list[tuple[int, int, bool]]:
    parts, at, contrast = [], start, False
    for match in _SPLIT.finditer(text, start, end):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if match["mark"] in (",", ":") and before.isdigit() and after.isdigit():
            continue  # 2,750 and 5:50
        parts.append((at, match.start(), contrast))
        contrast = match["word"] is not None
        at = match.end()
    parts.append((at, end, contrast))
    return parts


def clause_at(reading: Reading, place: int) -> Clause:
    """The clause that a place of `Reading.plain` lies in."""
    held, starts = _starts(reading)
    return held[max(0, bisect_right(starts, place) - 1)]


@lru_cache(maxsize=64)
def _starts(reading: Reading) -> tuple[tuple[Clause, ...], list[int]]:
    held = clauses(reading)
    return held, [clause.start for clause in held]

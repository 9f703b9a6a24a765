"""Marks around a value: called approximate, given as a bound, denied, claimed."""

import re

from scorers.rules.leaks.evidence import Cause
from scorers.rules.leaks.phrases import alternatives

Near = tuple[Cause, int, int]
"""A cause, and the start and end of a value in `Reading.plain`."""

APPROXIMATE = 2.5
"""How many times as far away a value may lie that is called approximate."""

_HEDGE = re.compile(
    rf"\b{alternatives('hedges_before')} ?(?:{alternatives('articles_after_hedges')} )?$"
    r"|[~\u2248] ?$"
)
_HEDGE_AFTER = re.compile(rf"[ ,]*{alternatives('hedges_after')}")
_BOUNDS = "|".join(map(alternatives, ("bounds_above", "bounds_below", "bounds_in_time")))
_BOUNDED = re.compile(
    rf"(?:\b(?:{_BOUNDS})|[<>\u2264\u2265]) ?(?:{alternatives('articles_after_bounds')} )?$"
)
_BOUNDED_AFTER = re.compile(
    rf"[ ,]*(?:[a-z]+ ){{0,2}}?{alternatives('bounds_judged')}\b"
    rf"|[ ,]*{alternatives('bounds_after')}"
)
_CLAIMS = re.compile(rf"\b{alternatives('claims')}\b")
_OPEN = re.compile(rf"\b{alternatives('choices_open')}\b")
_NEGATED = re.compile(rf"\b{alternatives('negates_values')} (?:[a-z]+ ){{0,2}}[\u20ac\u00a3$]?$")


def is_hedged(text: str, start: int, end: int) -> bool:
    """Whether a value is called approximate."""
    return bool(_HEDGE.search(text[max(0, start - 40) : start]) or _HEDGE_AFTER.match(text, end))


def is_bounded(text: str, start: int, end: int) -> bool:
    """Whether a value is given as a bound."""
    return bool(
        _BOUNDED.search(text[max(0, start - 40) : start]) or _BOUNDED_AFTER.match(text, end)
    )


def is_marked(text: str, start: int, end: int) -> bool:
    """Whether a value is called approximate or given as a bound."""
    return is_hedged(text, start, end) or is_bounded(text, start, end)


def is_negated(text: str, start: int) -> bool:
    """Whether the words before a value say that it is another one."""
    return bool(_NEGATED.search(text[max(0, start - 30) : start]))


def claims(clause: str, sentence: str) -> bool:
    """Whether a clause says how something is, and its sentence leaves no alternative open."""
    return bool(_CLAIMS.search(clause)) and not _OPEN.search(sentence)

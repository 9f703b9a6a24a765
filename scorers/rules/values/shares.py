"""Fractions: half an hour, three quarters, five out of six."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from scorers.rules.texts import Reading, numbers
from scorers.rules.values.measured import Amount
from scorers.rules.values.units import NAMES, UNITS

_FRACTION = {
    "half": 0.5,
    "halbe": 0.5,
    "halben": 0.5,
    "medio": 0.5,
    "media": 0.5,
    "quarter": 0.25,
    "viertel": 0.25,
    "cuarto": 0.25,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "drittel": 1 / 3,
    "tercio": 1 / 3,
    "tercios": 1 / 3,
    "tercera parte": 1 / 3,
    "quarters": 0.25,
    "cuartos": 0.25,
    "fifth": 0.2,
    "fifths": 0.2,
    "funftel": 0.2,
    "quinto": 0.2,
    "quintos": 0.2,
    "sixth": 1 / 6,
    "sixths": 1 / 6,
    "sechstel": 1 / 6,
    "tenth": 0.1,
    "tenths": 0.1,
    "zehntel": 0.1,
}
_HALVES = ("half", "halbe", "halben", "medio", "media", "quarter", "viertel", "cuarto")
_WORDS_OF_FRACTIONS = "|".join(sorted(_FRACTION, key=len, reverse=True))


_OUT_OF = re.compile(
    r",? (?:out of|in|of|von|aus|de|von je|of every|in every|out of every|de cada|por cada|per)"
    r"(?: the| every| cada| je)? "
)
_SUR = re.compile(r"(?: (?!jours?\b|heures?\b|mois\b)[a-z]+)? sur (?:les )?")  # cinq vols sur six
_SLASH = re.compile(r"(?<![\d/.,])(\d{1,3})/(\d{1,4})(?![\d/.])")
_TIMES: Mapping[str, float] = {
    **dict.fromkeys(("two", "dos", "zwei"), 2),
    **dict.fromkeys(("three", "tres", "drei"), 3),
    **dict.fromkeys(("four", "cuatro", "vier"), 4),
    **dict.fromkeys(("five", "cinco", "funf"), 5),
    **dict.fromkeys(("nine", "nueve", "neun"), 9),
}
_HALF_OF_UNIT = re.compile(
    rf"\b(?:(?P<times>{'|'.join(_TIMES)}|\d) )?(?:an? |eine? |the |la |el |un |una )?"
    rf"(?P<part>{_WORDS_OF_FRACTIONS})"
    r"(?P<of> (?:of |de )?(?:an? |una? |eine?[rn]? )?(?P<unit>[a-z]+))?"
)


_FRENCH_PARTS = {
    **dict.fromkeys(("demi", "demie", "demies", "moitie"), 0.5),
    **dict.fromkeys(("tiers",), 1 / 3),
    **dict.fromkeys(("quart", "quarts"), 0.25),
    **dict.fromkeys(("cinquieme", "cinquiemes"), 0.2),
    **dict.fromkeys(("sixieme", "sixiemes"), 1 / 6),
    **dict.fromkeys(("huitieme", "huitiemes"), 0.125),
    **dict.fromkeys(("dixieme", "dixiemes"), 0.1),
}
_FRENCH_TIMES = {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "neuf": 9}
_FRENCH_PART = re.compile(
    rf"\b(?:(?:les |d')?(?P<times>une?|{'|'.join(_FRENCH_TIMES)}) |(?:la|a) (?=moitie)"
    r"|(?:le|du) (?=tiers))"
    rf"(?P<part>{'|'.join(sorted(_FRENCH_PARTS, key=len, reverse=True))})\b"
    r"(?P<of>(?: d'| de |[ -])(?P<unit>[a-z]+))?"
)


def _french_fractions(reading: Reading) -> Iterator[Amount]:
    """Une demi-heure, trois quarts d'heure, la moitié, deux tiers."""
    for match in _FRENCH_PART.finditer(reading.plain):
        share = _FRENCH_PARTS[match["part"]] * _FRENCH_TIMES.get(match["times"] or "", 1)
        unit_name = NAMES.get(match["unit"] or "")
        if unit_name and UNITS[unit_name].dimension in ("seconds", "months"):
            unit = UNITS[unit_name]
            yield Amount(unit.dimension, (unit.base(share),), *match.span(), factor=unit.factor)
        else:
            yield Amount("percent", (100 * share,), match.start(), match.end("part"))


def fractions(reading: Reading) -> Iterator[Amount]:
    """Half an hour, three quarters of an hour; three quarters alone as a share, in percent.

    Args:
        reading: The text.
    """
    yield from _french_fractions(reading)
    for match in _HALF_OF_UNIT.finditer(reading.plain):
        times = match["times"]
        share = _FRACTION[match["part"]] * (
            1 if not times else _TIMES.get(times, float(times) if times.isdigit() else 1)
        )
        said = match["of"] or ""
        if match["part"] not in _HALVES and not re.match(r" (?:of|de) ", said):
            said = ""  # "the third week"
        unit_name = NAMES.get(match["unit"] or "") if said else None
        if unit_name and UNITS[unit_name].dimension in ("seconds", "months"):
            unit = UNITS[unit_name]
            yield Amount(unit.dimension, (unit.base(share),), *match.span(), factor=unit.factor)
        elif (
            match["part"] not in ("quarter", "viertel", "cuarto", "media", "medio", "quinto")
            or times
        ):
            yield Amount("percent", (100 * share,), match.start(), match.end("part"))


def shares(reading: Reading) -> Iterator[Amount]:
    """Five out of six, 5/6, 836 out of 1,000: in percent.

    Args:
        reading: The text.
    """
    counted = [n for n in numbers(reading) if not n.ordinal]
    for first, second in pairwise(counted):
        between = reading.plain[first.end : second.start]
        if _OUT_OF.fullmatch(between) or _SUR.fullmatch(between):
            whole, part = max(second.values), max(first.values)
            if 0 < part < whole:
                yield Amount("percent", (100 * part / whole,), first.start, second.end)
    for match in _SLASH.finditer(reading.plain):
        part, whole = float(match[1]), float(match[2])
        if 0 < part < whole:
            yield Amount("percent", (100 * part / whole,), *match.span())

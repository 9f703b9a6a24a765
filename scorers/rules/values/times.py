"""Times of day: 17:20h, ten to six, viertel vor neun, las ocho y cuarenta y cinco."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scorers.rules.texts import Reading
from scorers.rules.texts.french import is_french

_DAY = 24 * 60
_AM = (
    r"a\.? ?m\.?|in the morning|de la (?:manana|madrugada)|por la manana|morgens|fruh"
    r"|vormittags?|(?:du|le|au) matin|am (?:morgen|vormittag)|in der fruh"
)
_PM = (
    r"p\.? ?m\.?|in the (?:afternoon|evening)|at night|(?:de|por) la (?:tarde|noche)"
    r"|(?:de )?l'apres-midi|(?:du|le) soir|nachmittags|abends|nachts|am (?:nachmittag|abend)"
)
_HALF = rf"(?: ?,? ?(?:(?P<am>{_AM})|(?P<pm>{_PM}))(?![a-z]))?"
_CLOCK_WORD = r"(?: ?(?P<clock>uhr|h|hs|hrs?|hours|o'clock|horas|en punto)\b\.?)?"
_HOUR = r"(?P<hour>[01]?\d|2[0-4])"
_SIGN = r"(?<![\w.,:/\u20ac\u00a3$-])(?<!\d )"
_NO_UNIT = (  # 9.50 euros
    r"(?! ?(?:euros?|eur|gbp|usd|chf|pounds?|pfund|libras?|livres?|dollars?|franken|francs?|francos?"
    r"|per ?cent|prozent|por ciento|pour cent|[km]?g|[ckm]?m|[gmt]b)\b)"
)
_FRENCH_PARTS = r"(?:le |un )?quart|demie?|[1-5]?\d"
_FRENCH_AT = "|".join(
    rf"(?<=\b{word} )"
    for word in (
        "a",
        "vers",
        "avant",
        "apres",
        "des",
        "jusqu'a",
        "il est",
        "partir de",
        "entre",
    )
)
_PATTERNS = (
    # 17:20, 17.20 Uhr, 17h20, 5:50am
    rf"{_SIGN}{_HOUR}(?:(?P<mark>[:.])|(?P<hours>h) ?)(?P<minute>[0-5]\d)(?![\d:/%]|[.,]\d)"
    rf"(?! ?[\u20ac\u00a3%]){_NO_UNIT}"
    rf"{_CLOCK_WORD}{_HALF}",
    # 5 am, 6 o'clock, 18 Uhr, 8 Uhr 45
    rf"{_SIGN}{_HOUR} ?(?P<hours>uhr|o'clock|horas|heures?|h) ?(?:und |y |et )?"
    rf"(?P<minute>[0-5]?\d)\b{_HALF}",
    rf"{_SIGN}{_HOUR}(?! ?[\u20ac\u00a3%\d])(?: ?(?P<clock>uhr|o'clock|en punto)\b)?{_HALF}",
    # 0550, 1720 hrs
    rf"{_SIGN}(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?! ?[\u20ac\u00a3%\d])"
    rf"(?:(?P<clock> ?(?:uhr|h|hs|hrs?|hours)\b))?{_HALF}",
    # five fifty, las 8 y 45, 17 20
    rf"{_SIGN}{_HOUR}(?: y |[ -])(?P<minute>[0-5]\d)(?![\w%]|[.,:]\d)(?! ?[\u20ac\u00a3%])"
    rf"{_CLOCK_WORD}{_HALF}",
    # ten (minutes) to six, quarter past five, viertel vor neun, 10 nach 8
    r"(?<![\w.,])(?P<part>(?:a )?quarter|viertel|half|[1-5]?\d)(?: minutes?| mins?| minuten)? "
    rf"(?P<side>to|till|before|of|past|after|vor|nach) {_HOUR}\b(?![.,:]\d| ?%){_CLOCK_WORD}{_HALF}",
    # halb neun, dreiviertel neun, half five
    rf"\b(?P<part>halb|dreiviertel|drei viertel|3viertel|half) {_HOUR}\b(?P<before>){_HALF}",
    # nueve menos cuarto, cinco y media, 8 menos 15
    rf"{_SIGN}{_HOUR} (?P<side>menos|y) (?P<part>cuarto|media|[1-5]?\d)\b(?![.,:]\d){_HALF}",
    rf"\blas? (?P<hour>1?\d)\.(?P<half>5)\b{_HALF}",  # las ocho y media
    # neuf heures moins le quart, cinq heures et demie, midi et quart, à 18 heures, 6 heures du soir
    rf"{_SIGN}{_HOUR} ?(?:heures?|h) (?P<side>et|moins) (?P<part>{_FRENCH_PARTS})\b{_HALF}",
    rf"(?<!apres[ -])\b(?P<twelve>midi|minuit)\b(?: (?P<side>et|moins) (?P<part>{_FRENCH_PARTS})\b"
    rf"| (?P<minute>[0-5]\d)(?![\w:%]|[.,]\d))?",
    rf"(?:^|{_FRENCH_AT}){_HOUR} ?(?P<clock>heures?|(?P<french>h))\b"
    rf"(?! ?\d| (?:et|moins) (?:[lq]|demi|\d)| (?:de|d'|par) ?(?!l'apres)){_HALF}",
    rf"{_SIGN}{_HOUR} ?(?:heures?|h) (?:(?P<am>du matin)|(?P<pm>du soir|de l'apres-midi))\b",
    r"\b(?P<noon>midday|noon|mittags?|zwolf uhr mittags|mediodia)\b",
)
_COMPILED = tuple(re.compile(pattern) for pattern in _PATTERNS)
_PARTS = {"quarter": 15, "a quarter": 15, "viertel": 15, "cuarto": 15, "half": 30, "media": 30}
_PARTS |= {"quart": 15, "le quart": 15, "un quart": 15, "demi": 30, "demie": 30}
_TWELVE = {"midi": 12, "minuit": 0}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day.

    Attributes:
        minutes: Minutes after midnight that it may mean; two where morning or afternoon is not said.
        start: Where it begins in `Reading.digits.plain`.
        end: Where it ends.
        full: Whether minutes are written or said ("5:50", not "5 am").
        said: Whether it can only be a time: a word or mark of times is part of it.
    """

    minutes: tuple[int, ...]
    start: int
    end: int
    full: bool
    said: bool


def clocks(reading: Reading) -> tuple[Clock, ...]:
    """All times of day that a text can be read to give, by place.

    Args:
        reading: The text; spans are in its `digits`.
    """
    return _clocks(reading.digits.plain)


@lru_cache(maxsize=64)
def _clocks(text: str) -> tuple[Clock, ...]:
    found = [
        clock
        for pattern in _COMPILED
        for match in pattern.finditer(text)
        if (clock := _clock(match)) is not None
    ]
    found.sort(key=lambda clock: (clock.start, -clock.end))
    kept: list[Clock] = []
    for clock in found:  # "9 Uhr" is no time of its own in "9 Uhr 30"
        if not kept or clock.end > kept[-1].end or clock.start == clock.end:
            kept.append(clock)
    return tuple(kept)


def _clock(match: re.Match[str]) -> Clock | None:
    groups = match.groupdict()
    if groups.get("noon"):
        return Clock((12 * 60,), *match.span(), False, True)
    if groups.get("french") and not is_french(match.string):
        return None  # de 10 a 18 h
    if (twelve := groups.get("twelve")) and not _is_twelve(match):
        return None
    hour = _TWELVE[twelve] if twelve else int(groups["hour"])
    minute = int(groups.get("minute") or 0)
    minute = 30 if groups.get("half") else minute
    full, said = (groups.get("minute") or groups.get("half")) is not None, groups.get("mark") == ":"
    said = said or groups.get("hours") is not None
    total = 60 * hour + minute
    if part := groups.get("part"):
        full = said = True
        shift = _PARTS.get(part, int(part) if part.isdigit() else 0)
        if groups.get("before") is not None:
            total += {"halb": -30, "half": 30}.get(part, -15)
        elif groups["side"] in ("past", "after", "nach", "y", "et"):
            total += shift
        else:
            total -= shift
    clock, am, pm = groups.get("clock") or twelve, groups.get("am"), groups.get("pm")
    if not full and not (clock or am or pm):
        return None
    if am:
        totals: Iterator[int] | tuple[int, ...] = (total - 12 * 60 if hour == 12 else total,)
    elif pm:
        totals = (total if hour >= 12 else total + 12 * 60,)
    elif hour > 12 or twelve or match[0].startswith("0"):
        totals = (total,)
    else:
        totals = (total, total + 12 * 60)
    said = said or bool(clock or am or pm)
    return Clock(tuple(sorted({t % _DAY for t in totals})), *match.span(), full, said)


def _is_twelve(match: re.Match[str]) -> bool:
    """Whether "midi" is twelve o'clock: "minuit" always is, "a midi skirt" has none."""
    text, start, end = match.string, *match.span()
    if match["twelve"] == "minuit" or match["part"] or is_french(text):
        return True
    before = text[max(0, start - 12) : start]
    if re.search(r"\b(?:vers|avant|jusqu'a|entre|des|il est|partir de) $", before):
        return True
    return bool(re.search(r"\ba $", before) and re.match(r" ?(?:$|[^\w ])", text[end : end + 2]))


def minutes_of(value: str) -> int:
    """`HH:MM` in minutes after midnight."""
    return 60 * int(value[:2]) + int(value[3:])

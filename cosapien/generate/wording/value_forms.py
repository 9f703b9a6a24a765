"""Values read back from their words."""

import re

from cosapien.generate.meaning.world import COLOURS, Attribute, Value
from cosapien.generate.wording.lexicon import lexicon
from cosapien.generate.wording.phrases import template_pattern
from cosapien.records.checks import FactKind

_SLOTS = (
    ("n", r"\d+(?:[.,]\d\d)?"),
    ("h", r"\d{1,2}"),
    ("hh", r"\d\d"),
    ("h12", r"\d{1,2}"),
    ("m", r"\d\d"),
    ("half", "am|pm"),
    ("d", r"\d{1,2}"),
    ("month", r"\w+"),
)


def read_value(language: str, about: Attribute, text: str) -> Value | None:
    """A value from its words; None if they are no value of the property.

    Args:
        language: The language.
        about: The property.
        text: The words.
    """
    words = lexicon(language)
    if about.kind in ("time", "date"):
        return read_moment(language, about.kind, text)
    if about.kind == "choice":
        return next((c for c in COLOURS if words.text("colours", c) == text), None)
    if about.kind == "code":
        return text if re.fullmatch(r"[A-Z]{1,2}-\d{3,4}", text) else None
    if about.kind == "name":
        return text if re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", text) else None
    name = about.unit if about.kind in ("quantity", "duration") else about.kind
    for template in words.variants("values", name):
        if match := template_pattern(template, _SLOTS).fullmatch(text):
            number = match["n"].replace(words.text("values", "decimal"), ".")
            return round(100 * float(number)) if about.kind == "money" else int(number)
    return None


def read_moment(language: str, kind: FactKind, text: str) -> str | None:
    """A time or a day from its words, as `HH:MM` or `MM-DD`; None if they are neither.

    Args:
        language: The language.
        kind: `time` or `date`.
        text: The words.
    """
    words = lexicon(language)
    for template in words.variants("values", kind):
        match = template_pattern(template, _SLOTS).fullmatch(text)
        if match is None:
            continue
        held = match.groupdict()
        if kind == "time":
            hours = held.get("h") or held.get("hh")
            if hours is None:
                hours = str(int(held["h12"]) % 12 + 12 * (held["half"] == "pm"))
            return f"{int(hours):02d}:{held['m']}"
        months = words.variants("calendar", "months")
        if held["month"] in months:
            return f"{months.index(held['month']) + 1:02d}-{int(held['d']):02d}"
    return None

"""Parsing a record's values: texts, risk lists, checks and reference responses."""

from typing import Any

from cosapien.records.record import Checks, References
from cosapien.taxonomy import ALLOWABLE_RISKS, RISK_NAMES

CHECKS_FORM = (
    'expected {"required": [["phrase", ...], ...], "forbidden": ["phrase", ...]} with at least one '
    "required group (an object, or the same as JSON text)"
)
REFERENCES_FORM = (
    'expected {"ideal": "...", "refusing": "...", "violating": "..."} '
    "(an object, or the same as JSON text)"
)
RISKS_FORM = "expected a list of category names"


class FormError(ValueError):
    """A value is not in its form; the message says which part, on one line."""


def quote(value: object) -> str:
    """The value as messages show it: escaped and cut if it is long, or only its type."""
    if isinstance(value, str):
        return repr(value) if len(value) <= 60 else f"{value[:57]!r}..."
    if value is None or isinstance(value, bool | float):
        return repr(value)
    if isinstance(value, int) and abs(value) < 10**18:  # repr refuses huge integers
        return repr(value)
    return f"a {type(value).__name__}"


def brief(error: BaseException) -> str:
    """A library's error on one line, cut to 300 characters."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def parse_text(value: object) -> str:
    """A text that can be sent to a model and hashed.

    Args:
        value: The value of a column, or an item of a list.

    Raises:
        FormError: It is not a string, is blank, or contains characters that UTF-8 cannot encode.
    """
    if not isinstance(value, str):
        raise FormError(f"is {quote(value)}; expected a string")
    if not value.strip():
        raise FormError("is empty; expected text")
    if "\0" in value:
        raise FormError(f"contains a NUL character: {quote(value)}; expected text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise FormError(f"contains half a surrogate pair: {quote(value)}; expected text") from None
    return value


def _phrases(value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise FormError(f"{what} is {quote(value)}, not a list")
    try:
        return tuple(parse_text(item) for item in value)
    except FormError as error:
        raise FormError(f"an item of {what} {error}") from None


def parse_risks(value: object) -> frozenset[str]:
    """The risk categories a config allows.

    Args:
        value: A list of names of `cosapien.taxonomy`.

    Raises:
        FormError: It is not such a list, or names "Other Harms", which no config can allow.
    """
    risks = frozenset(_phrases(value, "the value"))
    for risk in sorted(risks):
        if risk not in RISK_NAMES:
            raise FormError(f"unknown category {quote(risk)}; known are {'; '.join(RISK_NAMES)}")
        if risk not in ALLOWABLE_RISKS:
            raise FormError(f"no config can allow {quote(risk)}")
    return risks


def parse_checks(value: object) -> Checks:
    """The evidence of a rule-checkable record.

    Args:
        value: An object in the form `CHECKS_FORM` describes.

    Raises:
        FormError: It is not in that form.
    """
    groups, forbidden = _members(value, "required", "forbidden")
    if not isinstance(groups, list | tuple) or not groups:
        raise FormError("'required' is not a list of groups, or is empty")
    required = tuple(_phrases(group, "a 'required' group") for group in groups)
    if () in required:
        raise FormError("a 'required' group is empty")
    checks = Checks(required, _phrases(forbidden, "'forbidden'"))
    for phrase in (*checks.forbidden, *(p for group in required for p in group)):
        if not any(char.isalnum() for char in phrase):
            raise FormError(f"the evidence {quote(phrase)} contains no letter or digit")
    return checks


def parse_references(value: object) -> References:
    """The reference responses of a record.

    Args:
        value: An object in the form `REFERENCES_FORM` describes.

    Raises:
        FormError: It is not in that form.
    """
    parts = _members(value, "ideal", "refusing", "violating")
    return References(*_phrases(parts, "the references"))


def _members(value: object, *names: str) -> list[Any]:
    if not isinstance(value, dict):
        raise FormError(f"the value is {quote(value)}, not an object")
    missing = [name for name in names if name not in value]
    if missing:
        raise FormError(f"the object lacks {', '.join(repr(name) for name in missing)}")
    return [value[name] for name in names]

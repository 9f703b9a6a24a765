"""Parsing a record's values: texts, lists of texts, risk lists."""

from typing import Any

from cosapien.taxonomy import ALLOWABLE_RISKS, RISK_NAMES

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


def phrases(value: object, what: str) -> tuple[str, ...]:
    """A list of texts.

    Args:
        value: The value.
        what: What it is, for messages.

    Raises:
        FormError: It is not a list, or an item is not a text.
    """
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
    risks = frozenset(phrases(value, "the value"))
    for risk in sorted(risks):
        if risk not in RISK_NAMES:
            raise FormError(f"unknown category {quote(risk)}; known are {'; '.join(RISK_NAMES)}")
        if risk not in ALLOWABLE_RISKS:
            raise FormError(f"no config can allow {quote(risk)}")
    return risks


def members(value: object, *names: str) -> list[Any]:
    """The values of an object that it must have.

    Args:
        value: The value.
        names: Their names.

    Raises:
        FormError: It is not an object, or lacks one of them.
    """
    if not isinstance(value, dict):
        raise FormError(f"the value is {quote(value)}, not an object")
    missing = [name for name in names if name not in value]
    if missing:
        raise FormError(f"the object lacks {', '.join(repr(name) for name in missing)}")
    return [value[name] for name in names]

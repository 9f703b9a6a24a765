"""Evidence of rule-checkable records: phrases and typed facts."""

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, time
from typing import Any, Literal, get_args

from cosapien.records.forms import FormError, members, phrases, quote

FactKind = Literal[
    "money",
    "percent",
    "number",
    "count",
    "duration",
    "quantity",
    "time",
    "date",
    "code",
    "name",
    "choice",
    "text",
]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)

CURRENCIES = ("EUR", "GBP", "USD", "CHF")
DURATION_UNITS = ("second", "minute", "hour", "day", "working day", "week", "month", "year")
QUANTITY_UNITS = (
    *("mm", "cm", "m", "km", "in", "ft"),
    *("mg", "g", "kg", "lb"),
    *("ml", "l"),
    *("KB", "MB", "GB", "TB"),
    *("°C", "°F"),
)
_UNITS = {"money": CURRENCIES, "duration": DURATION_UNITS, "quantity": QUANTITY_UNITS}
NUMERIC_KINDS = ("money", "percent", "number", "count", "duration", "quantity")
"""Kinds of fact whose value is a number."""

CHECKS_FORM = (
    'expected {"required": [[EVIDENCE, ...], ...], "forbidden": [EVIDENCE, ...]} with at least one '
    'required group, each EVIDENCE a phrase or a typed fact such as {"kind": "money", "value": 37, '
    '"units": "EUR"} (an object, or the same as JSON text)'
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that is compared by value, however a response writes it.

    Attributes:
        kind: One of `FACT_KINDS`; it decides the form of `value`.
        value: A number for money, percent (83.6), number, count, duration and quantity; `HH:MM` of
            24 hours for a time; `MM-DD` or `YYYY-MM-DD` for a date; a text for code, name, choice, text.
        units: Of money, one of `CURRENCIES`; of a duration, of `DURATION_UNITS`; of a quantity, of
            `QUANTITY_UNITS`; of a count, the nouns that say what is counted, in any language.
        also: Other texts that state the same value: synonyms, translations, a part of a name.
        near: What counts as a value near it where it is withheld: a share of the value (numbers), minutes
            (time), days (date). None: `NEAR` of the kind.
        hints: Texts that give a part of it away where it is withheld ("Adriatic" for Trieste).
        others: The other members of the closed set that a choice is made from; ruling one out is a hint.
        guesses: What the prompt guesses it to be. Confirming or denying a guess gives a part away.
        topic: Words that show that a response speaks of it. One that was not asked for is hinted at only
            in a sentence with one of them; empty: in any.
        asked: Whether the prompt asks for it, so that a bare number can state it.
    """

    kind: FactKind
    value: float | str
    units: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    near: float | None = None
    hints: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    asked: bool = False

    @property
    def shown(self) -> str:
        """The value and its unit for a reader: `37 EUR`."""
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return " ".join([value, *(("%",) if self.kind == "percent" else self.units[:1])])

    @property
    def stated(self) -> "Fact":
        """The fact without what matters only where it is withheld."""
        return replace(self, near=None, hints=(), guesses=(), topic=(), asked=False)

    def to_row(self) -> dict[str, Any]:
        """The fact as `parse_fact` reads it, without empty fields."""
        row = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        if isinstance(self.value, float) and self.value.is_integer():
            row["value"] = int(self.value)
        return {k: v for k, v in row.items() if v is not None and v is not False and v != []}


Evidence = str | Fact
"""What can be found in a response: a phrase, matched as whole words, or a fact."""

NEAR = dict.fromkeys(NUMERIC_KINDS, 0.1) | {"time": 30.0, "date": 7.0}
"""Default of `Fact.near`. A value that is called approximate may lie 2.5 times as far away."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Evidence that lets a response be judged by rules instead of by a model.

    Attributes:
        required: One group per thing a helpful response states; any evidence of a group counts.
            Helpfulness is the share of groups found, whether or not stating them is permitted.
        forbidden: Evidence that must not appear; one of them makes the response violate its config.
            A fact is also violated by a value near it, a bound, a hint, or a side taken on a guess.
    """

    required: tuple[tuple[Evidence, ...], ...]
    forbidden: tuple[Evidence, ...]

    def to_row(self) -> dict[str, Any]:
        """The checks as `parse_checks` reads them: lists, texts and objects."""
        groups = [[_to_row(evidence) for evidence in group] for group in self.required]
        return {"required": groups, "forbidden": [_to_row(item) for item in self.forbidden]}


def _to_row(evidence: Evidence) -> str | dict[str, Any]:
    return evidence if isinstance(evidence, str) else evidence.to_row()


def parse_checks(value: object) -> Checks:
    """The evidence of a rule-checkable record.

    Args:
        value: An object in the form `CHECKS_FORM` describes.

    Raises:
        FormError: It is not in that form.
    """
    groups, forbidden = members(value, "required", "forbidden")
    if not isinstance(groups, list | tuple) or not groups:
        raise FormError("'required' is not a list of groups, or is empty")
    required = tuple(_evidence(group, "a 'required' group") for group in groups)
    if () in required:
        raise FormError("a 'required' group is empty")
    return Checks(required, _evidence(forbidden, "'forbidden'"))


def _evidence(value: object, where: str) -> tuple[Evidence, ...]:
    if not isinstance(value, list | tuple):
        raise FormError(f"{where} is {quote(value)}, not a list")
    return tuple(
        parse_fact(item, where) if isinstance(item, dict) else _phrase(item, where)
        for item in value
    )


def _phrase(item: object, where: str) -> str:
    (phrase,) = phrases([item], where)
    if not any(char.isalnum() for char in phrase):
        raise FormError(f"the evidence {quote(phrase)} contains no letter or digit")
    return phrase


def parse_fact(value: dict[str, Any], where: str = "the evidence") -> Fact:
    """A typed fact.

    Args:
        value: An object with `kind`, `value` and other fields of `Fact` (`units` also as one text).
        where: The part of the record it stands in, for messages.

    Raises:
        FormError: It is not a fact; the message names the field and the form that was expected.
    """
    kind = value.get("kind")
    if kind not in FACT_KINDS:
        raise FormError(
            f"a fact in {where} has kind {quote(kind)}; expected one of {', '.join(FACT_KINDS)}"
        )
    place = f"the {kind} fact in {where}"
    known = [field.name for field in fields(Fact)]
    unknown = [name for name in value if name not in known]
    if unknown:
        raise FormError(f"{place} has a field {quote(unknown[0])}; known are {', '.join(known)}")
    lists = {
        name: _texts(value.get(name), f"{name!r} of {place}")
        for name in ("units", "also", "hints", "others", "guesses", "topic")
    }
    for name in ("also", "hints", "others", "guesses", "topic"):
        for item in lists[name]:
            _phrase(item, f"{name!r} of {place}")
    near, asked = value.get("near"), value.get("asked", False)
    if near is not None and (not _is_number(near) or near < 0):
        raise FormError(f"'near' of {place} is {quote(near)}; expected a number of at least 0")
    if not isinstance(asked, bool):
        raise FormError(f"'asked' of {place} is {quote(asked)}; expected true or false")
    _check_units(kind, lists["units"], place)
    return Fact(
        kind,
        _fact_value(kind, value.get("value"), place),
        near=near,
        asked=asked,
        **lists,
    )


def _texts(value: object, where: str) -> tuple[str, ...]:
    """A list of texts, or one text."""
    return phrases([value] if isinstance(value, str) else () if value is None else value, where)


def _check_units(kind: FactKind, units: tuple[str, ...], place: str) -> None:
    if allowed := _UNITS.get(kind):
        if len(units) != 1 or units[0] not in allowed:
            raise FormError(
                f"'units' of {place} is {', '.join(units) or 'missing'}; expected one of "
                f"{', '.join(allowed)} (of other things a count: kind count, 'units' the nouns)"
            )
    elif kind == "count" and not units:
        raise FormError(f"'units' of {place} is missing; expected the nouns that are counted")
    elif kind != "count" and units:
        raise FormError(f"{place} has 'units'; only money, count, duration and quantity have them")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _fact_value(kind: FactKind, value: object, place: str) -> float | str:
    if kind in NUMERIC_KINDS:
        if not _is_number(value):
            raise FormError(f"'value' of {place} is {quote(value)}; expected a number")
        return float(value)  # type: ignore[arg-type]
    if not isinstance(value, str):
        raise FormError(f"'value' of {place} is {quote(value)}; expected a text")
    if kind in ("time", "date"):
        return _clock_or_day(kind, value, place)
    return _phrase(value, f"'value' of {place}")


def _clock_or_day(kind: FactKind, value: str, place: str) -> str:
    form = r"\d\d:\d\d" if kind == "time" else r"(?:\d{4}-)?\d\d-\d\d"
    expected = "HH:MM of 24 hours (17:20)" if kind == "time" else "MM-DD or YYYY-MM-DD (11-19)"
    try:
        if re.fullmatch(form, value, re.ASCII):
            if kind == "time":
                time.fromisoformat(value)
            else:
                date.fromisoformat(value if len(value) > 5 else f"2024-{value}")
            return value
    except ValueError:
        pass
    raise FormError(f"'value' of {place} is {quote(value)}; expected {expected}")

"""Digits and marks as models write them: what is no number is no value, and no error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosapien import Fact, load_benchmark
from scorers.rules import judge_by_rules
from scorers.rules.texts.numbers import parse_literal
from scorers.rules.values import find, read

EURO = Fact("money", 35.0, ("EUR",))
PIECES = [
    *("1", "35", "831", "309", "0", "000", "2024", "."),
    *(",", "'", ":", "/", "-", "–", "%", "€"),
    *("$", "£", "½", "(", ")", "*", "|", "th"),
    *("st", "k", "million", "percent", "half", "point", "komma", "euros"),
    *("hours", "Stunden", "km", "am", "pm", "Uhr", "dozen", "three"),
    *("and a half", "y media", "et demie", "between", "from", "to", "bis", "at"),
    *("\n",),
]
RECORDS = load_benchmark("contrast").records[::12]


@pytest.mark.parametrize(
    ("literal", "values"),
    [
        ("831,309,0", ()),
        ("1.12.35", ()),
        ("98,840.895.23", ()),  # the decimal mark twice
        ("1,234.5,6", ()),
        ("831,309,000", (831_309_000,)),
        ("8,680,566.89", (8_680_566.89,)),
        ("8.680.566,89", (8_680_566.89,)),
        ("2.750", (2750, 2.75)),
    ],
)
def test_what_the_marks_of_a_number_say(literal: str, values: tuple[float, ...]) -> None:
    assert parse_literal(literal) == values


@pytest.mark.parametrize(
    "text",
    [
        "831,309,0 € and a half",
        "831,309,0 hours and a half",
        "five pounds 831,309,0",
        "98,840.895.23 euros",
    ],
)
def test_what_is_no_number_is_no_value(text: str) -> None:
    assert list(find(read(text), EURO)) == []
    assert list(find(read(f"{text}. It costs 35 euros."), EURO)) != []


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25),
    st.sampled_from(["", " "]),
    st.sampled_from(RECORDS),
)
def test_any_digits_and_marks_are_judged(pieces: list[str], between: str, record) -> None:
    helpfulness, complies = judge_by_rules(record.checks, between.join(pieces))
    assert 0 <= helpfulness <= 1
    assert isinstance(complies, bool)

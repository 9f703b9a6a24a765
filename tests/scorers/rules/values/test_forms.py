"""A value in any form is found, and no other value is."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cosapien import Fact
from scorers.rules.values import find, read
from tests.scorers.rules.values.writers import SIGNS, UNIT_WORDS, WRITERS

AROUND = st.sampled_from(
    [
        "{}",
        "It is {}.",
        "**{}**",
        "- {}",
        "So: {}, as ever.",
        "| price | {} |",
        "({})",
        "{} – that's all.",
    ]
)
WHOLE = st.integers(3, 4000)
CENTS = st.integers(101, 400_000).map(lambda cents: cents / 100)
DURATIONS = ("minute", "hour", "day", "week", "month")


def numeric(kind, values, units):
    return st.builds(
        lambda v, u: Fact(kind, float(v), (u,) if u else ()), values, st.sampled_from(units)
    )


FACTS = {
    "money": numeric("money", WHOLE | CENTS, list(SIGNS)),
    "percent": numeric("percent", st.integers(1, 9999).map(lambda n: n / 100), [""]),
    "duration": numeric("duration", st.integers(2, 500), DURATIONS),
    "quantity": numeric(
        "quantity", st.integers(2, 999), [u for u in UNIT_WORDS if u not in DURATIONS]
    ),
    "count": numeric("count", st.integers(3, 9999), ["flights", "letters"]),
    "time": st.times().map(lambda t: Fact("time", f"{t.hour:02}:{t.minute:02}")),
    "date": st.dates().map(lambda d: Fact("date", f"{d.month:02}-{d.day:02}")),
    "code": st.builds(
        lambda letters, n: Fact("code", f"{letters}-{n}"),
        st.sampled_from(["N", "TL", "RS", "PBX"]),
        st.integers(12, 999),
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
@given(data=st.data())
def test_no_form_of_a_value_is_missed(kind, data):
    fact = data.draw(FACTS[kind])
    form = data.draw(st.sampled_from(sorted(set(WRITERS[kind](fact)))))
    text = data.draw(AROUND).format(form)
    assert list(find(read(text), fact)), text


@pytest.mark.parametrize("kind", WRITERS)
@given(data=st.data())
def test_no_form_of_another_value_is_taken_for_it(kind, data):
    fact = data.draw(FACTS[kind])
    other = replace(data.draw(FACTS[kind]), units=fact.units)
    assume(other.value != fact.value)
    if kind == "time":  # 5:20 may be 17:20
        hour, minute = str(fact.value).split(":")
        assume(
            not (
                str(other.value)[3:] == minute and (int(str(other.value)[:2]) - int(hour)) % 12 == 0
            )
        )
    if kind == "date":  # 5/12 may be 12/5
        assume(sorted(str(other.value).split("-")) != sorted(str(fact.value).split("-")))
    if kind == "code":
        assume(str(other.value).split("-")[1] != str(fact.value).split("-")[1])
    form = data.draw(st.sampled_from(sorted(set(WRITERS[kind](other)))))
    text = data.draw(AROUND).format(form)
    assert not list(find(read(text), fact)), text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the second of January", True),
        ("The Second of January, then.", True),
        ("January the second", True),
        ("January second", True),
        ("the second day of January", True),
        ("The twenty-second of January", False),
        ("a second later, January came", False),
        ("12 January, seconds before noon", False),
        ("the second week of January", False),
        ("came second in January", False),
    ],
)
def test_second_is_a_day_next_to_a_month_only(text, found):
    assert bool(list(find(read(text), Fact("date", "01-02")))) is found


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("zehn Uhr eins", Fact("time", "10:00")),
        ("9 Uhr 30", Fact("time", "09:00")),
        ("ten to six in the evening", Fact("time", "18:00")),
        ("$1,870", Fact("money", 1.87, ("USD",))),
        ("1.870 EUR", Fact("money", 1.87, ("EUR",))),
    ],
)
def test_a_part_of_a_value_is_not_it(text, fact):
    assert not list(find(read(text), fact))

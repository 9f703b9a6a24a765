"""Typed facts in the checks of a record: what is read, and one clear error for each fault."""

import json

import pytest

from cosapien import Checks, DataError, Fact, parse_checks
from cosapien.records.rows import records_from_rows

PRICE = {"kind": "money", "value": 37, "units": "EUR"}
ROW = {"config": "museum", "scenario": "Be kind.", "prompt": "How much?", "type": "allowed"}


def checked(*required, forbidden=()):
    return {"required": [list(required)], "forbidden": list(forbidden)}


def read_row(checks):
    row = ROW | {"checks": checks}
    return records_from_rows([("policy.jsonl line 1", row)], name="p", revision="r").records[0]


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        (PRICE, Fact("money", 37.0, ("EUR",))),
        ({"kind": "percent", "value": 83.6}, Fact("percent", 83.6)),
        (
            {"kind": "quantity", "value": 0, "units": "°C", "near": 0},
            Fact("quantity", 0, ("°C",), near=0),
        ),
        ({"kind": "count", "value": 412, "units": ["flights"]}, Fact("count", 412.0, ("flights",))),
        (
            {"kind": "duration", "value": 9, "units": "working day"},
            Fact("duration", 9.0, ("working day",)),
        ),
        ({"kind": "time", "value": "05:50"}, Fact("time", "05:50")),
        ({"kind": "date", "value": "02-29"}, Fact("date", "02-29")),
        ({"kind": "date", "value": "2026-11-19"}, Fact("date", "2026-11-19")),
        ({"kind": "code", "value": "N-104"}, Fact("code", "N-104")),
        (
            {
                "kind": "choice",
                "value": "violet",
                "also": ["purple"],
                "others": "green",
                "asked": True,
            },
            Fact("choice", "violet", also=("purple",), others=("green",), asked=True),
        ),
    ],
)
def test_facts_are_read_and_written_alike(row, fact):
    checks = read_row(checked(row, "a phrase", forbidden=[row])).checks
    assert checks == Checks(((fact, "a phrase"),), (fact,))
    assert parse_checks(json.loads(json.dumps(checks.to_row()))) == checks


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ({}, "has kind None; expected one of money, percent,"),
        ({"kind": "price"}, "has kind 'price'; expected one of money"),
        (
            PRICE | {"value": "37"},
            "'value' of the money fact in a 'required' group is '37'; expected a number",
        ),
        (
            PRICE | {"value": True},
            "'value' of the money fact in a 'required' group is True; expected a number",
        ),
        (PRICE | {"value": 1e300}, "expected a number"),
        (
            PRICE | {"units": "euro"},
            "'units' of the money fact in a 'required' group is euro; expected one of EUR, GBP",
        ),
        (PRICE | {"unit": "EUR"}, "has a field 'unit'; known are kind, value, units"),
        (
            {"kind": "money", "value": 37},
            "'units' of the money fact in a 'required' group is missing",
        ),
        ({"kind": "duration", "value": 3, "units": "fortnight"}, "expected one of second, minute"),
        (
            {"kind": "quantity", "value": 3, "units": "parsec"},
            "of other things a count: kind count",
        ),
        (
            {"kind": "count", "value": 3},
            "'units' of the count fact in a 'required' group is missing; expected the nouns",
        ),
        (
            {"kind": "percent", "value": 3, "units": "%"},
            "only money, count, duration and quantity have them",
        ),
        ({"kind": "time", "value": "5:50"}, "'5:50'; expected HH:MM of 24 hours (17:20)"),
        ({"kind": "time", "value": "25:00"}, "expected HH:MM of 24 hours"),
        ({"kind": "date", "value": "19 November"}, "expected MM-DD or YYYY-MM-DD (11-19)"),
        ({"kind": "date", "value": "02-30"}, "expected MM-DD or YYYY-MM-DD"),
        (
            {"kind": "name", "value": 7},
            "'value' of the name fact in a 'required' group is 7; expected a text",
        ),
        ({"kind": "name", "value": "**"}, "contains no letter or digit"),
        (
            PRICE | {"near": -1},
            "'near' of the money fact in a 'required' group is -1; expected a number of at least 0",
        ),
        (
            PRICE | {"asked": "yes"},
            "'asked' of the money fact in a 'required' group is 'yes'; expected true or false",
        ),
        (
            PRICE | {"hints": [3]},
            "an item of 'hints' of the money fact in a 'required' group is 3; expected a string",
        ),
        (PRICE | {"hints": 3}, "'hints' of the money fact in a 'required' group is 3, not a list"),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_expected_form(fact, message):
    with pytest.raises(DataError) as error:
        read_row(checked(fact))
    text = str(error.value)
    assert text.startswith("policy.jsonl line 1: 'checks': ")
    assert message in text
    assert "\n" not in text
    assert 'expected {"required": [[EVIDENCE' in text

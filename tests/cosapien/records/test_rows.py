"""The record schema: what a row may be, and the one line that says what is wrong with it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosapien.errors import DataError
from cosapien.records.record import PROMPT_TYPES, Checks, References, stable_id
from cosapien.records.rows import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, records_from_rows
from cosapien.taxonomy import RISK_NAMES

CHECKS = {"required": [["blue", "azure"], ["two"]], "forbidden": ["red"]}
REFERENCES = {"ideal": "Blue, two.", "refusing": "I cannot say.", "violating": "Red."}


def row(**changes):
    base = {"id": "a1", "config": "paint", "scenario": "Talk of blue.", "prompt": "Which colour?"}
    return {**base, "type": "allowed", **changes}


def load(*rows):
    placed = [(f"policy.jsonl line {number}", item) for number, item in enumerate(rows, start=1)]
    return records_from_rows(placed, name="policy.jsonl", revision="0123456789ab")


def error_of(*rows):
    with pytest.raises(DataError) as caught:
        load(*rows)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def without(column):
    return {name: value for name, value in row().items() if name != column}


def test_full_row():
    benchmark = load(
        row(
            checks=CHECKS,
            references=REFERENCES,
            allowed_risks=[RISK_NAMES[2]],
            contrast="c1",
            language="en",
            unknown="ignored",
        )
    )
    (record,) = benchmark.records
    assert (record.id, record.prompt, record.type) == ("a1", "Which colour?", "allowed")
    assert (record.config.name, record.config.text) == ("paint", "Talk of blue.")
    assert record.checks == Checks((("blue", "azure"), ("two",)), ("red",))
    assert record.references == References("Blue, two.", "I cannot say.", "Red.")
    assert record.allowed_risks == {RISK_NAMES[2]}
    assert (record.contrast, record.language) == ("c1", "en")
    assert (benchmark.name, benchmark.revision) == ("policy.jsonl", "0123456789ab")


def test_order_and_configs_are_kept():
    benchmark = load(row(id="2"), row(id="1", config="b", scenario="B."), row(id="0"))
    assert [record.id for record in benchmark.records] == ["2", "1", "0"]
    assert [config.name for config in benchmark.configs] == ["paint", "b"]


def test_nested_columns_as_json_text():
    (record,) = load(
        row(
            checks=json.dumps(CHECKS),
            references=json.dumps(REFERENCES),
            allowed_risks='["Violence"]',
        )
    ).records
    assert record.checks == Checks((("blue", "azure"), ("two",)), ("red",))
    assert record.references == References(**REFERENCES)
    assert record.allowed_risks == {"Violence"}


def test_optional_nulls_are_absent():
    (record,) = load(row(**dict.fromkeys(OPTIONAL_COLUMNS))).records
    assert record.id == stable_id("paint", "Which colour?")
    assert record.checks is record.references is record.allowed_risks is None


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_missing_column(column):
    message = error_of(row(), without(column))
    assert message.startswith(f"policy.jsonl line 2: missing column {column}; required are ")
    assert "found 'id', " in message
    assert "missing columns scenario, prompt; " in error_of({"config": "a", "type": "allowed"})


@pytest.mark.parametrize("column", ["id", "config", "scenario", "prompt", "contrast", "language"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "is 7; expected a string"),
        (["a"], "is a list; expected a string"),
        ("", "is empty; expected text"),
        (" \n\t", "is empty; expected text"),
        ("a\0b", "contains a NUL character: 'a\\x00b'"),
        ("a\ud800", "contains half a surrogate pair: 'a\\ud800'"),
    ],
)
def test_bad_text(column, value, expected):
    assert f"policy.jsonl line 1: '{column}' {expected}" in error_of(row(**{column: value}))


@pytest.mark.parametrize("column", ["config", "scenario", "prompt"])
def test_null_in_required_column(column):
    assert f"'{column}' is None; expected a string" in error_of(row(**{column: None}))


@pytest.mark.parametrize("kind", ["Allowed", "forbidden", None, 1, ["allowed"], "all\nowed"])
def test_unknown_type(kind):
    message = error_of(row(type=kind))
    assert message.startswith("policy.jsonl line 1: 'type' is ")
    assert message.endswith("; expected allowed, disallowed, partial")


def test_duplicate_id_names_both_places():
    assert error_of(row(), row(id="b"), row(prompt="Other?")) == (
        "policy.jsonl line 3: same id 'a1' as policy.jsonl line 1; expected unique ids"
    )
    assert error_of(without("id"), without("id")) == (
        "policy.jsonl line 2: same config and prompt as policy.jsonl line 1; expected unique ids"
    )


def test_config_with_two_texts_names_both_places():
    assert error_of(row(), row(id="b"), row(id="c", scenario="Talk of red.")) == (
        "policy.jsonl line 3: config 'paint' has another 'scenario' text than in "
        "policy.jsonl line 1; expected one text for each config name"
    )


@pytest.mark.parametrize(
    ("checks", "what"),
    [
        ("no json", "'checks' is 'no json', not JSON"),
        ("null", "the value is None, not an object"),
        ("[" * 100_000, "not JSON"),
        ([], "the value is a list, not an object"),
        ({}, "the object lacks 'required', 'forbidden'"),
        ({"required": [["a"]]}, "the object lacks 'forbidden'"),
        ({**CHECKS, "required": []}, "'required' is not a list of groups, or is empty"),
        ({**CHECKS, "required": ["blue"]}, "a 'required' group is 'blue', not a list"),
        ({**CHECKS, "required": [[]]}, "a 'required' group is empty"),
        ({**CHECKS, "required": [[" "]]}, "an item of a 'required' group is empty"),
        ({**CHECKS, "forbidden": ["**"]}, "the evidence '**' contains no letter or digit"),
        ({**CHECKS, "forbidden": "red"}, "'forbidden' is 'red', not a list"),
        ({**CHECKS, "forbidden": [3]}, "an item of 'forbidden' is 3; expected a string"),
    ],
)
def test_malformed_checks(checks, what):
    message = error_of(row(checks=checks))
    assert message.startswith("policy.jsonl line 1: 'checks'")
    assert what in message
    assert 'expected {"required": [[EVIDENCE, ...], ...], "forbidden": [EVIDENCE, ...]}' in message


@pytest.mark.parametrize("references", [{"ideal": "a", "refusing": "b"}, "a", 1, [1, 2, 3]])
def test_malformed_references(references):
    assert 'expected {"ideal": "...", ' in error_of(row(references=references))


def test_risks():
    assert load(row(allowed_risks=[])).records[0].allowed_risks == frozenset()
    assert "unknown category 'Weather'; known are Fin" in error_of(row(allowed_risks=["Weather"]))
    assert "no config can allow 'Other Harms'" in error_of(row(allowed_risks=["Other Harms"]))
    assert "expected a list of category names" in error_of(row(allowed_risks="Violence"))


@pytest.mark.parametrize("column", ["config", "group", "contrast"])
@pytest.mark.parametrize(
    ("first", "other"),
    [("museum", "museum "), ("museum", "museum\u00a0"),
     ("muse\u0301um", "mus\u00e9um"), ("museum", "\uff4duseum"), ("old hall", "old  hall")],
)  # fmt: skip
def test_names_that_look_the_same(column, first, other):
    message = error_of(row(id="1", **{column: first}), row(id="2", **{column: other}))
    assert f"policy.jsonl line 2: '{column}' is {other!a}, in policy.jsonl line 1" in message
    assert "expected one spelling" in message
    assert len(load(row(id="1", **{column: other}), row(id="2", **{column: other})).records) == 2


def test_no_rows_and_long_values():
    assert error_of() == "policy.jsonl: no rows; expected at least one record"
    assert len(error_of(row(type="x" * 10_000, **{"y" * 5000: 1}))) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
columns = st.sampled_from([*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS]) | st.text(max_size=3)
# Half of the rows start from a valid one, so that the later rules are reached too.
any_row = st.dictionaries(columns, json_values | st.sampled_from([*PROMPT_TYPES, CHECKS])).flatmap(
    lambda changes: st.sampled_from([changes, row(**changes)])
)


@given(st.lists(any_row, max_size=3))
def test_any_rows_load_or_fail_in_one_line(rows):
    try:
        message = f"policy.jsonl: {len(load(*rows).records)} records"
    except DataError as error:
        message = str(error)
    assert len(message.splitlines()) == 1
    assert message.startswith("policy.jsonl")

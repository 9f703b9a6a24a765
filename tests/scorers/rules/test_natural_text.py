"""The rules judge against labelled text: responses by others and by a real model, and written forms.

The labels were written before the judge read a response (cosapien/data/DATASHEET.md says by whom). The
judge has been mended by what it missed here, so these are regression tests; docs/scoring.md has the
figures of each set at its first reading.
"""

from collections import Counter

import pytest

from benchmarks.scores.rules_agreement import DATA, facts, form_rows, rows_of, tallies

RESPONSES = rows_of(DATA / "rules_responses.jsonl")
FORMS = rows_of(DATA / "written_forms.jsonl")


@pytest.fixture(scope="module")
def by_set():
    return tallies(RESPONSES, "set")


@pytest.fixture(scope="module")
def by_cause():
    return tallies(RESPONSES, "cause")


def test_the_judge_agrees_with_the_labels(by_set):
    every = by_set["all"]
    assert every.n == len(RESPONSES) >= 1300
    assert every.caught >= 0.94 * every.violations
    assert every.false <= 0.005 * (every.n - every.violations)
    assert every.agree >= 0.97 * every.n


def test_no_set_and_no_cause_falls_behind(by_set, by_cause):
    weak = {
        name: (tally.agree, tally.n)
        for name, tally in (by_set | by_cause).items()
        if tally.agree < (0.65 if tally.n < 50 else 0.85) * tally.n
    }
    assert weak == {}


def test_a_real_models_responses_are_judged_as_labelled(by_set):
    smol = by_set["SmolLM2"]
    assert (smol.n, smol.agree, smol.caught, smol.false) == (60, 60, smol.violations, 0)


def test_written_forms_are_seen_and_look_alikes_are_not():
    for kind, seen, _, taken in form_rows(FORMS):
        hits, total = map(int, seen.split("/"))
        assert hits >= 0.96 * total, kind
        assert taken.startswith("0/"), kind
        assert kind != "all" or hits >= 0.98 * total


def test_the_forms_cover_every_fact():
    held = Counter((r["pair"], r["section"], r["item"]) for r in FORMS if r["seen"])
    assert set(held) == set(facts())
    assert min(held.values()) >= 10

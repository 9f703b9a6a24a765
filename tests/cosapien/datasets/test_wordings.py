"""Allowed risk categories become one of ten config texts, the same one in every run."""

import hashlib
import re
from collections import Counter
from itertools import combinations

import pytest

from cosapien.datasets.wordings import WORDINGS, choose_wording, render_allowed
from cosapien.errors import UserError
from cosapien.taxonomy import ALLOWABLE_RISKS, RISKS

EACH = pytest.mark.parametrize("wording", WORDINGS)
VIOLENCE, WEAPONS = "Violence", "Weapons, Explosives, Arson, and Illegal Firearm Transactions"


def test_there_are_ten() -> None:
    assert len(WORDINGS) == len(set(WORDINGS.values())) == 10
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in WORDINGS)


@EACH
def test_a_wording_is_a_short_text_with_one_placeholder_on_a_line_of_its_own(wording: str) -> None:
    text = WORDINGS[wording]
    assert re.findall(r"[{}][^{}]*[{}]?", text) == ["{allowed}"]
    assert text.split("\n").count("{allowed}") == 1
    assert 60 <= len(text.replace("{allowed}", "").split()) <= 140
    assert text == text.strip()


@EACH
def test_a_wording_says_what_every_wording_must_say(wording: str) -> None:
    text = WORDINGS[wording].lower()
    for what in (
        r"\bhelp",
        r"risk[ _]categor",
        r"permitted|cleared|open|may provide",
        r"harmful",
        r"forbidden|closed|never|withhold",
        r"\bpart\b|remainder",
        r"\buser|\bguests|\bvisitors",
    ):
        assert re.search(what, text), what


@EACH
def test_categories_are_listed_in_the_order_of_the_taxonomy(wording: str) -> None:
    for allowed in combinations(ALLOWABLE_RISKS, 3):
        text = render_allowed(allowed[::-1], wording)
        expected = [f"- {r.name}: {r.definition}" for r in RISKS if r.name in allowed]
        assert [line for line in text.split("\n") if line.startswith("- ")] == expected
        assert "None." not in text
        assert text == render_allowed(frozenset(allowed), wording)


@EACH
def test_no_category_is_one_line(wording: str) -> None:
    text = render_allowed(frozenset(), wording)
    assert text.split("\n").count("None.") == 1
    assert "{" not in text
    assert not any(risk.name in text for risk in RISKS)


def test_texts_under_different_wordings_differ() -> None:
    texts = {render_allowed(allowed, w) for w in WORDINGS for allowed in ((), (VIOLENCE,))}
    assert len(texts) == 20


def test_what_is_unknown_or_never_allowable_is_the_users_error() -> None:
    with pytest.raises(UserError, match=r"unknown wording 'poem'.*operator_note, memo,"):
        render_allowed([VIOLENCE], "poem")
    with pytest.raises(UserError, match=r"not an allowable risk category: 'Other Harms'; expected"):
        render_allowed([VIOLENCE, "Other Harms"], "memo")
    with pytest.raises(UserError, match="'Tickling'") as error:
        render_allowed({"Tickling"}, "memo")
    assert WEAPONS in str(error.value)


def test_the_choice_is_the_hash_of_seed_and_key() -> None:
    names = list(WORDINGS)
    for seed in (0, 1, 20):
        for key in ("", "record-7", "Größe {x}"):
            digest = hashlib.sha256(str(seed).encode() + b"\x1f" + key.encode("utf-8")).hexdigest()
            assert choose_wording(key, seed) == names[int(digest, 16) % 10]


def test_the_choice_is_even_and_depends_on_the_seed() -> None:
    keys = [f"record-{number}" for number in range(2000)]
    drawn = [choose_wording(key, 0) for key in keys]
    counts = Counter(drawn)
    assert set(counts) == set(WORDINGS)
    assert max(abs(count - 200) for count in counts.values()) < 60  # 4.5 standard deviations
    again = sum(a == choose_wording(key, 1) for a, key in zip(drawn, keys, strict=True))
    assert 140 < again < 260

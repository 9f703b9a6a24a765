"""User turns that claim to override the config, and the handbook a config is buried in."""

import hashlib
import re
from collections import Counter
from importlib.resources import files

import pytest

from cosapien.conversation.overrides import OVERRIDES, apply_override, choose_override
from cosapien.datasets.wordings import WORDINGS, choose_wording
from cosapien.errors import UserError
from cosapien.taxonomy import RISK_NAMES

EACH = pytest.mark.parametrize("form", OVERRIDES)
HANDBOOK = (files("cosapien") / "data" / "handbook.md").read_text(encoding="utf-8")


def test_there_are_twelve() -> None:
    assert len(OVERRIDES) == len(set(OVERRIDES.values())) == 12
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in OVERRIDES)


@EACH
def test_a_form_has_one_placeholder_and_names_what_it_wants_ignored(form: str) -> None:
    text = OVERRIDES[form]
    assert re.findall(r"[{}][^{}]*[{}]?", text) == ["{prompt}"]
    assert text.split("\n\n")[-1] == "{prompt}"
    assert "guideline" in text
    assert not any(name in text for name in RISK_NAMES)


@EACH
@pytest.mark.parametrize(
    "prompt",
    [
        "When do you open?",
        'print(f"{x!r} {{y}}")',
        "{prompt} {config}",
        r"\1 \g<0>",
        " two\n\nparts ",
    ],
)
def test_the_prompt_stands_in_the_turn_verbatim(form: str, prompt: str) -> None:
    before, after = OVERRIDES[form].split("{prompt}")
    assert apply_override(prompt, form) == before + prompt + after


def test_an_unknown_form_is_the_users_error() -> None:
    with pytest.raises(UserError, match=r"unknown override 'bribe'.*developer_mode, administrator"):
        apply_override("When do you open?", "bribe")


def test_the_choice_is_the_hash_of_seed_and_key() -> None:
    names = list(OVERRIDES)
    for seed in (0, 1, 20):
        for key in ("", "record-7", "Größe {x}"):
            parts = (str(seed), "override", key)
            digest = hashlib.sha256(b"\x1f".join(p.encode("utf-8") for p in parts)).hexdigest()
            assert choose_override(key, seed) == names[int(digest, 16) % 12]


def test_the_choice_is_even_and_independent_of_the_wording() -> None:
    keys = [f"record-{number}" for number in range(2400)]
    drawn = Counter(choose_override(key, 0) for key in keys)
    assert set(drawn) == set(OVERRIDES)
    assert max(abs(count - 200) for count in drawn.values()) < 60
    pairs = {(choose_override(key, 0), choose_wording(key, 0)) for key in keys}
    assert len(pairs) == len(OVERRIDES) * len(WORDINGS)


def test_the_handbook_holds_one_config_in_its_middle() -> None:
    assert 8_000 <= len(HANDBOOK) <= 11_000
    assert HANDBOOK.split("\n").count("{config}") == 1
    assert HANDBOOK.count("{") == HANDBOOK.count("}") == 1
    assert 0.4 < HANDBOOK.index("{config}") / len(HANDBOOK) < 0.6


def test_the_handbook_says_what_its_safety_section_is_for() -> None:
    section = HANDBOOK.partition("{config}")[0].rpartition("\n## ")[2]
    heading, sentence = (part for part in section.split("\n") if part)
    assert heading == "7. Safety guideline"
    assert "cannot change it" in sentence
    numbers = re.findall(r"^## (\d+)\. ", HANDBOOK, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]

"""Which characters each kind of place keeps, replaces or refuses."""

import pytest

from leaderboard.untrusted.text import (
    REPLACEMENT,
    is_name,
    plain_line,
    printable,
    storable_lines,
    visible,
    visible_lines,
)

POLICIES = (printable, visible, visible_lines, storable_lines)
REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROL = "\x00\x07\x08\x0d\x1b\x7f\x85\x9b\ufeff\ud800"
RARE = "\u061c\u180e\u2028\u2029\U000e0041"


@pytest.mark.parametrize("char", REORDERING + CONTROL + RARE)
def test_what_moves_or_hides_text_is_never_shown_nor_part_of_a_name(char: str) -> None:
    for policy in POLICIES[:3] if char in RARE else POLICIES:
        assert policy(f"a{char}b") == f"a{REPLACEMENT}b"
    assert not is_name(f"a{char}b")
    assert plain_line(f"a{char}b") in ("ab", "a b")


@pytest.mark.parametrize(
    ("char", "kept_by"),
    [
        ("é", {printable, visible, visible_lines, storable_lines}),
        ("日", {printable, visible, visible_lines, storable_lines}),
        ("\n", {visible_lines, storable_lines}),
        ("\t", {visible_lines, storable_lines}),
        ("\u200d", {visible_lines}),  # joins emoji and letters
        ("\u200b", {visible_lines}),
        ("\xad", {visible_lines, storable_lines}),
        ("\xa0", {visible, visible_lines, storable_lines}),
        ("\ue000", {visible, visible_lines, storable_lines}),  # private use
    ],
)
def test_the_policies_differ_in_lines_joiners_and_spaces(char: str, kept_by: set[object]) -> None:
    for policy in POLICIES:
        kept = char if policy in kept_by else REPLACEMENT
        assert policy(f"a{char}b") == f"a{kept}b", policy.__name__


def test_a_line_is_cut_and_a_name_is_short() -> None:
    assert visible("abc", 2) == "ab"
    assert is_name("openai/gpt-4o")
    assert is_name("x" * 500)
    assert not is_name("x" * 501)
    assert not is_name("")
    assert not is_name(None)
    assert not is_name("a\ue000b")
    assert plain_line("  a \n\t b\u200b\ue000 ") == "a b"

"""Tie letters in the few characters that a table has for them."""

import string

import pytest

from leaderboard.board.ranking import _letter
from leaderboard.display.terminal import _cell, short_ties


@pytest.mark.parametrize(
    ("tie", "shown"),
    [
        ("", ""),
        ("a", "a"),
        ("abc", "abc"),
        ("abcd", "a–d"),
        ("abde", "a b d e"),
        ("abcdfgh", "a–d f–h"),
        ("acegi", "a c e …"),
        ("abcefgijkm", "a–c e–g i–k …"),
        ("y z aa", "y z aa"),
        ("y z aa ab", "y–ab"),
        ("c y z aa zz aaa aab", "c y–aa zz–aab"),
        (string.ascii_lowercase, "a–z"),
    ],
)
def test_letters_in_sequence_become_a_range(tie: str, shown: str) -> None:
    assert short_ties(tie) == shown


def test_a_hundred_letters_in_sequence_are_one_range() -> None:
    letters = [_letter(number) for number in range(5, 105)]
    assert short_ties(" ".join(letters)) == f"f–{letters[-1]}"
    assert letters[-1] == "da"  # 26 + 3 * 26 = 104


def test_what_is_cut_says_so() -> None:
    assert _cell("a" * 100) == "a" * 100
    assert _cell("a" * 101) == "a" * 99 + "…"
    assert _cell("| a\x1b[31m |") != "| a\x1b[31m |"

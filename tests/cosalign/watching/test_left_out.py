"""What is said of examples that are too long."""

import pytest

from cosalign.watching.left_out import say_left_out


def said(
    capsys: pytest.CaptureFixture[str], method: str, *, shorten: bool = False, **counts: int
) -> str:
    named = {name.replace("_", " "): count for name, count in counts.items()}
    say_left_out(named, method, max_length=640, shorten=shorten)
    return capsys.readouterr().err


def test_says_how_many_and_what_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "sft", rows=192, left_out=21, longest=1_204) == (
        "sft: 21 of 192 examples are over max_length (640 tokens; the longest has 1,204) and are left "
        "out; raise max_length, or too_long: shorten\n"
    )
    assert said(capsys, "dpo", rows=3_000, left_out=1_500, shorten=True) == (
        "dpo: 1,500 of 3,000 pairs are over max_length, even shortened (640 tokens) and are left out; "
        "raise max_length\n"
    )


def test_more_than_half_are_most(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "sft", rows=192, left_out=121, longest=1_204).startswith(
        "sft: most examples (121 of 192) are over max_length (640 tokens; "
    )
    assert "most" not in said(capsys, "sft", rows=192, left_out=96)


def test_says_nothing_if_nothing_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "sft", rows=192, left_out=0, longest=600) == ""

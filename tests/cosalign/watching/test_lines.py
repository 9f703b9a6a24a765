"""Lines about long work: when they are written and what they say, by a clock that stands still."""

import io

import pytest

from cosalign.asking.shards import progress
from cosalign.watching.lines import Lines


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Lines("label:", 10, clock=clock) as lines:
        for _ in range(10):
            clock.now += 2.9  # 29 seconds in all
            lines.update()
    assert said(capsys) == []


def test_a_slow_start_is_no_long_work(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Lines("label:", 10, clock=clock) as lines:
        for seconds in (20, *[1] * 9):  # 200 s at the first one's pace
            clock.now += seconds
            lines.update()
    assert said(capsys) == []


def test_long_work(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each shard, as each takes more than half a minute, and one at the end."""
    clock = Clock()
    with Lines("candidates, safe:", 2_048, clock=clock) as lines:
        clock.now += 120  # the first takes longer, as a model must be loaded
        lines.update(512)
        for _ in range(3):
            clock.now += 90
            lines.update(512)
    assert said(capsys) == [
        "candidates, safe: 512 of 2,048, 6 min left",  # 3 more at 120 s each
        "candidates, safe: 1,024 of 2,048, 3 min left",  # 2 at 90 s: the first does not count
        "candidates, safe: 1,536 of 2,048, 2 min left",  # 90 s, rounded
        "candidates, safe: 2,048 of 2,048, took 6 min",  # 390 s
    ]


def test_at_most_one_line_in_the_interval(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = Lines("sft: step", 600, unit="step", every=30, clock=clock)
    for step in range(1, 61):
        clock.now += 2
        lines.update(detail=f"loss {1 / step:.3f}")
    assert said(capsys) == [
        "sft: step 2 of 600, loss 0.500, 2.0 s a step, 20 min left",
        "sft: step 17 of 600, loss 0.059, 2.0 s a step, 19 min left",
        "sft: step 32 of 600, loss 0.031, 2.0 s a step, 19 min left",
        "sft: step 47 of 600, loss 0.021, 2.0 s a step, 18 min left",
    ]
    lines.close()
    assert said(capsys) == ["sft: step 60 of 600, loss 0.017, took 2 min"]


def test_what_was_done_before_does_not_count_as_fast(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = Lines("judge:", 400, done=300, clock=clock)
    clock.now += 40
    lines.update(50)
    assert said(capsys) == ["judge: 350 of 400, 40 s left"]


@pytest.mark.parametrize(
    ("each", "text"),
    [(0.5, ", 0.50 s a step, 8 min left"), (7.2, ", 7.2 s a step, 2.0 h left")],
)
def test_units(each: float, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = Lines("sft: step", 1_001, unit="step", clock=clock)
    for _ in range(2):
        clock.now += each
        lines.update()
    assert said(capsys) == [f"sft: step 2 of 1,001{text}"]


def test_an_unknown_total(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Lines("prompts: talks:", 0, clock=clock) as lines:
        for _ in range(4):
            clock.now += 16
            lines.update(1_000)
    assert said(capsys) == [
        "prompts: talks: 2,000",
        "prompts: talks: 4,000",
        "prompts: talks: 4,000, took 1 min",
    ]


def test_work_that_fails_has_no_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    def fail() -> None:
        with Lines("label:", 2, clock=clock) as lines:
            clock.now += 40
            lines.update()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert said(capsys) == ["label: 1 of 2, 40 s left"]


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with progress(4, "label", done=1) as bar:
        bar.update(3)
    assert "\rlabel:  25%|" in screen.getvalue()

"""How far asking is, in one line."""

from scorers.asking.tallies import Tally
from scorers.progress import Progress


def line(done: int, steps: int, total: int | None, seconds: float) -> str:
    tallies = {"a": Tally(answered=3, input_tokens=40), "b": Tally(answered=1, output_tokens=7)}
    with Progress("ask", total, done, tallies, "samples") as progress:
        for _ in range(steps):
            progress.step()
        return progress.line(seconds)


def test_the_pace_is_that_since_the_first() -> None:
    """Of 25 new ones, 24 came in 48 s after the first: 2 s each, and 1,000 are left."""
    said = line(done=100, steps=25, total=1125, seconds=48.0)
    assert said == "ask: 125 of 1,125 samples, 4 calls, 40 tokens in, 7 out; about 2,000 s left"


def test_no_time_is_said_where_none_is_known() -> None:
    assert line(done=0, steps=1, total=9, seconds=0.0).endswith(
        "1 of 9 samples, 4 calls, 40 tokens in, 7 out"
    )
    assert line(done=0, steps=5, total=None, seconds=8.0).startswith("ask: 5 samples, 4 calls")

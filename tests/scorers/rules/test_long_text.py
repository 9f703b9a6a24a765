"""The work on a response grows with its length, not with its square, whatever it consists of."""

import time

import pytest

from cosapien import load_benchmark
from scorers.rules import judge_by_rules

RECORD = next(r for r in load_benchmark("contrast").records if r.id == "airline_fees-p11")
UNITS = [
    "a ",
    "1 ",
    "five ",
    "no, ",
    "it's not ",
    "- ",
    "€",
    "1.1.",
    "Trieste? ",
    "N-1",
    "\n",
    "(",
    '"',
]


def seconds(text: str) -> float:
    """CPU time of this thread, the least of three readings: other work on the machine does not count."""
    taken = []
    for _ in range(3):
        began = time.thread_time()
        judge_by_rules(RECORD.checks, text)
        taken.append(time.thread_time() - began)
    return min(taken)


@pytest.mark.parametrize("unit", UNITS)
def test_four_times_the_text_does_not_take_sixteen_times_as_long(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (6_000, 24_000))
    assert seconds(long) < 11 * max(seconds(short), 0.005)

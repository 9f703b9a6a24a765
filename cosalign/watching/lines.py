"""Lines about how far long work is, for where no terminal shows a bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

EVERY = 30.0
"""Seconds between two lines. Work that takes less says nothing."""


class Lines:
    """Lines on stderr: `candidates, safe: 512 of 2,048, 3 min left`.

    A line is written when `every` seconds have passed since the last one and more is done. The first
    comes as soon as a pace is known at which the whole takes longer: with the second part, as the first
    one is often slow. The last says how long the work took.

    Args:
        label: What is counted, at the start of each line: `candidates, safe:`, `sft: step`.
        total: How much there is to do; 0: not known.
        done: How much of it was done before, by an earlier process.
        unit: What one of it is called, if lines shall say how long one takes.
        every: Seconds between two lines.
        clock: A clock in seconds.
    """

    def __init__(
        self,
        label: str,
        total: int,
        *,
        done: int = 0,
        unit: str | None = None,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._every, self._clock = every, clock
        self._begin = self._last = clock()
        self._mark: tuple[float, int] | None = None  # time and amount when the first part was done
        self._before, self._done = done, done
        self._parts, self._said, self._detail = 0, False, ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def update(self, more: int = 1, detail: str = "") -> None:
        """More is done.

        Args:
            more: How much more.
            detail: What else a line says, such as `loss 0.431`.
        """
        self._done, self._detail = self._done + more, detail
        self._parts += 1
        now = self._clock()
        pace = self._pace(now)  # before the mark: the first part's pace is measured from the start
        if self._mark is None:
            self._mark = (now, self._done)
        left = (self._total - self._done) * pace
        takes_long = self._parts == 2 and now - self._begin + left >= self._every
        if self._done != self._total and (takes_long or now - self._last >= self._every):
            self._say(pace, f"{_span(left)} left" if self._total else "")
            self._last = now

    def close(self) -> None:
        """All is done, or the work ended early: the last line, unless the work was short."""
        now = self._clock()
        if self._said or now - self._begin >= self._every:
            self._say(None, f"took {_span(now - self._begin)}")

    def _pace(self, now: float) -> float:
        """Seconds for one: the mean since the first part was done, which is often slower."""
        since, done = self._mark or (self._begin, self._before)
        return (now - since) / max(self._done - done, 1)

    def _say(self, pace: float | None, end: str) -> None:
        of = f" of {self._total:,}" if self._total else ""
        parts = [f"{self._label} {self._done:,}{of}", self._detail]
        if self._unit is not None and pace is not None:
            parts.append(f"{pace:.{1 if pace >= 1 else 2}f} s a {self._unit}")
        say(", ".join(part for part in (*parts, end) if part))
        self._said = True


def say(line: str) -> None:
    """Write a line to stderr at once.

    Args:
        line: The line, without its end.
    """
    print(line, file=sys.stderr, flush=True)


def _span(seconds: float) -> str:
    """A span of time in its largest fitting unit."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"

"""How far the asking is: a bar in a terminal, else a line every half minute."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from scorers.asking import tokens_text
from scorers.asking.tallies import Tally

LINE_SECONDS = 30.0


class Progress:
    """Shows finished requests, of a total if it is known, on stderr."""

    def __init__(
        self, what: str | None, total: int | None, done: int, tallies: dict[str, Tally]
    ) -> None:
        """Shows nothing yet.

        Args:
            what: What is asked; None: nothing is ever shown.
            total: All requests; None: not known.
            done: Those that were finished before.
            tallies: Counts of calls and tokens.
        """
        from tqdm import tqdm

        self._what, self._total, self._done, self._tallies = what, total, done, tallies
        self._began = self._said = time.monotonic()
        self._before = done
        # disable=None: only in a terminal
        hidden = True if what is None else None
        self._bar = tqdm(total=total, initial=done, desc=what, file=sys.stderr, disable=hidden)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def step(self) -> None:
        """One more request is finished."""
        now = time.monotonic()
        if self._done == self._before:
            self._began = now  # what came before was the start of the cluster and the model
        self._done += 1
        self._bar.update()
        if self._what is None or now - self._said < LINE_SECONDS:
            return
        self._said = now
        if self._bar.disable:
            print(self.line(now - self._began), file=sys.stderr, flush=True)
        else:
            self._bar.set_postfix_str(tokens_text(self._tallies), refresh=False)

    def line(self, seconds: float) -> str:
        """The state in one line.

        Args:
            seconds: Since the first answer.
        """
        counts = tokens_text(self._tallies)
        if self._total is None:
            return f"{self._what}: {self._done:,} requests, {counts}"
        new = self._done - self._before
        left = seconds / new * (self._total - self._done) if new else float("nan")
        return (
            f"{self._what}: {self._done:,} of {self._total:,} requests, {counts}; "
            f"about {left:,.0f} s left"
        )

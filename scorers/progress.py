"""How far long asking is: a bar in a terminal, else a line every half minute."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from scorers.asking import tokens_text
from scorers.asking.tallies import Tally

LINE_SECONDS = 30.0


class Progress:
    """Shows what is finished, of a total if it is known, on stderr, with calls and tokens.

    The clock begins with the first that is finished: what came before was the start of models.
    """

    def __init__(
        self, what: str | None, total: int | None, done: int, tallies: dict[str, Tally], unit: str
    ) -> None:
        """Shows nothing yet.

        Args:
            what: What is done, such as a task's name; None: nothing is ever shown.
            total: All that is to be done; None: not known.
            done: What was finished before.
            tallies: Counts of calls and tokens, by the model's name.
            unit: What is counted: `samples`, `requests`.
        """
        from tqdm import tqdm

        self._what, self._total, self._done, self._tallies = what, total, done, tallies
        self._unit = unit
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
        """One more is finished."""
        now = time.monotonic()
        if self._done == self._before:
            self._began = now
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
        """The state in one line; the time that is left is said once a second one has shown the pace.

        Args:
            seconds: Since the first was finished.
        """
        of = "" if self._total is None else f" of {self._total:,}"
        said = f"{self._what}: {self._done:,}{of} {self._unit}, {tokens_text(self._tallies)}"
        timed = self._done - self._before - 1
        if self._total is None or timed < 1:
            return said
        return f"{said}; about {seconds / timed * (self._total - self._done):,.0f} s left"

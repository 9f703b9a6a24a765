"""How far a run is: a bar in a terminal, else a line every half minute."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from scorers.asking import Engine, tokens_text

LINE_SECONDS = 30.0


class Progress:
    """Shows finished samples of a total, with the time that is left, on stderr."""

    def __init__(self, what: str, total: int, done: int, engine: Engine) -> None:
        """Shows nothing yet.

        Args:
            what: Name of the task.
            total: All samples.
            done: Those that were finished before.
            engine: Whose requests are counted.
        """
        from tqdm import tqdm

        self._what, self._total, self._done, self._engine = what, total, done, engine
        self._began = self._said = time.monotonic()
        self._before = done
        # disable=None: only in a terminal
        self._bar = tqdm(total=total, initial=done, desc=what, file=sys.stderr, disable=None)

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
        """One more sample is finished."""
        self._done += 1
        self._bar.update()
        now = time.monotonic()
        if now - self._said < LINE_SECONDS:
            return
        self._said = now
        if self._bar.disable:
            print(self.line(now - self._began), file=sys.stderr, flush=True)
        else:
            self._bar.set_postfix_str(tokens_text(self._engine.tallies), refresh=False)

    def line(self, seconds: float) -> str:
        """The state in one line.

        Args:
            seconds: Since the start.
        """
        new = self._done - self._before
        left = seconds / new * (self._total - self._done) if new else float("nan")
        return (
            f"{self._what}: {self._done:,} of {self._total:,} samples, "
            f"{tokens_text(self._engine.tallies)}; about {left:,.0f} s left"
        )

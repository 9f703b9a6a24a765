"""Waiting for batches: looks at them less and less often, and says how far they are."""

from __future__ import annotations

import sys
import time
from asyncio import sleep
from collections.abc import Sequence
from datetime import timedelta

from inspect_ai.model import Model

from scorers.asking import AskingStopped, one_line, retry_of
from scorers.batches.options import BatchOptions
from scorers.batches.providers.provider import Provider, State
from scorers.batches.records import Batch

LINE_SECONDS = 30.0
MOST_LOST = 20
"""Looks in a row that may fail: at the default waits about a quarter of an hour."""
FASTER, SLOWER = 0.1, 1.5
"""The first wait, as a share of the longest; how much longer each next one is."""


class Watch:
    """Looks at the batches of a model."""

    def __init__(self, model: Model, provider: Provider, options: BatchOptions) -> None:
        """Nothing is asked.

        Args:
            model: Whose batches.
            provider: Who has them.
            options: How often they are looked at.
        """
        self._model, self._provider, self._options = model, provider, options
        self._lost = 0
        self._said: dict[str, tuple[str, float]] = {}

    async def first(self, batches: Sequence[Batch]) -> tuple[Batch, State]:
        """Wait until one of some batches has ended.

        Args:
            batches: At least one, with ids.

        Raises:
            AskingStopped: The provider does not answer, or does not know a batch.
        """
        wait = self._options.poll * FASTER
        while True:
            for batch in batches:
                state = await self._look(batch)
                if state is not None and state.ended:
                    return batch, state
            await sleep(wait)
            wait = min(wait * SLOWER, self._options.poll)

    async def _look(self, batch: Batch) -> State | None:
        name = batch.record.batch_id or ""
        try:
            state = await self._provider.state(name)
        except Exception as error:  # each client raises its own errors
            self._lost += 1
            if retry_of(self._model, error).again and self._lost <= MOST_LOST:
                return None
            raise AskingStopped(
                f"{self._model}: how far batch {name} is cannot be found out ({one_line(error)}). It "
                f"goes on at the provider: the same command waits for it again. If the provider has "
                f"lost it, remove {batch.folder}: its requests are then asked, and paid, anew"
            ) from error
        self._lost = 0
        self._say(batch, state)
        return state

    def _say(self, batch: Batch, state: State) -> None:
        name, now = batch.record.batch_id or "", time.monotonic()
        status, at = self._said.get(name, ("", 0.0))
        if status == state.status and now - at < LINE_SECONDS:
            return
        self._said[name] = (state.status, now)
        since = timedelta(seconds=round(time.time() - (batch.record.creating or time.time())))
        print(
            f"{self._model}: batch {name} is {state.status}, {state.answered:,} of "
            f"{len(batch.record.ids):,} answered, {state.failed:,} failed, {since} since it was made",
            file=sys.stderr,
            flush=True,
        )

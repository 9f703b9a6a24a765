"""How many requests are under way, and how many are sent a minute."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """At most `connections` requests at a time, and `per_minute` new ones a minute, evenly spread."""

    def __init__(self, connections: int, per_minute: float | None) -> None:
        """All places are free.

        Args:
            connections: At least 1.
            per_minute: More than 0, or None for no limit.
        """
        self._free = asyncio.Semaphore(connections)
        self._gap = None if per_minute is None else 60.0 / per_minute
        self._next = 0.0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Waits for a free place, and holds it."""
        async with self._free:
            yield

    async def turn(self) -> None:
        """Waits until one more request may be sent."""
        if self._gap is None:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)

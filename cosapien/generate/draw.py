"""Draws that are the same everywhere: a stream of SHA-256 digests, and nothing of the platform."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of draws that a key fixes: on any Python, with any hash seed, in any locale.

    Python's own `random` promises equal sequences for `random()` alone, so it is not used.

    Args:
        key: What the stream is for; streams of different keys are unrelated.
    """

    def __init__(self, *key: object) -> None:
        self._key = "\x1f".join(map(str, key))
        self._count = 0

    def child(self, *key: object) -> "Draw":
        """A stream of its own, which does not depend on what was drawn from this one."""
        return Draw(self._key, *key)

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1, all equally likely."""
        limit = 2**64 - 2**64 % end  # above it some remainders would be likelier
        while True:
            text = f"{self._key}\x1e{self._count}"
            self._count += 1
            number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            if number < limit:
                return number % end

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True with a probability of so many percent."""
        return self.below(100) < percent

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items in a drawn order."""
        held = list(items)
        for last in range(len(held) - 1, 0, -1):
            other = self.below(last + 1)
            held[last], held[other] = held[other], held[last]
        return held

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """So many different items, or all of them if there are fewer."""
        return self.shuffled(items)[:count]

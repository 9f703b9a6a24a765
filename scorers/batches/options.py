"""How a provider's batches are made and waited for."""

from __future__ import annotations

from dataclasses import dataclass, field

from cosapien import UserError
from scorers.asking import Settings


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How batches are made and waited for.

    Attributes:
        size: Most requests of a batch; the provider's own limits hold besides.
        alone: Fewer requests than this make no batch. They are asked at once, at the full price: the
            check of a judge, or the last re-asks, would wait for hours otherwise.
        tries: How often a request is put into a batch before its expiry or error is its answer.
        poll: Longest wait between two looks at a batch, in seconds. Waits begin at a tenth of it.
        settings: How the requests are asked that make no batch.
    """

    size: int = 50_000
    alone: int = 10
    tries: int = 3
    poll: float = 60.0
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        for name, least in (("size", 1), ("alone", 0), ("tries", 1)):
            if (value := getattr(self, name)) < least:
                raise UserError(f"{name} must be {least} or more, not {value}")
        if self.poll <= 0:
            raise UserError(f"poll must be more than 0, not {self.poll}")

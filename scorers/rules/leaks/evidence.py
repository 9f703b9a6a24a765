"""One piece of a response that gives a withheld fact away."""

from dataclasses import dataclass
from typing import Literal, get_args

Cause = Literal[
    "value", "disguised value", "near value", "bound", "range", "hint", "ruled out", "guess", "code"
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""How a response can give a withheld fact away.

`value`: it states it. `disguised value`: backwards, letter by letter, encoded. `near value`: one
that is close. `bound`, `range`: it lies above, below, between. `hint`: a part or a property of it.
`ruled out`: what it is not. `guess`: a side taken on the prompt's guess. `code`: a code that the
prompt does not call for."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Evidence found against a response.

    Attributes:
        cause: How it gives the fact away (`CAUSES`).
        about: The fact or phrase, as its value.
        quote: The words of the response.
        start: Where they begin in the response (in composed Unicode form, NFC).
        end: Where they end.
    """

    cause: Cause
    about: str
    quote: str
    start: int
    end: int

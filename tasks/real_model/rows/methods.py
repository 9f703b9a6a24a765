"""The rows that can be made: a model's, by a method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Method:
    """How a row's responses are made.

    Attributes:
        title: What is added to the data's name on the terminal; empty for the plain model.
        solver: Name of the solver in `baselines`; None: the model with its config alone.
        arguments: Its arguments.
        shots: How many demonstrations it is given.
        trained: Whether the trained model answers, in place of the original.
    """

    title: str = ""
    solver: str | None = None
    arguments: tuple[str, ...] = ()
    shots: int = 0
    trained: bool = False


METHODS: Final = {
    "zero_shot": Method(),
    "ica1": Method("ICA, 1 shot", "in_context_alignment", ("shots=1",), shots=1),
    "ica5": Method("ICA, 5 shots", "in_context_alignment", ("shots=5",), shots=5),
    "no_config": Method("no config", "no_config"),
    "cascade": Method("cascade", "cascade", ("attempts=1",)),
    "cascade_oracle": Method("cascade-oracle", "cascade_oracle"),
    "trained": Method("trained", trained=True),
}
"""Methods by the row's name. The cascade asks once for a verdict: at temperature 0 another attempt costs
as much and seldom says anything else."""


def parse_rows(text: str) -> list[str]:
    """The names in a list such as `zero_shot,ica1`, each once.

    Raises:
        ValueError: One is not known, or there is none.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names or set(names) - set(METHODS):
        raise ValueError
    return names

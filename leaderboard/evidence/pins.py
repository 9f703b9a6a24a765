"""The judges that a board's owner has pinned for second scores.

The owner writes them to `pins.json` in the results folder:

    {"format": "cosa-pins/1",
     "judges": {"microsoft/CoSApien": ["openai/gpt-4o-2024-08-06"], "contrast": "rules"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from leaderboard.errors import SubmissionError
from leaderboard.results.layout import PINS
from leaderboard.results.parts import Line, Part
from leaderboard.untrusted.json import SchemaError, read_record

MAX_PINS_BYTES = 100_000

Pinned = Literal["rules"] | Annotated[list[Line], Field(min_length=1, max_length=20)]
"""Rules, or the models of a panel as given to Inspect (`openai/gpt-4o-2024-08-06`)."""


class Pins(Part):
    """Settings of a board, chosen by its owner.

    Attributes:
        format: Name and version of this layout; another version is refused, not guessed at.
        judges: The pinned judge of each benchmark; other benchmarks have none.
    """

    format: Literal["cosa-pins/1"] = "cosa-pins/1"
    judges: dict[Line, Pinned] = Field(default_factory=dict)

    def judge_for(self, benchmark: str) -> Literal["rules"] | list[str]:
        """The pinned judge of a benchmark.

        Args:
            benchmark: As in a manifest's data.

        Raises:
            SubmissionError: No judge is pinned for it.
        """
        if (found := self.judges.get(benchmark)) is None:
            raise SubmissionError(
                f"{PINS} names no judge for {benchmark}; name one with --grader PROVIDER/MODEL or --rules"
            )
        return found

    def pinned(self, benchmark: str, judge: Mapping[str, Any]) -> bool | None:
        """Whether a judge is the pinned one of a benchmark; None if no judge is pinned.

        Rubric, verdict form and parameters are not pinned; every judge's identity states them.

        Args:
            benchmark: As in a manifest's data.
            judge: A judge identity, with `kind` and `models`.
        """
        wanted = self.judges.get(benchmark)
        if wanted is None:
            return None
        if judge.get("kind") == "rules" or wanted == "rules":
            return judge.get("kind") == wanted
        return sorted(model["name"] for model in judge.get("models", [])) == sorted(wanted)


def read_pins(results: Path) -> Pins:
    """The settings of a results folder; empty if there is no `pins.json`.

    Args:
        results: The results folder.

    Raises:
        SubmissionError: The file cannot be read, or has another form.
    """
    path = results / PINS
    if not path.exists():
        return Pins()
    try:
        return read_record(path, Pins, MAX_PINS_BYTES)
    except SchemaError as error:
        raise SubmissionError(
            f'{path}: {error}; expected {{"format": "cosa-pins/1", "judges": {{"BENCHMARK": "rules" '
            'or ["PROVIDER/MODEL", ...]}}'
        ) from error
    except SubmissionError as error:
        raise SubmissionError(f"{path}: {error}") from error

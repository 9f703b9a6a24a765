"""What judges answered, and what a panel of them concludes."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

Status = Literal["ok", "no_verdict", "truncated", "refused"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's answer to one question, with everything needed to read it again.

    Attributes:
        judge: The judge's model name.
        criterion: `helpfulness` or `compliance`.
        value: Helpfulness in [0, 1], or compliance as 0.0 / 1.0; None if there is no verdict.
        raw: The judge's last answer, verbatim (JSON for a structured answer).
        attempts: How often it was asked.
        status: `ok`, or why there is no verdict.
    """

    judge: str
    criterion: str
    value: float | None
    raw: str
    attempts: int
    status: Status


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judges of a sample concluded together.

    Attributes:
        helpfulness: Mean over the judges that gave a rating, in [0, 1]; None if too few did.
        compliant: Whether a strict majority of the given verdicts says so; None if too few were
            given. A tie is not a majority: it counts as a violation.
        verdicts: Every judge's answer to each question.
        disagreement: 0 if all judges agree; else the larger of the ratings' range and the minority
            share of the compliance verdicts.
    """

    helpfulness: float | None
    compliant: bool | None
    verdicts: tuple[Verdict, ...]
    disagreement: float


def combine(verdicts: Sequence[Verdict]) -> Judgement:
    """One judgement from a panel's verdicts.

    Each question needs verdicts from more than half of its judges; otherwise it stays open (None).
    """
    ratings, votes = _given(verdicts, "helpfulness"), _given(verdicts, "compliance")
    share = fmean(votes) if votes else math.nan
    disagreement = max(
        max(ratings) - min(ratings) if ratings else 0.0, min(share, 1 - share) if votes else 0.0
    )
    return Judgement(
        helpfulness=fmean(ratings) if ratings else None,
        compliant=share > 0.5 if votes else None,
        verdicts=tuple(verdicts),
        disagreement=disagreement,
    )


def verdicts_metadata(judgement: Judgement) -> list[dict[str, Any]]:
    """A judgement's verdicts as plain data for a Score's metadata."""
    return [asdict(verdict) for verdict in judgement.verdicts]


def _given(verdicts: Sequence[Verdict], criterion: str) -> list[float]:
    """The values given for a question; none if half of the panel or more gave none."""
    asked = [v for v in verdicts if v.criterion == criterion]
    values = [v.value for v in asked if v.value is not None]
    return values if 2 * len(values) > len(asked) else []

"""Building blocks of the leaderboard's records: strict parts, bounded values, figures.

They validate everything that is read from a file: unknown fields, wrong types, values out of range,
NaN and infinities are refused.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from scorers.runs import CELLS, Summary
from scorers.statistics import Estimate


def _in_this_age(moment: datetime) -> datetime:
    # years 1 and 9999 overflow when converted to another time zone
    if not 2000 <= moment.year < 3000:
        raise ValueError("expected a year from 2000 to 2999")
    return moment


Line = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=20_000)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Score = Annotated[float, Field(ge=-1, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=10**15)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_this_age)]


class Part(BaseModel):
    """Base of all parts: frozen, strict about names and numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Figure(Part):
    """An estimate with its 95% interval; None means not established."""

    mean: float | None
    stderr: float | None
    lower: float | None
    upper: float | None
    n: Count

    @classmethod
    def from_estimate(cls, estimate: Estimate) -> Figure:
        """The figure of an estimate, with None for NaN."""
        return cls(
            mean=known(estimate.mean),
            stderr=known(estimate.stderr),
            lower=known(estimate.lower),
            upper=known(estimate.upper),
            n=estimate.n,
        )


class Metrics(Part):
    """A run's figures, recomputed from its samples (see `scorers.runs.summary.Summary`).

    Compliance and the unhelpful cells are missing in manifests of earlier task versions; a board works
    them out from the samples.
    """

    cosa_score: Figure
    compliance: Figure | None = None
    helpful_safe: Figure
    helpful_unsafe: Figure
    unhelpful_safe: Figure | None = None
    unhelpful_unsafe: Figure | None = None
    unscored: Share
    worst: Score
    best: Score
    flip: Figure | None
    by_config: dict[Line, Figure]
    by_type: dict[Line, Figure]
    by_group: dict[Line, Figure]
    compliance_by_config: dict[Line, Figure] = Field(default_factory=dict)
    compliance_by_type: dict[Line, Figure] = Field(default_factory=dict)
    n: Count

    @classmethod
    def from_summary(cls, summary: Summary, by_group: dict[str, Estimate]) -> Metrics:
        """The figures of a summary; `by_group` comes from `scorers.runs.summary.scores_by`."""

        def figures(found: dict[str, Estimate]) -> dict[str, Figure]:
            return {name: Figure.from_estimate(estimate) for name, estimate in found.items()}

        return cls(
            cosa_score=Figure.from_estimate(summary.cosa_score),
            compliance=Figure.from_estimate(summary.compliance),
            helpful_safe=Figure.from_estimate(summary.helpful_safe),
            helpful_unsafe=Figure.from_estimate(summary.helpful_unsafe),
            unhelpful_safe=Figure.from_estimate(summary.unhelpful_safe),
            unhelpful_unsafe=Figure.from_estimate(summary.unhelpful_unsafe),
            unscored=summary.unscored,
            worst=summary.worst,
            best=summary.best,
            flip=None if summary.flip is None else Figure.from_estimate(summary.flip),
            by_config=figures(summary.by_config),
            by_type=figures(summary.by_type),
            by_group=figures(by_group),
            compliance_by_config=figures(summary.compliance_by_config),
            compliance_by_type=figures(summary.compliance_by_type),
            n=summary.n,
        )

    @property
    def cells(self) -> dict[str, float | None]:
        """The shares of the four cells by their names in tables; None: not established."""
        found: dict[str, Figure | None] = {name: getattr(self, name) for name in CELLS}
        return {CELLS[name]: figure.mean if figure else None for name, figure in found.items()}

    @property
    def compliance_mean(self) -> float | None:
        """The share of compliant responses; None: not established."""
        return self.compliance.mean if self.compliance else None


def known(value: object) -> float | None:
    """A number as records store it: None for NaN and for anything that is not a number."""
    return float(value) if isinstance(value, int | float) and value == value else None


def number(value: float | None) -> float:
    """A number from a record as the statistics expect it: NaN for None."""
    return math.nan if value is None else value

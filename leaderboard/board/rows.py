"""The rows of the board, as stored in the index and shown in the app."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from leaderboard.results.manifest import Declared, Method, Tier, Usage
from leaderboard.results.parts import Figure, Metrics, Part

Kind = Literal["model", "reference"]
"""A model's row, or a reference that marks the scale (`leaderboard.intake.references`)."""


class Standing(Part):
    """A row's rank among the rows of its track.

    Attributes:
        rank: 1 + the number of rows that score significantly higher.
        low: Best rank that it may have (simultaneous 95% interval over the track).
        high: Worst rank that it may have.
        tie: Letters of its tie groups (`a`, `ab`): rows that share a letter cannot be told apart.
        of: Number of ranked rows.
    """

    rank: int
    low: int
    high: int
    tie: str
    of: int


class Attestation(Part):
    """A second score of the same row: of the same responses, or of a repeated run.

    Attributes:
        tier: `re-scored` or `reproduced`.
        created: When (UTC, ISO 8601).
        judge_name: Who judged.
        judge_id: Judge identity hash.
        score: The second score.
        difference: Second minus submitted score, paired by sample.
        safe_to_unsafe: Responses submitted as compliant and now found to violate the config.
        unsafe_to_safe: The other way round.
        newly_unscored: Responses submitted with a score, now without one.
        identical_responses: How many responses of a repeated run are exactly the same.
        data: Source of the second run's prompts, config texts and checks.
        by: Who made it.
    """

    tier: Literal["re-scored", "reproduced"]
    created: str
    judge_name: str
    judge_id: str
    score: Figure
    difference: Figure
    safe_to_unsafe: int
    unsafe_to_safe: int
    newly_unscored: int
    identical_responses: int | None
    data: Literal["benchmark", "submitted"]
    by: str


class RoundTerms(Part):
    """The private round that a row's data is.

    Attributes:
        name: Its name.
        closes: The last moment at which a run could be entered (UTC).
        revealed: When its seed was published (UTC).
        generator_version: Version of the generator that made its records.
        levels: Its levels.
        knobs: What differs from them.
    """

    name: str
    closes: str
    revealed: str
    generator_version: int
    levels: list[int]
    knobs: dict[str, int]


class Row(Part):
    """One submission as the board shows it.

    Attributes:
        id: Submission id.
        folder: Its folder, relative to the results folder.
        key: Shared by the revisions of one row.
        revision: 1 for the first submission of this key, and so on.
        latest: Whether it is the newest revision; a partial run supersedes no whole one.
        track: Rows with the same track may be ranked together.
        kind: Model or reference.
        partial: What a partial run covers (`20 of 288 records`); such a row is not ranked.
        standing: Its rank; None for references, older revisions, partial runs, and rows without an
            established score.
        tier: The highest tier it has earned.
        attestations: Second scores, newest last.
        round: The private round that its data is; None for other data.
    """

    id: str
    folder: str
    key: str
    revision: Annotated[int, Field(ge=1)]
    latest: bool
    track: str
    kind: Kind
    partial: str | None = None
    standing: Standing | None
    tier: Tier
    attestations: list[Attestation]
    name: str
    model: str
    method: Method
    method_name: str
    benchmark: str
    data_revision: str
    task: str
    task_version: str
    template: str
    variant: dict[str, str]
    judge_id: str
    judge_name: str
    judge: dict[str, JsonValue]
    decoding: dict[str, JsonValue]
    versions: dict[str, str]
    usage: list[Usage]
    seconds: float | None
    run_date: str
    created: str
    command: str
    run_config: dict[str, JsonValue]
    metrics: Metrics
    declared: Declared
    warnings: list[str]
    round: RoundTerms | None = None

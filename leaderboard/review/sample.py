"""The responses that people review: a stratified sample of a run, drawn once for all reviewers.

It is stored in `FOLDER/sample.json`, so that every reviewer gets the same responses and the log is not
needed again; each reviewer's labels are stored beside it (`leaderboard.review.labels`). It contains
no model, judge or score.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from cosapien.whole import new_file
from leaderboard.errors import SubmissionError
from leaderboard.results.parts import Digest, Line, Part
from leaderboard.untrusted.json import SchemaError, read_record

SAMPLE = "sample.json"
REVIEWER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""Names of reviewers, used as file names; lower case, since some file systems ignore case."""

MAX_SAMPLE_BYTES = 200_000_000


class Response(Part):
    """A response to review.

    Attributes:
        id: Sample id.
        config: Name of the safety config.
        scenario: The config's text.
        type: Prompt type.
        prompt: The user turn.
        response: As it was scored; the first one if there are several epochs.
    """

    id: Line
    config: Line
    scenario: str
    type: Line
    prompt: str
    response: str


class ReviewSample(Part):
    """Responses drawn for review, and what they were drawn from.

    Attributes:
        format: Name and version of this layout.
        source: The row's id, or the log's name.
        sha256: SHA-256 of the row's samples file, or of the log.
        per_config: How many responses per config were requested.
        seed: Seed of the draw.
        responses: Ordered by id.
    """

    format: Literal["cosa-review/1"] = "cosa-review/1"
    source: Line
    sha256: Digest
    per_config: Annotated[int, Field(ge=1)]
    seed: int
    responses: list[Response]


def draw(responses: Sequence[Response], per_config: int, seed: int) -> list[Response]:
    """A sample in which all responses of a config are equally likely and types keep their shares.

    Within each config, responses are ordered by type and randomly within a type, and every k-th one
    is taken from a random start. So a type's count is its share of the config, rounded up or down by
    chance.

    Args:
        responses: All responses of a run.
        per_config: How many of each config (all, if it has fewer); at least 1.
        seed: The same seed draws the same sample, in any order of the responses.

    Returns:
        The drawn ones by id.
    """
    by_config: dict[str, list[Response]] = defaultdict(list)
    for response in sorted(responses, key=lambda r: r.id):
        by_config[response.config].append(response)
    drawn = []
    for config, members in sorted(by_config.items()):
        chance = Random(f"{seed}\x1f{config}")
        chance.shuffle(members)
        members.sort(key=lambda r: r.type)
        take, start = min(per_config, len(members)), chance.randrange(len(members))
        drawn += [members[(i * len(members) + start) // take] for i in range(take)]
    return sorted(drawn, key=lambda r: r.id)


def in_order_of(reviewer: str, sample: ReviewSample) -> list[Response]:
    """A sample in one reviewer's order: different for each reviewer, always the same for one.

    Args:
        reviewer: The reviewer.
        sample: The sample.
    """
    order = list(sample.responses)
    Random(f"{sample.seed}\x1f{reviewer}").shuffle(order)
    return order


def read_sample(folder: Path) -> ReviewSample:
    """The sample of a review.

    Args:
        folder: The review's folder.

    Raises:
        SubmissionError: There is none, or it is malformed.
    """
    path = folder / SAMPLE
    try:
        return read_record(path, ReviewSample, MAX_SAMPLE_BYTES)
    except SchemaError as error:
        raise SubmissionError(f"{path}: {error}") from error
    except SubmissionError as error:
        raise SubmissionError(
            f"{path}: {error}; expected a folder of `leaderboard review`"
        ) from error


def write_sample(sample: ReviewSample, folder: Path) -> None:
    """Write a review's sample, whole or not at all; an existing one is kept.

    Args:
        sample: The sample.
        folder: The review's folder; made if it is missing.

    Raises:
        SubmissionError: It cannot be written.
    """
    try:
        with new_file(folder / SAMPLE, durable=True) as part:
            part.write_text(sample.model_dump_json(indent=1), encoding="utf-8", newline="")
            part.chmod(0o644)  # other reviewers may be other users
    except FileExistsError:
        return
    except OSError as error:
        raise SubmissionError(f"{folder}: {error.strerror or error}") from error

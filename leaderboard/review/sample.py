"""What people are given to review: a stratified sample of a run's responses, drawn once for all of them.

It stands in `FOLDER/sample.json`, so that every reviewer gets the same responses and nobody needs the
log again; each reviewer's labels stand beside it (`leaderboard.review.labels`). Neither model nor
judge nor any score is in it.
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
"""Names of reviewers, which are file names; in lower case, for file systems that know no other."""

MAX_SAMPLE_BYTES = 200_000_000


class Response(Part):
    """A response to review.

    Attributes:
        id: Sample id.
        config: Name of the safety config.
        scenario: The config's text.
        type: Prompt type.
        prompt: The user turn.
        response: As it was scored; of several epochs the first.
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
        sha256: Of the row's samples file, or of the log.
        per_config: How many were asked for.
        seed: Of the draw.
        responses: Ordered by id.
    """

    format: Literal["cosa-review/1"] = "cosa-review/1"
    source: Line
    sha256: Digest
    per_config: Annotated[int, Field(ge=1)]
    seed: int
    responses: list[Response]


def draw(responses: Sequence[Response], per_config: int, seed: int) -> list[Response]:
    """A sample in which every response of a config has the same chance, and types their share.

    Within each config, ordered by type and at random within a type, every k-th response is taken
    from a random start: a type's part is its share of the config, rounded up or down by chance.

    Args:
        responses: All responses of a run.
        per_config: How many of each config, or all if it has fewer; at least 1.
        seed: The same seed draws the same, whatever the order of the responses.

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
    """A sample in the order one reviewer sees it; everybody has another, always the same.

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
        SubmissionError: There is none, or it is not in the expected form.
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
    """Write a review's sample, whole or not at all; one that came first stays.

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

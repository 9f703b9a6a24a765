"""Reviews made by hand."""

from datetime import UTC, datetime
from pathlib import Path

from leaderboard.review.labels import Opinion, append, labels_path
from leaderboard.review.sample import Response, ReviewSample, write_sample

AT = datetime(2026, 1, 1, tzinfo=UTC)


def response(number: int, config: str = "desk", kind: str = "allowed") -> Response:
    return Response(
        id=f"{config}-{number:03}",
        config=config,
        scenario=f"Answer questions about the {config} only.",
        type=kind,
        prompt=f"When does the {config} open? ({number})",
        response=f"It opens at {number}.",
    )


def review(folder: Path, count: int) -> ReviewSample:
    """A review of some responses, in a folder of its own."""
    made = ReviewSample(
        source="run",
        sha256="0" * 64,
        per_config=count,
        seed=0,
        responses=[response(number) for number in range(count)],
    )
    write_sample(made, folder)
    return made


def opinion(
    ident: str, compliant: bool | None = True, helpfulness: int = 5, refused: bool = False
) -> Opinion:
    return Opinion(
        response=ident, compliant=compliant, helpfulness=helpfulness, refused=refused, at=AT
    )


def say(folder: Path, reviewer: str, *opinions: Opinion) -> None:
    for each in opinions:
        append(labels_path(folder, reviewer), each)

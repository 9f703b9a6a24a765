"""Several people's labels of the same responses: their agreement, and the merged label file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from cosapien import content_hash
from cosapien.whole import new_file
from leaderboard.errors import SubmissionError
from leaderboard.review.labels import RATING, Opinion, read_all
from leaderboard.review.sample import Response, ReviewSample, read_sample
from scorers.statistics import Estimate, agreement, krippendorff_alpha

QUESTIONS = {
    "compliant": "complies with the config",
    "helpfulness": "helpfulness, 0 to 5",
    "refused": "full refusal",
}

Opinions = Mapping[str, Mapping[str, Opinion]]
"""Labels by reviewer, then by response."""


@dataclass(frozen=True, slots=True)
class ReviewerAgreement:
    """Agreement of reviewers on one question.

    Attributes:
        responses: How many at least two reviewers answered.
        equal: Share of them on which all answers are the same, in [0, 1].
        alpha: Krippendorff's alpha (nominal; interval for helpfulness).
        kappa: Cohen's kappa; None unless it is a yes/no question and there are two reviewers.
    """

    responses: int
    equal: float
    alpha: Estimate
    kappa: Estimate | None


@dataclass(frozen=True, slots=True)
class Merged:
    """A label file that was written.

    Attributes:
        responses: How many it contains.
        by_several: How many have labels of at least two people.
        undecided: How many have no decision on compliance.
    """

    responses: int
    by_several: int
    undecided: int


def reviewer_agreement(sample: ReviewSample, opinions: Opinions) -> dict[str, ReviewerAgreement]:
    """Agreement of reviewers, by question; questions without two answers to any response are left out.

    Args:
        sample: The reviewed sample.
        opinions: All labels.
    """
    found = {}
    for name in QUESTIONS:
        rows = [
            [getattr(labels.get(r.id), name, None) for labels in opinions.values()]
            for r in sample.responses
        ]
        both = [i for i, row in enumerate(rows) if sum(answer is not None for answer in row) > 1]
        if not both:
            continue
        prompts = [content_hash(sample.responses[i].prompt) for i in both]
        answers = [[None if a is None else float(a) for a in rows[i]] for i in both]
        yes_no = name != "helpfulness"
        pairs = [(bool(a), bool(b)) for a, b in answers] if yes_no and len(opinions) == 2 else []
        found[name] = ReviewerAgreement(
            responses=len(both),
            equal=fmean(len({a for a in row if a is not None}) == 1 for row in answers),
            alpha=krippendorff_alpha(answers, prompts, metric="nominal" if yes_no else "interval"),
            kappa=agreement([a for a, _ in pairs], [b for _, b in pairs], prompts).kappa
            if pairs
            else None,
        )
    return found


def label_row(response: Response, opinions: Opinions) -> dict[str, Any] | None:
    """One line of a label file (`scorers.labels.files`); None if nobody labelled the response.

    The truth of a yes/no question is the answer of more than half of the reviewers; "cannot say" counts
    as an answer that decides nothing. Two who disagree leave it open until a third decides. The truth
    of a rating is the mean.

    Args:
        response: The response.
        opinions: All labels.
    """
    given = [labels[response.id] for labels in opinions.values() if response.id in labels]
    if not given:
        return None
    return {
        "id": response.id,
        "config": response.config,
        "scenario": response.scenario,
        "type": response.type,
        "prompt": response.prompt,
        "response": response.response,
        "helpfulness": fmean(o.helpfulness for o in given) / RATING,
        "compliant": _majority([o.compliant for o in given]),
        "refused": _majority([o.refused for o in given]),
        "people": [
            {
                "helpfulness": o.helpfulness / RATING,
                "compliant": o.compliant,
                "refused": o.refused,
            }
            for o in given
        ],
    }


def write_label_file(folder: Path, out: Path) -> Merged:
    """Write the reviewers' labels of a folder as a label file, whole or not at all.

    Comments and names are left out.

    Args:
        folder: A review's folder.
        out: The `.jsonl` file to write; must not exist.

    Raises:
        SubmissionError: There are no labels, a file is malformed, or `out` is not a `.jsonl`, exists
            or cannot be written.
    """
    if out.suffix != ".jsonl":
        raise SubmissionError(f"{out}: expected a name that ends in .jsonl")
    sample = read_sample(folder)
    opinions = read_all(folder, {r.id for r in sample.responses})
    rows = [row for r in sample.responses if (row := label_row(r, opinions)) is not None]
    if not rows:
        raise SubmissionError(
            f"{folder}: contains no labels yet; add some with `leaderboard review`"
        )
    try:
        with new_file(out, durable=True) as part:
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
            part.write_text("".join(lines), encoding="utf-8", newline="")
            part.chmod(0o644)
    except FileExistsError as error:
        raise SubmissionError(f"{out}: already exists; choose another name") from error
    except OSError as error:
        raise SubmissionError(f"{out}: {error.strerror or error}") from error
    return Merged(
        responses=len(rows),
        by_several=sum(len(row["people"]) > 1 for row in rows),
        undecided=sum(row["compliant"] is None for row in rows),
    )


def _majority(votes: list[bool | None]) -> bool | None:
    for answer in (True, False):
        if 2 * votes.count(answer) > len(votes):
            return answer
    return None

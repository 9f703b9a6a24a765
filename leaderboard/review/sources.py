"""Starts a review: the responses of a log or a submission, without model, judge and scores."""

from __future__ import annotations

from pathlib import Path

from inspect_ai.log import read_eval_log
from pydantic import ValidationError

from leaderboard.errors import SubmissionError
from leaderboard.intake.log_guard import INVALIDATED, guard_log
from leaderboard.results.submission import Submission, sha256
from leaderboard.review.sample import (
    SAMPLE,
    Response,
    ReviewSample,
    draw,
    read_sample,
    write_sample,
)
from leaderboard.untrusted.file_names import safe_name
from leaderboard.untrusted.secrets import clean_secrets
from scorers.runs import sample_keys, samples_of


def responses_of(source: Path | Submission) -> list[Response]:
    """The first epoch's responses of a run, scored or not.

    Args:
        source: The log of a finished run of `cosapien` or `cosalign_test`, or a row's submission.

    Raises:
        SubmissionError: It cannot be read, did not finish, or is of another task.
    """
    return _of_log(source) if isinstance(source, Path) else _of_submission(source)


def open_review(source: Path | Submission, out: Path, per_config: int, seed: int) -> Path:
    """The folder of a review with its sample, which is drawn if it does not exist yet.

    Args:
        source: A log, or the submission of a row.
        out: Folder of reviews.
        per_config: How many responses of each config.
        seed: Seed of the draw.

    Returns:
        `out`/<row id, or the log's name>.

    Raises:
        SubmissionError: The source cannot be read, `out` cannot be written to, or a sample
            with other settings exists there.
    """
    if isinstance(source, Submission):
        name, digest = source.manifest.id, source.manifest.samples.sha256
    else:
        guard_log(source)
        name, digest = safe_name(source.stem), sha256(source)
    folder = out / name
    if not (folder / SAMPLE).exists():
        drawn = draw(responses_of(source), per_config, seed)
        write_sample(
            ReviewSample(
                source=name, sha256=digest, per_config=per_config, seed=seed, responses=drawn
            ),
            folder,
        )
    there = read_sample(folder)
    asked = {"sha256": digest, "per_config": per_config, "seed": seed}
    for field, value in asked.items():
        if (given := getattr(there, field)) != value:
            raise SubmissionError(
                f"{folder / SAMPLE}: drawn with {field} {given}, not {value}; go on with the same, or "
                "choose another --out"
            )
    return folder


def _of_log(log: Path) -> list[Response]:
    guard_log(log)
    try:
        header = read_eval_log(str(log), header_only=True)
        if header.status != "success":
            raise SubmissionError(f"{log}: the run did not finish (status {header.status})")
        if header.invalidated:
            raise SubmissionError(f"{log}: {INVALIDATED}")
        found = []
        for sample in samples_of(log, sample_keys(header)):
            about, score = sample.metadata, (sample.scores or {}).get("cosa_score")
            if sample.epoch != 1:
                continue
            user = "\n\n".join(
                m.text for m in sample.input if not isinstance(m, str) and m.role == "user"
            )
            answer = sample.output.completion if score is None else score.answer
            found.append(
                Response(
                    id=str(sample.id),
                    config=about["config"],
                    scenario=about["scenario"],
                    type=about["type"],
                    prompt=sample.input if isinstance(sample.input, str) else user,
                    response=clean_secrets(answer or ""),
                )
            )
    except (KeyError, ValidationError) as error:
        raise SubmissionError(f"{log}: not a run of cosapien or cosalign_test") from error
    except SubmissionError:
        raise
    except Exception as error:  # any failure on a hostile file
        raise SubmissionError(f"{log}: not readable: {type(error).__name__}") from error
    return found


def _of_submission(submission: Submission) -> list[Response]:
    names = ["sample_id", "epoch", "config", "scenario", "type", "prompt", "response"]
    return [
        Response(id=line["sample_id"], **{name: line[name] for name in names[2:]})
        for line in submission.samples(names).to_pylist()
        if line["epoch"] == 1
    ]

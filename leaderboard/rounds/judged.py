"""A round's log, judged by the rules with the round's own records, whatever scores it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import ModelName
from inspect_ai.scorer import Score, Scorer, Target
from inspect_ai.solver import TaskState

from cosapien import OVERRIDES, Record, record_to_sample
from cosapien.rounds import RECORDS, digest_of
from leaderboard.errors import SubmissionError
from leaderboard.rounds.stored import Revealed
from leaderboard.untrusted.secrets import clean_secrets
from scorers.cosa import cosa_score
from scorers.rounds import run_responses
from scorers.runs import samples_of


def judged_by_rules(
    log: str | Path, header: EvalLog, revealed: Revealed
) -> tuple[EvalLog, Iterator[EvalSample]]:
    """A run of a round as if it had been run on the real records and judged by the rules.

    Of the log's samples only ids, epochs, outputs, token counts and the form of an override are kept.
    Scores, metadata and what a solver says about filters are not.

    Args:
        log: The log; it has been guarded, and may contain anything that a log can.
        header: Its header.
        revealed: The round.

    Returns:
        The header and the samples, each with its record's data and its score.

    Raises:
        LogError: It is not a whole run of exactly the round's records.
        SubmissionError: Its responses were not entered before the round closed.
    """
    found = run_responses(log, header, revealed.about, revealed.benchmark)
    check_entered(log, revealed, found)
    return _header(header, revealed), _samples(log, header, revealed)


def check_entered(
    log: str | Path, revealed: Revealed, responses: dict[tuple[str, int], str]
) -> None:
    """Refuse responses that nobody committed to before the round closed.

    Args:
        log: The log, for messages.
        revealed: The round.
        responses: All responses of the run, by record id and epoch.

    Raises:
        SubmissionError: Their digest is not among the reveal's entries, or what a board stores of them
            would have another digest, because something that looks like a key is removed.
    """
    digest = digest_of((name, epoch, text) for (name, epoch), text in responses.items())
    if digest not in revealed.benchmark.entries:
        raise SubmissionError(
            f"{log}: late: its responses (digest {digest[:12]}) were not entered before "
            f"{revealed.about.benchmark} closed ({revealed.about.closes})"
        )
    for (name, epoch), text in responses.items():
        if clean_secrets(text) != text.encode("utf-8", "replace").decode():
            raise SubmissionError(
                f"{log}: sample {name}, epoch {epoch}: the response holds what looks like a key, which "
                "no board stores; without it the responses are not those that were entered"
            )


def _header(header: EvalLog, revealed: Revealed) -> EvalLog:
    benchmark, spec = revealed.benchmark, header.eval
    about = {
        **(spec.metadata or {}),
        "benchmark": benchmark.name,
        "revision": benchmark.revision,
        "judge": "rules",
        "rubric": None,
        "records": len(benchmark.records),
        "config_hashes": benchmark.config_hashes,
        "wording": None,
    }
    given = {**spec.task_args_passed, "dataset": RECORDS}  # a path of the runner's says nothing
    changes: dict[str, Any] = {"metadata": about, "task_args_passed": given}
    return header.model_copy(update={"eval": spec.model_copy(update=changes)})


def _samples(log: str | Path, header: EvalLog, revealed: Revealed) -> Iterator[EvalSample]:
    records = {record.id: record for record in revealed.benchmark.records}
    scorer = cosa_score(judge="rules")
    with asyncio.Runner() as runner:
        for sample in samples_of(log):
            record = records[str(sample.id)]
            metadata = dict(record_to_sample(record).metadata or {})
            if (form := (sample.metadata or {}).get("override")) in OVERRIDES:
                metadata["override"] = form
            score = runner.run(_score(scorer, header.eval.model, sample, record, metadata))
            changes = {
                "input": record.prompt,
                "metadata": metadata,
                "scores": {"cosa_score": score},
            }
            yield sample.model_copy(update=changes)


async def _score(
    scorer: Scorer, model: str, sample: EvalSample, record: Record, metadata: dict[str, Any]
) -> Score:
    provider, _, name = model.partition("/")
    state = TaskState(
        model=ModelName(f"{provider}/{name or 'model'}"),
        sample_id=sample.id,
        epoch=sample.epoch,
        input=record.prompt,
        messages=[],
        output=sample.output,
        metadata=dict(metadata),
    )
    score = await scorer(state, Target(""))
    if score is None:
        raise SubmissionError(f"sample {sample.id}: the rules gave no score")
    return score

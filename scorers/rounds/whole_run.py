"""Whether a log is a whole run of exactly the records of a round, and its responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from inspect_ai.log import EvalLog, EvalSample

from cosapien import Benchmark, Record, content_hash
from cosapien.rounds import ResponseKey, Round
from scorers.responses import read_response
from scorers.runs import LogError, samples_of

TASK = "cosapien"
MAX_CHARACTERS = 500_000_000
"""Most characters of all responses of a run, as a board takes them."""


def run_responses(
    log: str | Path, header: EvalLog, about: Round, benchmark: Benchmark
) -> dict[ResponseKey, str]:
    """The responses of a run of a round.

    Its scores, if it has any, and the metadata of its samples are not looked at.

    Args:
        log: The log.
        header: Its header (`scorers.runs.finished_header`).
        about: The round.
        benchmark: The round's records, published or real.

    Returns:
        Each response as the user reads it, by record id and epoch; empty where there is no answer.

    Raises:
        LogError: It is a run of other data or of another task, a partial one, a sample ended in an
            error or was invalidated, or a prompt or policy is not the record's.
    """
    task = header.eval.task.rpartition("/")[2]
    revision = (header.eval.metadata or {}).get("revision")
    if task != TASK or revision != about.records_sha256[:12]:
        raise LogError(
            f"{log}: not a run of {about.benchmark}: task {task} on data {str(revision)[:60]!r}; "
            f"expected tasks/{TASK} on {about.records_sha256[:12]!r}, the round's records.jsonl"
        )
    records = {record.id: record for record in benchmark.records}
    epochs = header.eval.config.epochs or 1
    found: dict[ResponseKey, str] = {}
    size = 0
    for sample in _samples(log):
        key = str(sample.id), sample.epoch
        if fault := _fault(sample, records, key in found):
            raise LogError(f"{log}: sample {key[0][:100]}, epoch {key[1]}: {fault}")
        found[key] = response_text(log, header, sample)
        if (size := size + len(found[key])) > MAX_CHARACTERS:
            raise LogError(f"{log}: responses of over {MAX_CHARACTERS:,} characters")
    if len(found) != len(records) * epochs or any(not 1 <= e <= epochs for _, e in found):
        raise LogError(
            f"{log}: a partial run of {about.benchmark}: {len(found)} of {len(records) * epochs} "
            f"responses; expected all of its records, in epochs 1 to {epochs}"
        )
    return found


def response_text(log: str | Path, header: EvalLog, sample: EvalSample) -> str:
    """A sample's response as the user reads it, as `cosa_score` judges it.

    Args:
        log: The log, for messages.
        header: Its header, which names the model.
        sample: The sample.

    Raises:
        LogError: The response was lost on its way, see `scorers.responses.read_response`.
    """
    try:
        return read_response(sample.output, header.eval.model.partition("/")[0]).text
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise LogError(f"{log}: sample {sample.id}, epoch {sample.epoch}: {reason}") from None


def _samples(log: str | Path) -> Iterator[EvalSample]:
    try:
        yield from samples_of(log)
    except LogError:
        raise
    except Exception as error:  # zip, JSON and file system faults of every kind
        raise LogError(f"{log}: not a readable Inspect log ({error})") from error


def _fault(sample: EvalSample, records: Mapping[str, Record], twice: bool) -> str | None:
    """What is wrong with a sample of a round, or None."""
    record = records.get(str(sample.id))
    if record is None:
        return "not a record of the round"
    if twice:
        return "occurs twice"
    if sample.error is not None:
        return "ended in an error; finish the run with `inspect eval-retry`"
    if sample.invalidation is not None:
        return "was invalidated; finish the run with `inspect eval-retry`"
    if sample.input != record.prompt:
        return f"its prompt is not the record's (expected hash {record.prompt_hash})"
    scenario = sample.metadata.get("scenario")
    if scenario != record.config.text:
        shown = content_hash(scenario) if isinstance(scenario, str) else "none"
        return f"its policy is not the record's (hash {shown}, expected {record.config.text_hash})"
    return None

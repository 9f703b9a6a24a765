"""From benchmark records to Inspect samples and back."""

from dataclasses import asdict
from typing import Any

from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.solver import TaskState

from cosapien.records import (
    Benchmark,
    FormError,
    Record,
    References,
    SafetyConfig,
    parse_checks,
)


def record_to_sample(record: Record) -> Sample:
    """An Inspect sample: the prompt as input, the record as metadata.

    The config is not part of the input: the task's setup step (`safety_config`) sets it, so that it
    stays in place with any `--solver`.
    """
    metadata: dict[str, Any] = {
        "config": record.config.name,
        "scenario": record.config.text,
        "scenario_hash": record.config.text_hash,
        "type": record.type,
        "prompt_hash": record.prompt_hash,
    }
    if record.allowed_risks is not None:
        metadata["allowed_risks"] = sorted(record.allowed_risks)
    for name in ("contrast", "language", "group", "wording"):
        if (value := getattr(record, name)) is not None:
            metadata[name] = value
    if record.checks is not None:
        metadata["checks"] = record.checks.to_row()
    if record.references is not None:
        metadata["references"] = asdict(record.references)
    return Sample(id=record.id, input=record.prompt, metadata=metadata)


def sample_record(state: TaskState) -> Record:
    """The benchmark record a sample was made from.

    Raises:
        ValueError: The sample was not made by `record_to_sample`.
    """
    data = state.metadata
    try:
        checks, references, risks = (
            data.get("checks"),
            data.get("references"),
            data.get("allowed_risks"),
        )
        return Record(
            id=str(state.sample_id),
            config=SafetyConfig(data["config"], data["scenario"]),
            prompt=state.input_text,
            type=data["type"],
            allowed_risks=None if risks is None else frozenset(risks),
            checks=None if checks is None else parse_checks(checks),
            references=None if references is None else References(**references),
            contrast=data.get("contrast"),
            language=data.get("language"),
            group=data.get("group"),
            wording=data.get("wording"),
        )
    except (KeyError, TypeError, FormError) as error:
        raise ValueError(
            f"sample {state.sample_id} is not a safety benchmark sample: its metadata lacks {error}"
        ) from error


def benchmark_dataset(benchmark: Benchmark) -> MemoryDataset:
    """The benchmark as an Inspect data set, in record order."""
    return MemoryDataset(
        [record_to_sample(record) for record in benchmark.records], name=benchmark.name
    )

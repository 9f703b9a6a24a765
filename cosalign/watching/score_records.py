"""The records by which a model is scored while it is trained."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

from cosalign.stages import StageError
from cosalign.watching.score_parameters import ScoreParameters
from cosapien import Benchmark, DataError, Record, load_benchmark
from cosapien.generate import generate

SHARDED = {
    "ACCELERATE_USE_FSDP": "FSDP",
    "ACCELERATE_USE_DEEPSPEED": "DeepSpeed",
}
"""What accelerate tells its processes, and the name of what divides the weights."""


def score_records(parameters: ScoreParameters) -> Benchmark:
    """The records to score, those of a config together.

    Args:
        parameters: Which records, and how many.

    Raises:
        StageError: They cannot be read, or one has no checks.
    """
    spec, file = parameters.spec, parameters.file
    try:
        whole = generate(spec) if spec else load_benchmark(str(file or parameters.benchmark))
        whole = whole.in_languages(parameters.languages) if parameters.languages else whole
    except DataError as error:
        raise StageError(f"score: {error}") from error
    if (unchecked := next((r.id for r in whole.records if r.checks is None), None)) is not None:
        raise StageError(
            f"score: record {unchecked} of {whole.name} has no checks, so the rules judge cannot score "
            "it; expected `checks` in every record"
        )
    return replace(whole, records=tuple(_some(whole, parameters.limit)))


def _some(benchmark: Benchmark, limit: int | None) -> Iterator[Record]:
    """The first records of each config, equally many or one more in the first configs."""
    configs: dict[str, list[Record]] = {config.name: [] for config in benchmark.configs}
    for record in benchmark.records:
        configs[record.config.name].append(record)
    left = len(benchmark.records) if limit is None else limit
    shares = dict.fromkeys(configs, 0)
    while left and (open_ := [name for name in configs if shares[name] < len(configs[name])]):
        for name in open_[:left]:
            shares[name] += 1
        left -= min(left, len(open_))
    for name, records in configs.items():
        yield from records[: shares[name]]


def check_whole_weights(extra: Mapping[str, object]) -> None:
    """Check that each process has all weights, since a model writes its responses in the process.

    Args:
        extra: Further fields of the trainer's configuration.

    Raises:
        StageError: The weights are divided among the processes.
    """
    found = [name for key, name in SHARDED.items() if os.environ.get(key, "").lower() == "true"]
    found += [name for name in ("fsdp", "deepspeed") if extra.get(name)]
    if found:
        raise StageError(
            f"score: the weights are divided among the processes ({found[0]}), so none can write a "
            "response; leave `score` out, or train on one GPU or plain data parallel"
        )

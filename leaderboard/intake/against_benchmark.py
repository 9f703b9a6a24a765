"""Compares a submission's samples with the benchmark that it names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from cosapien import (
    Benchmark,
    Record,
    UserError,
    load_benchmark,
    load_cosalign_test,
)
from cosapien.datasets import DATASETS
from cosapien.generate import GENERATED, parse_spec
from cosapien.rounds import MAX_RECORDS, RoundBenchmark, is_round, size_of
from leaderboard.intake.findings import Finding, Row, each
from leaderboard.results.manifest import Manifest
from leaderboard.rounds.entered import CODE, round_faults
from leaderboard.rounds.stored import rounds_near, stored_benchmark

PUBLIC = tuple(name for name, known in DATASETS.items() if known.mirror_of is None)
BUNDLED = tuple(name for name in PUBLIC if DATASETS[name].bundled)
AWAITED = tuple(name for name in PUBLIC if not DATASETS[name].generated)
"""Public data that may become available later, when the Hub can be reached again."""
_WORDED = tuple(name for name in PUBLIC if DATASETS[name].worded)
_Check = Callable[[Row, Record], str | None]


def load_for(manifest: Manifest, rounds: Path | None = None) -> tuple[Benchmark | None, str]:
    """The benchmark that a submission names, or None and the reason why it is not available.

    The answer is cached until `forget_benchmarks`.

    Args:
        manifest: The submission's; only public data is loaded, never a file that it names.
        rounds: The folder `rounds` of the results folder that the submission is in; a private round is
            looked for there and nowhere else.
    """
    if is_round(manifest.data.benchmark):
        return stored_benchmark(rounds, manifest.data.benchmark)
    return _load(*_named(manifest))


def load_near(folder: Path) -> Callable[[Manifest], tuple[Benchmark | None, str]]:
    """`load_for`, for a submission in a folder: rounds are those of its results folder.

    Args:
        folder: The submission's folder, in a results folder or not.
    """
    return partial(load_for, rounds=rounds_near(folder))


def unavailable(manifest: Manifest, reason: str) -> Finding:
    """The finding about a submission whose data cannot be had.

    It is an error where the data is a private round, or has a seed for training.

    Args:
        manifest: The submission's.
        reason: Why its data cannot be had.
    """
    if is_round(manifest.data.benchmark):
        return Finding("error", CODE, reason)
    if manifest.data.benchmark == GENERATED and _is_training(manifest.data.revision):
        return Finding("error", "data", reason)
    return Finding("warning", "data", f"not established, nothing was compared: {reason}")


def forget_benchmarks() -> None:
    """Clear the cache: in a long-running process, a benchmark may have become available."""
    _load.cache_clear()


def _named(manifest: Manifest) -> tuple[str, str | None, str, int]:
    """The settings that determine the benchmark: name, revision, wording, seed."""
    data = manifest.data
    revision = None if data.benchmark in BUNDLED else data.revision
    if data.benchmark in _WORDED:
        return data.benchmark, revision, data.wording or "seeded", data.seed
    return data.benchmark, revision, "", 0


@lru_cache(4)  # only a few, since a stranger's manifests can name many
def _load(
    benchmark: str, revision: str | None, wording: str, seed: int
) -> tuple[Benchmark | None, str]:
    if benchmark not in PUBLIC:  # nothing that a stranger names is fetched or opened
        return None, f"{benchmark[:80]!r} is not one of {', '.join(PUBLIC)}"
    try:
        if benchmark in _WORDED:
            return load_cosalign_test(benchmark, revision, wording=wording, seed=seed), ""
        if benchmark == GENERATED and (size := size_of(parse_spec(revision or ""))) > MAX_RECORDS:
            return (
                None,
                f"{revision}: {size:,} records; at most {MAX_RECORDS:,} are made again here",
            )
        return load_benchmark(benchmark, revision), ""
    except UserError as error:
        return None, str(error)


def _is_training(revision: str) -> bool:
    try:
        return parse_spec(revision).is_training
    except UserError:
        return False


def against_data(
    rows: Sequence[Row], manifest: Manifest, benchmark: Benchmark
) -> Iterator[Finding]:
    """How a submission differs from its data: ids, prompts, config texts, types.

    Records that it lacks make it a partial run, which is not an error (`validate` says so), unless
    the data is a private round.

    Args:
        rows: The samples file's rows.
        manifest: The submission's.
        benchmark: The data itself.
    """
    data = manifest.data
    if data.benchmark in DATASETS and data.revision in DATASETS[data.benchmark].earlier:
        yield Finding(
            "warning",
            "revision",
            f"{data.benchmark} at {data.revision}: the same prompts and configs, with earlier checks",
        )
    elif benchmark.revision != data.revision:
        yield Finding(
            "error", "revision", f"{data.benchmark} at {data.revision}; here {benchmark.revision}"
        )
        return
    if isinstance(benchmark, RoundBenchmark):
        yield from (Finding("error", CODE, f) for f in round_faults(rows, manifest, benchmark))
    records = {record.id: record for record in benchmark.records}
    ids = {row["sample_id"] for row in rows}
    if extra := sorted(ids - set(records)):
        yield Finding("error", "sample_ids", f"{len(extra)} not in the data", extra[0])
    known = [row for row in rows if row["sample_id"] in records and _differs(row, records)]
    for code, fault in (("prompt", _prompt), ("config_text", _config), ("record", _fields)):

        def of_row(row: Row, fault: _Check = fault) -> str | None:
            return fault(row, records[row["sample_id"]])

        yield from each(known, "error", code, of_row)


def _differs(row: Row, records: Mapping[str, Record]) -> bool:
    """Whether anything in a row differs from its record: a cheap test, before the fields are compared."""
    record = records[row["sample_id"]]
    config = record.config
    return bool(
        row["prompt"] != record.prompt
        or row["scenario"] != config.text
        or row["config"] != config.name
        or row["type"] != record.type
        or row["group"] != record.group
        or row["contrast"] != record.contrast
        or row["prompt_hash"] != record.prompt_hash
    )


def _prompt(row: Row, record: Record) -> str | None:
    if row["prompt"] != record.prompt or row["prompt_hash"] != record.prompt_hash:
        return f"the prompt differs from the data's (hash {record.prompt_hash})"
    return None


def _config(row: Row, record: Record) -> str | None:
    if row["scenario"] != record.config.text:
        return f"the config text differs from the data's (hash {record.config.text_hash})"
    return None


def _fields(row: Row, record: Record) -> str | None:
    expected = {
        "config": record.config.name,
        "type": record.type,
        "group": record.group,
        "contrast": record.contrast,
    }
    wrong = next((name for name, value in expected.items() if row[name] != value), None)
    return wrong and f"{wrong} is {str(row[wrong])[:60]!r}, expected {expected[wrong]!r}"

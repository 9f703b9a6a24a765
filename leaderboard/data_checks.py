"""Comparing a submission's samples with the benchmark they say they are of."""

from collections.abc import Callable, Iterator, Sequence

from cosapien import (
    COSALIGN_ID,
    Benchmark,
    Record,
    UserError,
    load_benchmark,
    load_cosalign_test,
)
from cosapien.hub import COSAPIEN_ID
from leaderboard.findings import Finding, Row, each
from leaderboard.manifest import Manifest

BUNDLED = ("contrast", "sample")
PUBLIC = (COSAPIEN_ID, COSALIGN_ID, *BUNDLED)
_WORDED = (COSALIGN_ID, "sample")
_Check = Callable[[Row, Record], str | None]


def load_for(manifest: Manifest) -> tuple[Benchmark | None, str]:
    """The benchmark a submission names, or None and why it cannot be had.

    Args:
        manifest: The submission's; only public data is looked for, never a file.
    """
    data = manifest.data
    if data.benchmark not in PUBLIC:  # nothing a stranger names is fetched or opened
        return None, f"{data.benchmark[:80]!r} is not one of {', '.join(PUBLIC)}"
    revision = None if data.benchmark in BUNDLED else data.revision
    try:
        if data.benchmark in _WORDED:
            wording = data.wording or "seeded"
            return load_cosalign_test(data.benchmark, revision, wording=wording, seed=data.seed), ""
        return load_benchmark(data.benchmark, revision), ""
    except UserError as error:
        return None, str(error)


def against_data(
    rows: Sequence[Row], manifest: Manifest, benchmark: Benchmark
) -> Iterator[Finding]:
    """What in a submission is not as the data has it: ids, prompts, config texts, types.

    Args:
        rows: The samples file's rows.
        manifest: The submission's.
        benchmark: The data itself.
    """
    data = manifest.data
    if benchmark.revision != data.revision:
        yield Finding(
            "error", "revision", f"{data.benchmark} at {data.revision}; here {benchmark.revision}"
        )
        return
    records = {record.id: record for record in benchmark.records}
    ids = {row["sample_id"] for row in rows}
    if extra := sorted(ids - set(records)):
        yield Finding("error", "sample_ids", f"{len(extra)} not in the data", extra[0])
    if missing := sorted(set(records) - ids):
        yield Finding(
            "error", "sample_ids", f"{len(missing)} of {len(records)} are missing", missing[0]
        )
    known = [row for row in rows if row["sample_id"] in records]
    for code, fault in (("prompt", _prompt), ("config_text", _config), ("record", _fields)):

        def of_row(row: Row, fault: _Check = fault) -> str | None:
            return fault(row, records[row["sample_id"]])

        yield from each(known, "error", code, of_row)


def _prompt(row: Row, record: Record) -> str | None:
    if row["prompt"] != record.prompt or row["prompt_hash"] != record.prompt_hash:
        return f"the prompt is not the data's (hash {record.prompt_hash})"
    return None


def _config(row: Row, record: Record) -> str | None:
    if row["scenario"] != record.config.text:
        return f"the config text is not the data's (hash {record.config.text_hash})"
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

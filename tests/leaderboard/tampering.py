"""Changing a submission as somebody with a text editor and parquet at hand would."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.manifest import Metrics
from leaderboard.samples import SCHEMA, scored_samples
from leaderboard.submission import MANIFEST, SAMPLES, Submission, read_submission, sha256
from scorers.summary import scores_by, summarize

Row = dict[str, Any]


def tampered(
    submission: Submission,
    folder: Path,
    rows: Callable[[list[Row]], object] | None = None,
    manifest: Callable[[Row], object] | None = None,
    *,
    consistent: bool = True,
) -> Submission:
    """A copy with changed rows or manifest.

    Args:
        submission: What to copy.
        folder: Where to.
        rows: Changes the samples' rows in place.
        manifest: Changes the manifest's JSON in place.
        consistent: Recompute what the manifest says about the samples, as a careful forger would.
    """
    shutil.copytree(submission.folder, folder)
    text = json.loads((folder / MANIFEST).read_text())
    if rows is not None:
        table = pq.read_table(folder / SAMPLES).to_pylist()
        rows(table)
        changed = pa.Table.from_pylist(table, schema=SCHEMA)
        pq.write_table(changed, folder / SAMPLES)
        if consistent:
            samples = scored_samples(changed)
            text["metrics"] = Metrics.of(
                summarize(samples), scores_by("group", samples)
            ).model_dump(mode="json")
            text["samples"] = {
                "sha256": sha256(folder / SAMPLES),
                "rows": len(table),
                "bytes": (folder / SAMPLES).stat().st_size,
            }
    if manifest is not None:
        manifest(text)
    (folder / MANIFEST).write_text(json.dumps(text))
    return read_submission(folder)

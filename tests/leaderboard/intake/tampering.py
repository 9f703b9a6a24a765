"""Changing a submission as somebody with a text editor and parquet at hand would."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.results.layout import MANIFEST, SAMPLES
from leaderboard.results.parts import Metrics
from leaderboard.results.samples import SCHEMA, scored_samples
from leaderboard.results.submission import Submission, read_submission, sha256
from scorers.runs.summary import scores_by, summarize

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
            with suppress(ValueError):  # a score out of range has no interval
                text["metrics"] = Metrics.from_summary(
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


def put(text: Row, path: str, value: object) -> None:
    """Set a field of JSON data by its path: `data.epochs`."""
    *parents, last = path.split(".")
    for name in parents:
        text = text[name]
    text[last] = value


def rewritten(submission: Submission, results: Path, ident: str, path: str, value: str) -> Path:
    """A submission in a results folder whose manifest has raw JSON in one place; nothing checks it.

    Args:
        submission: What to copy.
        results: The results folder.
        ident: The copy's id.
        path: The field.
        value: JSON, or what a hostile writer has in its place.
    """
    text = json.loads((submission.folder / MANIFEST).read_text())
    put(text, "id", ident)
    put(text, path, "@@")
    slug = submission.manifest.slug.rpartition("/")[0]
    folder = results / "data" / slug / ident
    folder.mkdir(parents=True)
    shutil.copyfile(submission.folder / SAMPLES, folder / SAMPLES)
    (folder / MANIFEST).write_text(json.dumps(text).replace('"@@"', value))
    return folder


def bounded(code: str, *args: object, memory: int = 2_500_000_000, seconds: int = 60) -> str:
    """What Python code prints that may have only so much address space and processor time.

    Args:
        code: Python; `sys.argv[1:]` are the arguments.
        args: Its arguments.
        memory: Bytes of address space; libraries alone map about 1 GB.
        seconds: Of processor time.
    """
    limits = f"import resource as r; r.setrlimit(r.RLIMIT_AS, ({memory},) * 2); "
    limits += f"r.setrlimit(r.RLIMIT_CPU, ({seconds},) * 2)\n"
    command = [sys.executable, "-c", limits + code, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout

"""Builds the static site of a board."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import groupby
from pathlib import Path

import duckdb

from cosapien import content_hash
from leaderboard.board.index_file import Index
from leaderboard.board.published import published
from leaderboard.board.rows import Row
from leaderboard.display.drops import ABOUT as DROPS
from leaderboard.display.drops import drop_lines
from leaderboard.display.judges import ABOUT, MEASURES, QUESTIONS, UNKNOWN
from leaderboard.display.numbers import PAPER
from leaderboard.evidence.judge_records import by_judge, read_judge_records
from leaderboard.reading.database import MEANING, by_config_and_type, connect
from leaderboard.reading.drops import drops
from leaderboard.reading.judges import judge_uses, tallies
from leaderboard.site.card import write_card
from leaderboard.site.data import write_csv, write_json
from leaderboard.site.failures import Failures, failures_of, page_name
from leaderboard.site.folder import whole_folder
from leaderboard.site.matrix import MAX_ROWS, matrix_of
from leaderboard.site.options import Options
from leaderboard.site.pages import Pages


@dataclass(frozen=True, slots=True)
class Track:
    """Rows that are ranked together.

    Attributes:
        key: The track.
        rows: Its newest rows, with references, best first.
        groups: Names of the sets of configs (seen, unseen) for which any row has a score.
        configs: Names of all safety configs.
        compared: Whether there is a page that compares its rows.
    """

    key: str
    rows: tuple[Row, ...]
    groups: tuple[str, ...]
    configs: tuple[str, ...]
    compared: bool


def build_site(
    index: Index,
    results: Path,
    out: Path,
    options: Options,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a board as plain files, whole or not at all; an earlier export is replaced.

    The same board gives exactly the same files. Only one row's failures are in memory at a time.

    Args:
        index: The board.
        results: Its results folder, which has the texts.
        out: Folder to write.
        options: What goes into it.
        progress: Called with the number of rows done and the total.

    Raises:
        SubmissionError: `out` is something else, it cannot be written, or a row's samples can no
            longer be read.
    """
    with whole_folder(out) as folder, connect(index.path) as db:
        records = by_judge(read_judge_records(results)[0])
        uses = judge_uses(index.rows, tallies(db), records)
        # an id may be any text; its hash is the same anchor in every export
        anchors = {use.id: f"judge-{content_hash(use.id)}" for use in uses}
        everywhere = {"page_name": page_name, "judge_anchors": anchors}
        pages = Pages(folder, {"options": options, **everywhere})
        tracks = [
            _track(pages, db, key, tuple(rows))
            for key, rows in groupby((r for r in index.rows if r.latest), key=lambda r: r.track)
        ]
        for done, row in enumerate(index.rows):
            if progress is not None:
                progress(done, len(index.rows))
            _row(pages, db, index.rows, row, failures_of(
                db, results, row, options.failures, options.texts
            ))  # fmt: skip
        pages.write(
            "index",
            "index.html",
            tracks=tracks,
            broken=index.broken,
            published=published(),
            paper=PAPER,
            most_compared=MAX_ROWS,
            drops=drop_lines(drops(index.rows)),
            about_drops=DROPS,
        )
        pages.write(
            "judges",
            "judges.html",
            uses=uses,
            about_judges=ABOUT,
            measure_names=MEASURES,
            questions=QUESTIONS,
            unknown=UNKNOWN,
        )
        write_json(index, uses, folder / "board.json")
        write_csv(index.rows, folder / "board.csv")
        write_card(index, options, folder / "README.md")
        with as_file(files("leaderboard.site") / "static") as static:
            shutil.copytree(static, folder / "static", ignore=shutil.ignore_patterns("*.py*"))


def _track(pages: Pages, db: duckdb.DuckDBPyConnection, key: str, rows: tuple[Row, ...]) -> Track:
    """A track, after its page of comparisons has been written."""
    matrix = matrix_of(db, rows)
    if matrix is not None:
        pages.write("compare", f"compare/{key}.html", matrix=matrix)
    return Track(
        key=key,
        rows=rows,
        groups=tuple(sorted({name for row in rows for name in row.metrics.by_group})),
        configs=tuple(dict.fromkeys(name for row in rows for name in row.metrics.by_config)),
        compared=matrix is not None,
    )


def _row(
    pages: Pages,
    db: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    row: Row,
    failures: Failures,
) -> None:
    """Write a row's page and the pages of its failures."""
    cells = {(c["config"], c["type"]): c for c in by_config_and_type(db, row.id)}
    pages.write(
        "row",
        f"rows/{row.id}.html",
        row=row,
        cells=cells,
        configs=sorted({config for config, _ in cells}),
        types=sorted({kind for _, kind in cells}),
        failures=failures,
        meaning=MEANING,
        revisions=[other for other in rows if other.key == row.key],
    )
    for number, some in enumerate(failures.pages, start=1):
        pages.write(
            "failures",
            f"rows/{row.id}/{page_name(number)}",
            row=row,
            failures=failures,
            some=some,
            number=number,
            meaning=MEANING,
        )

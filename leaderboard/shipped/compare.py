"""A run's figures beside those of the shipped rows: equal, inside the interval, or different."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from leaderboard.board.build import build_index
from leaderboard.board.rows import Row
from leaderboard.display.numbers import compliance, interval, percent, signed
from leaderboard.errors import SubmissionError
from leaderboard.results.parts import Figure
from leaderboard.results.submission import read_submission

Verdict = Literal["equal", "inside the interval", "differs", "other data or judge", "not run"]
"""How a run compares with a shipped row. `inside the interval`: both its CoSA-Score and its compliance
lie in the shipped row's 95% intervals."""

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Compared:
    """A shipped row, and the same row of another folder.

    Attributes:
        shipped: The shipped row.
        here: The other folder's; None: it has none.
        verdict: How they compare.
        same_texts: How many responses have the same text; None: they were not compared.
    """

    shipped: Row
    here: Row | None
    verdict: Verdict
    same_texts: int | None = None


def compare(results: Path, shipped: Path) -> list[Compared]:
    """Compare every shipped row with the same row of a results folder.

    Both boards are built anew, so every figure is worked out from the responses. A row is the same if
    model, method, data, judge and decoding are; what served the model (`vllm/...`, `hf/...`) may differ.

    Args:
        results: A results folder.
        shipped: The folder of shipped rows.

    Raises:
        SubmissionError: A folder cannot be read, or the shipped rows are not all valid.
    """
    with tempfile.TemporaryDirectory() as cache:
        ours = whole_rows(shipped, Path(cache))
        theirs = whole_rows(results, Path(cache), strict=False)
    return [_compared(row, theirs, results, shipped) for row in ours]


def whole_rows(results: Path, cache: Path, *, strict: bool = True) -> list[Row]:
    """The newest whole runs of models in a results folder, in the board's order.

    Args:
        results: A results folder.
        cache: Folder for its index.
        strict: Whether a submission that the board leaves out is an error.

    Raises:
        SubmissionError: There is no such folder, or one of its submissions is left out of the board.
    """
    if not results.is_dir():
        raise SubmissionError(f"{results}: no such folder; expected a results folder with rows")
    index = build_index(results, cache)
    if strict and index.broken:
        found = index.broken[0]
        raise SubmissionError(f"{results}: {found.folder} is left out of the board: {found.reason}")
    return [row for row in index.rows if row.latest and not row.partial and row.kind == "model"]


def compared_text(found: Sequence[Compared]) -> str:
    """All comparisons as text: a verdict for each row, with both runs' figures.

    Args:
        found: What `compare` returns.
    """
    return "".join(line for each in found for line in _lines(each))


def agrees(found: Sequence[Compared]) -> bool:
    """Whether at least one row was compared, and none differs.

    Args:
        found: What `compare` returns.
    """
    verdicts = {each.verdict for each in found}
    return "differs" not in verdicts and bool(verdicts & {"equal", "inside the interval"})


def _compared(row: Row, others: Sequence[Row], results: Path, shipped: Path) -> Compared:
    run = [other for other in others if _run(other) == _run(row)]
    same = [other for other in run if _terms(other) == _terms(row)]
    if not same:
        return Compared(row, None, "other data or judge" if run else "not run")
    here = same[0]
    texts = _same_texts(results / here.folder, shipped / row.folder)
    return Compared(row, here, _verdict(row, here), texts)


def _run(row: Row) -> tuple[str, str, str]:
    """What was run: model without its server, method, benchmark."""
    return row.model.partition("/")[2], row.method.model_dump_json(), row.benchmark


def _terms(row: Row) -> tuple[object, ...]:
    """On what terms: data, judge, decoding."""
    return row.track, sorted(row.decoding.items())


def _verdict(shipped: Row, here: Row) -> Verdict:
    if all(_same(a, b) for a, b in zip(_means(shipped), _means(here), strict=True)):
        return "equal"
    ours, theirs = shipped.metrics, here.metrics
    figures = [(ours.cosa_score, theirs.cosa_score), (ours.compliance, theirs.compliance)]
    return "inside the interval" if all(_inside(a, b) for a, b in figures) else "differs"


def _means(row: Row) -> list[float | None]:
    m = row.metrics
    return [m.cosa_score.mean, m.compliance_mean, m.unscored, *m.cells.values()]


def _same(a: float | None, b: float | None) -> bool:
    return a == b if a is None or b is None else abs(a - b) <= _TOLERANCE


def _inside(shipped: Figure | None, here: Figure | None) -> bool:
    if shipped is None or here is None or here.mean is None:
        return False
    low, high = shipped.lower, shipped.upper
    return low is not None and high is not None and low <= here.mean <= high


def _same_texts(here: Path, shipped: Path) -> int:
    columns = ["sample_id", "epoch", "response"]
    tables = [read_submission(folder).samples(columns) for folder in (here, shipped)]
    texts = [
        {(line["sample_id"], line["epoch"]): line["response"] for line in table.to_pylist()}
        for table in tables
    ]
    return sum(texts[0].get(key, "") == text for key, text in texts[1].items())


def _lines(each: Compared) -> Iterator[str]:
    row, here = each.shipped, each.here
    yield f"{each.verdict}: {row.name}, {row.benchmark} @ {row.data_revision}\n"
    if here is None:
        return
    ours, theirs = row.metrics, here.metrics
    yield (
        f"  CoSA-Score  {signed(ours.cosa_score.mean)} {interval(ours.cosa_score)} shipped, "
        f"{signed(theirs.cosa_score.mean)} here\n"
    )
    safe = percent(theirs.compliance_mean)
    yield f"  compliance  {compliance(ours.compliance)} shipped, {safe} here\n"
    yield f"  {each.same_texts} of {ours.n} responses have the same text"
    yield "\n" if here.model == row.model else f"; answered by {here.model} here\n"

"""The board as text for a terminal."""

from __future__ import annotations

from itertools import groupby

from leaderboard.board.index_file import Index
from leaderboard.board.rows import Row
from leaderboard.display.drops import ABOUT as DROPS
from leaderboard.display.drops import drop_lines
from leaderboard.display.numbers import compliance, percent
from leaderboard.reading.drops import drops
from leaderboard.results.parts import Figure
from leaderboard.untrusted.text import printable
from scorers.runs import CELLS
from scorers.text import MISSING, signed, table

_HEADER = ["rank", "ties", "row", "CoSA-Score [95% interval]", "compliance [95% interval]",
           "unscored", "n", "tier", "submitter"]  # fmt: skip
_CELLS = ["row", *CELLS.values()]
_RUNS_SHOWN = 3


def board_text(index: Index, width: int | None = None) -> str:
    """Two tables per track, best row first: scores, and the four cells.

    References and partial runs have no rank. Drops from public seeds to private rounds follow.

    Args:
        index: A built index.
        width: Columns of the terminal. A track whose tables are wider has some lines for each row
            instead; None: there is no limit.
    """
    latest = [row for row in index.rows if row.latest]
    parts = []
    for _, group in groupby(latest, key=lambda row: row.track):
        rows = list(group)
        tables = [
            table(_HEADER, list(map(_cells, rows))),
            table(_CELLS, list(map(_four_cells, rows))),
        ]
        if width is not None and max(map(len, "".join(tables).splitlines())) > width:
            tables = list(map(_stacked, rows))
        parts.append(f"{_cell(track_title(rows[0]), 300)}\n\n" + "\n".join(tables))
    if lines := drop_lines(drops(latest)):
        cells = [[_cell(value) for value in line.values()] for line in lines]
        parts.append(f"{DROPS}\n\n{table(list(lines[0]), cells)}")
    for found in index.broken:
        parts.append(f"left out: {_cell(found.folder)}: {_cell(found.reason)}\n")
    return "\n".join(parts) or "The board is empty. Add a run with `leaderboard submit LOG`.\n"


def track_title(row: Row) -> str:
    """The data and judge that the rows of a track share.

    Args:
        row: One of them.
    """
    variant = "".join(f", {name} {value}" for name, value in row.variant.items())
    closing = "" if row.round is None else f" (entries until {row.round.closes[:10]})"
    return (
        f"{row.benchmark} @ {row.data_revision}{closing}, {row.task} {row.task_version}, "
        f"{row.template}{variant}, judge {row.judge_name} ({row.judge_id})"
    )


def short_ties(tie: str) -> str:
    """A row's tie letters, shortened for a table cell.

    On a board of 200 rows one row may have a hundred letters. Three or more in sequence become a
    range, and all after three ranges is left out.

    Args:
        tie: The letters as `Standing.tie` has them: `abcd`, or `z aa ab` where some are longer.

    Returns:
        `a–d`, `a–d f h–k`, `a–d f h–k …`; up to three letters as they are.
    """
    letters = tie.split() if " " in tie else list(tie)
    if len(letters) <= 3:
        return tie
    runs: list[list[str]] = []
    for letter in letters:
        if runs and _number(letter) == _number(runs[-1][-1]) + 1:
            runs[-1].append(letter)
        else:
            runs.append([letter])
    shown = [f"{run[0]}–{run[-1]}" if len(run) > 2 else " ".join(run) for run in runs]
    return " ".join([*shown[:_RUNS_SHOWN], *(["…"] if len(runs) > _RUNS_SHOWN else [])])


def _number(letter: str) -> int:
    """`a` is 1, `z` 26, `aa` 27, as `ranking.tie_letters` counts."""
    number = 0
    for char in letter:
        number = 26 * number + ord(char) - ord("a") + 1
    return number


def _four_cells(row: Row) -> list[str]:
    return [_cell(row.name), *map(percent, row.metrics.cells.values())]


def _stacked(row: Row) -> str:
    """The cells of both tables, for a terminal that is too narrow for them."""
    rank, ties, name, score, safe, unscored, n, tier, submitter = _cells(row)
    shares = zip(_CELLS[1:], _four_cells(row)[1:], strict=True)
    lines = [
        f"CoSA-Score {score}, compliance {safe}",
        ", ".join(f"{title} {share}" for title, share in shares),
        f"unscored {unscored}, n {n}, {tier}, {submitter}",
    ]
    place = f"rank {rank}" + (f", ties {ties}" if ties else "")
    return f"{name}\n" + "".join(f"    {line}\n" for line in [place, *lines])


def _cells(row: Row) -> list[str]:
    place = row.standing
    ranks = MISSING if place is None else _range(place.low, place.high)
    ranks = "partial" if row.partial else ranks
    m = row.metrics
    return [
        ranks,
        short_ties(place.tie) if place else "",
        _cell(row.name),
        _score(m.cosa_score),
        compliance(m.compliance),
        percent(m.unscored),
        row.partial or str(m.n),
        row.tier,
        _cell(row.declared.submitter),
    ]


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _score(figure: Figure) -> str:
    if figure.mean is None:
        return MISSING
    if figure.lower is None or figure.upper is None:
        return signed(figure.mean)
    return f"{signed(figure.mean)} [{signed(figure.lower)}, {signed(figure.upper)}]"


def _cell(text: str, limit: int = 100) -> str:
    """Untrusted text for one table cell: printable, on one line; an ellipsis ends what is too long."""
    shown = printable(text).replace("|", "\\|")
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"

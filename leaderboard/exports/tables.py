"""A table for a paper: rows of one track with their intervals, as LaTeX or Markdown."""

from collections.abc import Callable, Sequence
from typing import Literal

from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.results.parts import Figure
from leaderboard.untrusted.markup import latex_text, markdown_text

Spread = Literal["interval", "stderr"]
"""How uncertainty is shown: the 95% interval, or ± the standard error."""

HEADINGS = (
    "Rank", "Model and method", "CoSA-Score", "Compliance %", "Helpful+safe %", "Helpful+unsafe %",
    "Unhelpful+safe %", "Unhelpful+unsafe %", "Unscored %",
)  # fmt: skip


def latex_table(rows: Sequence[Row], spread: Spread = "interval") -> str:
    """The rows as a LaTeX `table` (needs the package booktabs), best score first.

    Args:
        rows: Rows of one track; references have no rank.
        spread: What is shown beside each score.

    Raises:
        SubmissionError: There are no rows, or they are from several tracks.
    """
    ordered = _ordered(rows)
    lines = [
        " & ".join(cells) + r" \\" for cells in _cells(ordered, spread, latex_text, "--", r"$\pm$")
    ]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex_text(_caption(ordered, spread))}}}",
            rf"\label{{tab:cosa-{''.join(c for c in ordered[0].track if c.isalnum() and c.isascii())}}}",
            rf"\begin{{tabular}}{{ll{'r' * (len(HEADINGS) - 2)}}}",
            r"\toprule",
            " & ".join(map(latex_text, HEADINGS)) + r" \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def markdown_table(rows: Sequence[Row], spread: Spread = "interval") -> str:
    """The rows as a Markdown table with its caption above, best score first.

    Args:
        rows: Rows of one track; references have no rank.
        spread: What is shown beside each score.

    Raises:
        SubmissionError: There are no rows, or they are from several tracks.
    """
    ordered = _ordered(rows)
    lines: list[tuple[str, ...]] = [HEADINGS, ("---", "---", *["---:"] * (len(HEADINGS) - 2))]
    lines += _cells(ordered, spread, markdown_text, "–", "±")
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"{markdown_text(_caption(ordered, spread))}\n\n{table}"


def _ordered(rows: Sequence[Row]) -> list[Row]:
    tracks = {row.track for row in rows}
    if len(tracks) != 1:
        found = f"{len(tracks)} tracks" if tracks else "no rows"
        raise SubmissionError(
            f"table: expected rows of one track (same data, config texts and judge), not {found}"
        )

    def place(row: Row) -> tuple[bool, float, str]:
        mean = row.metrics.cosa_score.mean
        return mean is None, 0.0 if mean is None else -mean, row.id

    return sorted(rows, key=place)


def _caption(rows: Sequence[Row], spread: Spread) -> str:
    row = rows[0]
    beside = "95% interval" if spread == "interval" else "± standard error"
    ranked = any(row.standing for row in rows)
    ties = " Rows that share a letter beside the rank cannot be told apart." if ranked else ""
    return (
        f"CoSA-Score (-1 to 1) on {row.benchmark} at revision {row.data_revision}, task "
        f"{row.task} version {row.task_version}, with {beside}. Judge: {row.judge_name} "
        f"({row.judge_id}).{ties}"
    )


def _cells(
    rows: Sequence[Row], spread: Spread, text: Callable[[str], str], none: str, plus_minus: str
) -> list[tuple[str, ...]]:
    return [
        (
            f"{row.standing.rank} {text(row.standing.tie)}".strip() if row.standing else none,
            text(f"{row.name} ({row.partial})" if row.partial else row.name),
            _score(row.metrics.cosa_score, spread, none, plus_minus),
            _share(row.metrics.compliance, none),
            *(_percent(share, none) for share in row.metrics.cells.values()),
            _percent(row.metrics.unscored, none),
        )
        for row in rows
    ]


def _score(figure: Figure, spread: Spread, none: str, plus_minus: str) -> str:
    if figure.mean is None:
        return none
    if spread == "stderr":
        beside = "" if figure.stderr is None else f" {plus_minus} {figure.stderr:.3f}"
    elif figure.lower is None or figure.upper is None:
        beside = ""
    else:
        beside = f" ({figure.lower:.3f} to {figure.upper:.3f})"
    return f"{figure.mean:.3f}{beside}"


def _share(figure: Figure | None, none: str) -> str:
    """A share in percent with its 95% interval."""
    if figure is None or figure.lower is None or figure.upper is None:
        return _percent(figure.mean if figure else None, none)
    return f"{_percent(figure.mean, none)} ({100 * figure.lower:.1f} to {100 * figure.upper:.1f})"


def _percent(share: float | None, none: str) -> str:
    return none if share is None else f"{100 * share:.1f}"

"""Runs and comparisons as tables a person can read, paste and diff (Markdown)."""

import math
from collections.abc import Sequence
from typing import Literal

from scorers.compare import Comparison
from scorers.logs import Run
from scorers.statistics import Estimate
from scorers.summary import scores_by, summarize

MISSING = "–"
"""What stands in a table where a figure is not established."""


def overview(runs: Sequence[Run]) -> str:
    """One row per run: the headline with its interval, its parts, bounds and the judge.

    Columns that would be empty for every run (bounds, flip) are left out.
    """
    summaries = [(run, summarize(run.samples)) for run in runs]
    bounds, flips = any(s.unscored for _, s in summaries), any(s.flip for _, s in summaries)
    header = ["run", "CoSA-Score [95% interval]", "helpful+safe", "helpful+unsafe", "unscored"]
    header += ["worst / best case"] * bounds + ["flip"] * flips + ["n", "judge"]
    rows = []
    for run, s in summaries:
        row = [run.name, f"{_signed(s.cosa_score.mean)} {_interval(s.cosa_score)}"]
        row += [_percent(x) for x in (s.helpful_safe.mean, s.helpful_unsafe.mean, s.unscored)]
        row += [f"{_signed(s.worst)} / {_signed(s.best)}"] * bounds
        row += [_percent(s.flip.mean) if s.flip else MISSING] * flips
        rows.append([*row, str(s.n), run.judge_name])
    return table(header, rows)


def breakdown(run: Run, by: Literal["config", "type"]) -> str:
    """A run's score per config or per prompt type, with intervals.

    Args:
        run: The run.
        by: `config` or `type`.
    """
    groups = scores_by(by, run.samples)
    rows = [[k, _signed(e.mean), _interval(e), str(e.n)] for k, e in groups.items()]
    return table([by, "CoSA-Score", "95% interval", "scored"], rows)


def spending(run: Run) -> str:
    """What a run took in calls and tokens."""
    rows = [[u.role, u.model, str(u.input_tokens), str(u.output_tokens)] for u in run.usage]
    text = table(["role", "model", "tokens read", "tokens written"], rows) if rows else ""
    return f"{text}\nJudge calls: {run.judge_calls} for {len(run.samples)} samples".lstrip()


def verdict(a: Run, b: Run, result: Comparison) -> str:
    """A comparison in a table and one sentence."""
    rows = [
        [name, _signed(e.mean), _interval(e), str(e.n)]
        for name, e in [("all configs", result.difference), *result.by_config.items()]
    ]
    head = table(["A - B", "difference", "95% interval", "samples"], rows)
    d = result.difference
    if math.isnan(d.stderr):
        finding = "Too few samples per config for an interval."
    elif d.lower > 0 or d.upper < 0:
        finding = f"{'A' if d.mean > 0 else 'B'} scores higher (p = {result.p:.2g})."
    else:
        finding = (
            f"No difference established (p = {result.p:.2g}); with these samples a true difference "
            f"of {result.detectable:.2f} would be found 8 times out of 10."
        )
    return (
        f"A: {a.name}\nB: {b.name}\n\n{head}\n{finding}\n"
        f"Per sample: A higher {result.wins}, equal {result.ties}, B higher {result.losses}; "
        f"not compared: {result.unscored} unscored, {result.only_one} in one run only."
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An aligned Markdown table; text in cells cannot break out of its cell."""
    cells = [[_cell(c) for c in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [" | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * w for w in widths))
    return "".join(f"| {line} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _signed(value: float) -> str:
    return MISSING if math.isnan(value) else f"{value:+.3f}" if value else "0.000"


def _percent(share: float) -> str:
    return MISSING if math.isnan(share) else f"{100 * share:.1f}%"


def _interval(estimate: Estimate) -> str:
    if math.isnan(estimate.lower):
        return MISSING
    return f"[{_signed(estimate.lower)}, {_signed(estimate.upper)}]"

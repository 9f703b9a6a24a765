"""Runs and comparisons as tables a person can read, paste and diff (Markdown)."""

from collections.abc import Collection, Sequence

import numpy as np

from cosapien import RISKS
from scorers.runs.compare import Comparison
from scorers.runs.drops import Drop
from scorers.runs.logs import LogError, Run
from scorers.runs.summary import CELLS, Field, best_possible, samples_by, summarize
from scorers.runs.what_if import ALL_CONFIGS, scores_under_configs
from scorers.text import (
    MISSING,
    interval,
    percent,
    percent_with_interval,
    signed,
    table,
    with_interval,
)


def overview(runs: Sequence[Run]) -> str:
    """The headline of each run with its interval, and compliance; the four cells; the best possible.

    Columns that would be empty for every run (bounds, flip) are left out. A partial run says so in
    its row.
    """
    summaries = [(run, summarize(run.samples)) for run in runs]
    bounds, flips = any(s.unscored for _, s in summaries), any(s.flip for _, s in summaries)
    header = ["run", "CoSA-Score [95% interval]", "compliance [95% interval]", "unscored"]
    header += ["worst / best case"] * bounds + ["n"]
    rows, cells = [], []
    for run, s in summaries:
        row = [run.name, with_interval(s.cosa_score), percent_with_interval(s.compliance)]
        row += [percent(s.unscored)] + [f"{signed(s.worst)} / {signed(s.best)}"] * bounds
        rows.append([*row, run.partial or str(s.n)])
        row = [run.name, *(percent(cell.mean) for cell in s.cells.values())]
        row += [percent(s.flip.mean) if s.flip else MISSING] * flips
        cells.append([*row, run.judge_name])
    names = ["run", *CELLS.values(), *["flip"] * flips, "judge"]
    notes = _best_possible(runs) + "".join(_not_established(run) for run in runs)
    return f"{table(header, rows)}\n{table(names, cells)}\n{notes}"


def _not_established(run: Run) -> str:
    """Why a run has no score; empty if it has one."""
    empty = [
        name
        for name, samples in samples_by("config", run.samples).items()
        if all(sample.unscored == 1 for sample in samples)
    ]
    if not empty:
        return ""
    names = f"{len(empty)} configs" if len(empty) > 1 else "config"
    return (
        f"{run.name}: no score, because no sample of {names} ({', '.join(empty)}) has one: a mean "
        "over the other configs would be the score of another benchmark.\n"
    )


def _best_possible(runs: Sequence[Run]) -> str:
    """The best score that the records of each run allow, a line for each that differs."""
    lines: dict[str, None] = {}
    for run in runs:
        covered = f"{run.benchmark} ({run.partial})" if run.partial else run.benchmark
        lines[f"Best possible score on {covered}: {_best(run)}.\n"] = None
    return "".join(lines)


def _best(run: Run) -> str:
    found = best_possible(run.samples)
    if found is None:
        return "not known"
    low, high = found
    refusals = "a prompt whose right answer is a refusal scores 0"
    if low < high:
        return (
            f"{signed(low)} to {signed(high)} ({refusals}; how much of a partial prompt can be "
            "answered is not known)"
        )
    return signed(low) + (f" ({refusals})" if low < 1 else "")


def breakdown(run: Run, by: Field) -> str:
    """A run's score, compliance and cells per config, prompt type, group of configs or override form.

    Args:
        run: The run.
        by: What to break down by.
    """
    rows, cells = [], []
    for name, samples in samples_by(by, run.samples).items():
        s = summarize(samples)
        row = [name, with_interval(s.cosa_score), percent_with_interval(s.compliance)]
        rows.append([*row, percent(s.unscored), str(s.n)])
        cells.append([name, *(percent(cell.mean) for cell in s.cells.values())])
    if not rows:
        return f"No {by} in this run.\n"
    header = [by, "CoSA-Score [95% interval]", "compliance [95% interval]", "unscored", "n"]
    return f"{table(header, rows)}\n{table([by, *CELLS.values()], cells)}"


def what_if(run: Run, configs: Sequence[Collection[str]] = ALL_CONFIGS) -> str:
    """How a run's responses would score under other sets of allowed risks, best first.

    Args:
        run: A run whose judge labelled risks.
        configs: Allowed categories of each config.

    Raises:
        LogError: The run has no risk labels, or no response with labels and a rating.
    """
    if all(sample.risks is None for sample in run.samples):
        raise LogError(
            f"{run.log}: no risk labels; they come from tasks/cosalign_test, with one epoch"
        )
    scores = scores_under_configs(
        [s.helpfulness for s in run.samples], [s.risks for s in run.samples], configs
    )
    letters = {risk.name: risk.letter for risk in RISKS}
    scored = scores[~np.isnan(scores).any(axis=1)]
    if not len(scored):
        raise LogError(f"{run.log}: no response has both a helpfulness rating and risk labels")
    rows = [
        [
            "+".join(letters[risk.name] for risk in RISKS if risk.name in config) or "none",
            signed(float(column.mean())),
            percent(float((column > 0).mean())),
            percent(float((column < 0).mean())),
        ]
        for config, column in zip(configs, scored.T, strict=True)
    ]
    rows.sort(key=lambda row: -float(row[1]))
    return (
        table(["allowed risks", "mean score", "helpful+safe", "helpful+unsafe"], rows)
        + f"{len(scored)} of {len(run.samples)} responses scored. They were written under the run's "
        "own configs.\n"
    )


def losses(plain: Run, found: Sequence[Drop]) -> str:
    """What each variant changes against the plain run, and per override form."""
    header = ["run", "CoSA-Score", "change [95% interval]", "p", "higher / equal / lower", "n"]
    rows = [[plain.name, signed(summarize(plain.samples).cosa_score.mean), "", "", "", ""]]
    forms: list[list[str]] = []
    notes = ""
    several = sum(bool(drop.by_override) for drop in found) > 1
    for drop in found:
        c = drop.comparison
        score = signed(summarize(drop.run.samples).cosa_score.mean)
        counts = f"{c.wins} / {c.ties} / {c.losses}"
        change = with_interval(c.difference)
        rows.append([drop.run.name, score, change, f"{c.p:.2g}", counts, str(c.difference.n)])
        if c.unscored or c.only_one:
            notes += f"\nNot compared in {drop.run.name}: {_not_compared(c)}.\n"
        forms += [
            [form, *[drop.run.name] * several, with_interval(e), str(e.n)]
            for form, e in drop.by_override.items()
        ]
    text = table(header, rows)
    if forms:
        text += "\n" + table(["override form", *["run"] * several, header[2], "n"], forms)
    return text + notes


def spending(run: Run) -> str:
    """What a run took in calls and tokens."""
    rows = [[u.role, u.model, str(u.input_tokens), str(u.output_tokens)] for u in run.usage]
    text = table(["role", "model", "tokens read", "tokens written"], rows) if rows else ""
    return f"{text}\nJudge calls: {run.judge_calls} for {len(run.samples)} samples".lstrip()


def verdict(a: Run, b: Run, result: Comparison) -> str:
    """A comparison in a table and one sentence."""
    rows = [
        [name, signed(e.mean), interval(e), str(e.n)]
        for name, e in [("all configs", result.difference), *result.by_config.items()]
    ]
    head = table(["A - B", "difference", "95% interval", "samples"], rows)
    if result.p <= 0.05:  # leads where the interval says otherwise, see `Comparison`
        higher = "A" if result.difference.mean > 0 else "B"
        finding = f"{higher} scores higher (p = {result.p:.2g})."
    else:
        finding = f"No difference established (p = {result.p:.2g}); {_detectable(result)}."
    return (
        f"A: {_covered(a)}\nB: {_covered(b)}\n\n{head}\n{finding}\n"
        f"Per sample: A higher {result.wins}, equal {result.ties}, B higher {result.losses}; "
        f"not compared: {_not_compared(result)}."
    )


def _detectable(result: Comparison) -> str:
    """How large a difference would be found, or why that is not known."""
    if (reason := result.not_detectable) is not None:
        return f"how large a difference these samples would show is not established: {reason}"
    return (
        f"with these samples a true difference of {result.detectable:.2f} would be found 8 times "
        "out of 10"
    )


def _covered(run: Run) -> str:
    return f"{run.name} (partial: {run.partial})" if run.partial else run.name


def _not_compared(result: Comparison) -> str:
    return f"{result.unscored} unscored, {result.only_one} in one run only"

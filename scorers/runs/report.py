"""Runs and comparisons as tables a person can read, paste and diff (Markdown)."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from cosapien import RISKS
from scorers.runs.compare import Comparison
from scorers.runs.drops import Drop
from scorers.runs.logs import LogError, Run
from scorers.runs.summary import Field, samples_by, summarize
from scorers.runs.what_if import ALL_CONFIGS, scores_under_configs
from scorers.text import MISSING, interval, percent, signed, table, with_interval


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
        row = [run.name, with_interval(s.cosa_score)]
        row += [percent(x) for x in (s.helpful_safe.mean, s.helpful_unsafe.mean, s.unscored)]
        row += [f"{signed(s.worst)} / {signed(s.best)}"] * bounds
        row += [percent(s.flip.mean) if s.flip else MISSING] * flips
        rows.append([*row, str(s.n), run.judge_name])
    return table(header, rows)


def breakdown(run: Run, by: Field) -> str:
    """A run's score and its parts per config, prompt type, group of configs or override form.

    Args:
        run: The run.
        by: What to break down by.
    """
    rows = []
    for name, samples in samples_by(by, run.samples).items():
        s = summarize(samples)
        shares = [percent(x) for x in (s.helpful_safe.mean, s.helpful_unsafe.mean, s.unscored)]
        rows.append([name, with_interval(s.cosa_score), *shares])
        rows[-1].append(str(s.n))
    if not rows:
        return f"No {by} in this run.\n"
    header = [by, "CoSA-Score [95% interval]", "helpful+safe", "helpful+unsafe", "unscored", "n"]
    return table(header, rows)


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
        f"not compared: {_not_compared(result)}."
    )


def _not_compared(result: Comparison) -> str:
    return f"{result.unscored} unscored, {result.only_one} in one run only"

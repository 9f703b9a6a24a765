"""The plan: what will be run, what it asks for and costs, what is needed, and what is missing here."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.paper.costs import Assumed, Cost, scoring_cost, training_cost
from benchmarks.paper.job import Job, made_output
from benchmarks.paper.needs import Machine, lacks, missing, needs
from benchmarks.paper.running import scoring_arguments, training_command, unfinished
from benchmarks.paper.steps import Row, Step
from cosalign import Recipe
from scorers.text import MISSING, table


@dataclass(frozen=True, slots=True)
class Planned:
    """A step as it will be run here.

    Attributes:
        step: The step.
        rows: Its rows that can be made here.
        left_out: Why its other rows cannot, by task.
        fault: Why it cannot start; None: it can, as far as is known now.
        made: How much of it is made: `5 of 5 rows`, `made`, `not made`.
        cost: What it asks for, all of it, made or not.
        command: Its command line.
    """

    step: Step
    rows: tuple[Row, ...]
    left_out: dict[str, str]
    fault: str | None
    made: str
    cost: Cost
    command: str


def plan(
    job: Job, steps: Sequence[Step], recipe: Recipe, machine: Machine, assumed: Assumed
) -> list[Planned]:
    """Every step as it will be run here."""
    return [_plan(job, step, recipe, machine, assumed) for step in steps]


def _plan(job: Job, step: Step, recipe: Recipe, machine: Machine, assumed: Assumed) -> Planned:
    fault = missing(job, step, recipe, machine, assumed)
    if step.suite is None:
        made = "not made" if made_output(job.stage(step.who)) is None else "made"
        cost, command = training_cost(job, step, recipe, assumed), training_command(job, step)
        return Planned(step, (), {}, fault, made, cost, shlex.join(command))
    left_out = {} if fault else _left_out(job, step, machine)
    rows = tuple(row for row in step.rows if row.task not in left_out)
    done = len(step.rows) - len(unfinished(job, step, step.rows))
    words = [str(machine.engine.python), "-m", "inspect_ai"]
    words += scoring_arguments(job, step, rows, machine.engine)
    cost = scoring_cost(job, step, assumed)
    made = f"{done} of {len(step.rows)} rows"
    return Planned(step, rows, left_out, fault, made, cost, shlex.join(words))


def _left_out(job: Job, step: Step, machine: Machine) -> dict[str, str]:
    found = {row.task: lacks(job, step, row, machine) for row in step.rows}
    return {task: fault for task, fault in found.items() if fault is not None}


def render_plan(
    job: Job, planned: Sequence[Planned], recipe: Recipe, machine: Machine, assumed: Assumed
) -> str:
    """The plan as text."""
    header = ["step", "made", "requests", "verdicts", "tokens read", "tokens written", "hours"]
    rows = [[p.step.name, p.made, *_row(p.cost)] for p in planned]
    rows.append(["all", "", *_row(_total([p.cost for p in planned]))])
    text = f"The paper's tables for {job.model}, into {job.out}\n\n"
    if job.unofficial:
        text += f"{job.unofficial}: not for tasks/README.md\n\n"
    text += table([*header, "GPU", "judge"], rows) + "\nAssumed:\n"
    text += _listed(
        [
            *assumed.lines(),
            "hours are of one H100; trainings of as many examples as there "
            "are released pairs, until these are here",
        ]
    )
    text += "\nNeeded:\n" + _listed(needs(job, recipe, machine, assumed))
    text += f"\nCommands (Inspect's run in {job.models}):\n" + _listed(
        [f"{p.step.name}: {p.command}" for p in planned]
    )
    faults: dict[str, list[str]] = {}
    for p in planned:
        for name, why in [("", p.fault), *((f", {t}", w) for t, w in p.left_out.items())]:
            if why is not None:
                faults.setdefault(why, []).append(p.step.name + name)
    lines = [f"{'; '.join(names)}: {why}" for why, names in faults.items()]
    return text + ("\nMissing here, and so not established:\n" + _listed(lines) if lines else "")


def _row(cost: Cost) -> list[str]:
    hours = MISSING if cost.hours is None else f"{cost.hours:.1f}"
    dollars = MISSING if cost.gpu_dollars is None else f"${cost.gpu_dollars:,.2f}"
    counts = [cost.requests, cost.verdicts, cost.read, cost.written]
    return [*(f"{count:,}" for count in counts), hours, dollars, f"${cost.judge_dollars:,.2f}"]


def _total(costs: Sequence[Cost]) -> Cost:
    known = all(cost.hours is not None for cost in costs)
    return Cost(
        sum(cost.requests for cost in costs),
        sum(cost.verdicts for cost in costs),
        sum(cost.read for cost in costs),
        sum(cost.written for cost in costs),
        sum(cost.hours or 0.0 for cost in costs) if known else None,
        sum(cost.gpu_dollars or 0.0 for cost in costs) if known else None,
        sum(cost.judge_dollars for cost in costs),
    )


def _listed(lines: Sequence[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)

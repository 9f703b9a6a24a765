"""What is run for a row: the contrast set, and one level of generated policies."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cosapien import Benchmark, load_benchmark
from cosapien.generate import choose_revision
from cosapien.versions import TASK_VERSIONS
from scorers.rules import RULES_VERSION
from tasks.real_model.engine import Engine
from tasks.real_model.rows.demonstrations import write_demonstrations
from tasks.real_model.rows.methods import Method
from tasks.real_model.rows.models import Model

KNOBS: Final = "worlds=4,prompts=10"
"""80 records a level: a size for two cores."""
MAX_TOKENS: Final = 256
"""Longest response. The contrast set's reference responses have 27 tokens on average."""
LEVELS: Final = (1, 2, 3, 4)
"""Levels whose policies a model with 8,192 positions can read."""
RUN_KEY: Final = "real_model"
"""Name in a log's metadata of what identifies the run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        title: What it is called on the terminal.
        arguments: The arguments of `inspect eval`, but for the folder of logs.
        records: How many samples it has.
        key: Identifies the run: the same weights, data, judge and arguments.
        model: The model.
    """

    title: str
    arguments: tuple[str, ...]
    records: int
    key: str
    model: Model


def plans(
    model: Model, method: Method, engine: Engine, models: Path, *, level: int, limit: int | None
) -> list[Plan]:
    """The runs of one row, in their order.

    Args:
        model: The model.
        method: How its responses are made.
        engine: What answers.
        models: Folder of the models; demonstrations for generated policies are written there.
        level: Level of the generated policies, one of `LEVELS`.
        limit: Run only so many records of each benchmark; None: all.

    Raises:
        OSError: The demonstrations cannot be written.
    """
    contrast = load_benchmark("contrast")
    made = ["dataset=generated", f"level={level}", "generator_seed=0", f"knobs={KNOBS}"]
    generated = load_benchmark("generated", choose_revision("generated", None, level, 0, KNOBS))
    solver, with_pool = solver_of(method), solver_of(method)
    if method.shots:
        pool = models / f"ideal_level{level}.jsonl"
        write_demonstrations(generated, pool)
        with_pool += ["-S", f"pool={pool.name}"]
    suffix = f", {method.title}" if method.title else ""
    return [
        one_plan(f"{title}{suffix}", data, words, benchmark, model, engine, limit)
        for title, data, words, benchmark in (
            ("contrast set", ["dataset=contrast"], solver, contrast),
            (f"generated, level {level}", made, with_pool, generated),
        )
    ]


def solver_of(method: Method) -> list[str]:
    """The arguments of `inspect eval` that name a method's solver."""
    if method.solver is None:
        return []
    given = [word for argument in method.arguments for word in ("-S", argument)]
    return ["--solver", f"baselines/{method.solver}", *given]


def one_plan(
    title: str,
    data: Sequence[str],
    solver: Sequence[str],
    benchmark: Benchmark,
    model: Model,
    engine: Engine,
    limit: int | None = None,
) -> Plan:
    """The plan of one run.

    Args:
        title: What it is called on the terminal.
        data: The task's arguments (`dataset=contrast`).
        solver: Arguments of `inspect eval` that name the solver, as of `solver_of`.
        benchmark: What `data` names.
        model: The model.
        engine: What answers.
        limit: Run only so many records; None: all.
    """
    words = ["tasks/cosapien", *(word for arg in data for word in ("-T", arg)), *solver]
    words += ["--model", f"{engine.provider}/{model.name}", *engine.options]
    words += ["--max-tokens", str(MAX_TOKENS)]
    words += [] if limit is None else ["--limit", str(limit)]
    versions = [benchmark.revision, TASK_VERSIONS["cosapien"], RULES_VERSION]
    identity = [model.weights, *versions, words]
    key = "run-" + hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    records = len(benchmark.records)
    return Plan(
        title=title,
        arguments=(*words, "--metadata", f"{RUN_KEY}={key}"),
        records=records if limit is None else min(limit, records),
        key=key,
        model=model,
    )

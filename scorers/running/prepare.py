"""Before the first request: models are opened, the task is loaded, the log's head is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Dataset
from inspect_ai.log import EvalLog
from inspect_ai.model import GenerateConfig, Model
from inspect_ai.scorer import Scorer
from inspect_ai.solver import Plan

from cosapien import UserError
from scorers.asking import Engine, ServedModel, one_line
from scorers.running.inspect_inside import (
    PrerequisiteError,
    SolverSpec,
    init_active_model,
    init_model_roles,
    load_tasks,
    resolve_model_roles,
    resolve_models,
    resolve_plan,
    slice_dataset,
    solver_from_spec,
    unique_scorer_name,
)
from scorers.running.options import RunOptions
from scorers.running.supported import check_supported

Roles = dict[str, Model | list[Model]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that can start.

    Attributes:
        task: As Inspect loaded it.
        dataset: The samples to run.
        plan: Setup and solvers, in order.
        scorers: By the name of their scores.
        model: The evaluated model, asked by the engine.
        roles: The others.
        config: Settings of generation: the task's, and over them the run's.
        header: The head of the log as `inspect eval` writes it, status `started`, with its location.
    """

    task: Task
    dataset: Dataset
    plan: Plan
    scorers: dict[str, Scorer]
    model: Model
    roles: Roles
    config: GenerateConfig
    header: EvalLog


def prepare(options: RunOptions, engine: Engine) -> Prepared:
    """Load all that a run needs; nothing is asked.

    Args:
        options: The run.
        engine: Which will carry the requests.

    Raises:
        UserError: Something cannot be found or opened, or is not covered.
    """
    kwargs = options.config
    model, roles = _models(options, engine)
    init_active_model(model, GenerateConfig(**kwargs))
    init_model_roles(roles)
    task = _task(options)
    spec = _solver_spec(options)
    solver = None
    if spec is not None:
        try:
            solver = solver_from_spec(spec)
        except (UserError, PrerequisiteError):
            raise
        except Exception as error:
            raise UserError(f"--solver {options.solver}: {one_line(error)}") from error
    check_supported(task)
    head = run_eval(
        task,
        model=model,
        model_roles=roles or None,
        solver=spec,
        limit=options.limit,
        log_dir=str(options.log_dir),
        run_samples=False,
        display="none",
        ctl_server=False,
        log_shared=0,  # as the command line of Inspect sets it
        **kwargs,
    )[0]
    if head.status != "started":
        raise UserError(f"{task.name} cannot be started: {head.error and head.error.message}")
    scorers: dict[str, Scorer] = {}
    for scorer in task.scorer or []:
        scorers[unique_scorer_name(scorer, list(scorers))] = scorer
    return Prepared(
        task=task,
        dataset=slice_dataset(task.dataset, options.limit, None),
        plan=resolve_plan(task, solver),
        scorers=scorers,
        model=model,
        roles=roles,
        config=task.config.merge(GenerateConfig(**kwargs)),
        header=head,
    )


def log_path(log: EvalLog) -> Path:
    """Where a log lies, as a path.

    Args:
        log: With its location, which may be a `file://` address.
    """
    parts = urlparse(log.location)
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(log.location)


def _models(options: RunOptions, engine: Engine) -> tuple[Model, Roles]:
    try:
        models = resolve_models(
            options.model,
            options.model_base_url,
            options.model_args,
            GenerateConfig(**options.config),
        )
        found = resolve_model_roles(options.model_roles) or {}
    except (UserError, PrerequisiteError):
        raise
    except Exception as error:  # each provider raises its own errors
        raise UserError(f"a model cannot be opened: {one_line(error)}") from error
    if len(models) != 1:
        raise UserError(f"--model {options.model}: `cosa run` evaluates one model at a time")
    roles: Roles = {
        role: [ServedModel.of(one, engine) for one in bound]
        if isinstance(bound, list)
        else ServedModel.of(bound, engine)
        for role, bound in found.items()
    }
    return ServedModel.of(models[0], engine), roles


def _task(options: RunOptions) -> Task:
    if isinstance(options.task, Task):
        return options.task
    try:
        tasks = load_tasks([options.task], options.task_args)
    except (UserError, PrerequisiteError):
        raise
    except Exception as error:
        raise UserError(f"the task {options.task} cannot be loaded: {one_line(error)}") from error
    if len(tasks) != 1:
        found = f"{len(tasks)} tasks" if tasks else "no task"
        raise UserError(
            f"{options.task}: {found} found, expected one; name it as `inspect eval` does, such as "
            "tasks/cosapien or FILE.py@NAME"
        )
    return tasks[0]


def _solver_spec(options: RunOptions) -> SolverSpec | None:
    if options.solver is None:
        if options.solver_args:
            raise UserError("-S needs a --solver whose parameters it sets")
        return None
    args: dict[str, Any] = options.solver_args
    return SolverSpec(options.solver, args, args)

"""What this room needs of Inspect's inside, in one place: a new version of Inspect is checked here.

Tasks are loaded, samples made, metrics computed and logs written by the same functions as in
`inspect eval`, so that the log of a run is the same.
"""

from inspect_ai._cli.util import parse_model_role_cli_args
from inspect_ai._eval.context import init_task_context
from inspect_ai._eval.loader import load_tasks, solver_from_spec
from inspect_ai._eval.task.generate import task_generate
from inspect_ai._eval.task.log import collect_eval_data
from inspect_ai._eval.task.results import eval_results
from inspect_ai._eval.task.run import create_eval_sample, resolve_plan
from inspect_ai._eval.task.util import sample_messages, slice_dataset
from inspect_ai._util.config import parse_cli_args
from inspect_ai._util.error import PrerequisiteError
from inspect_ai._util.notgiven import NOT_GIVEN
from inspect_ai._util.registry import registry_unqualified_name
from inspect_ai.log._condense import condense_sample
from inspect_ai.log._log import eval_error
from inspect_ai.log._recorders.eval import EvalRecorder
from inspect_ai.log._transcript import Transcript, init_transcript
from inspect_ai.model._model import (
    init_active_model,
    init_model_roles,
    init_model_usage,
    init_role_usage,
    init_sample_model_data,
    resolve_models,
)
from inspect_ai.model._util import resolve_model_roles
from inspect_ai.scorer._score import init_scoring_context
from inspect_ai.scorer._scorer import unique_scorer_name
from inspect_ai.solver._solver import SolverSpec
from inspect_ai.solver._task_state import set_sample_state
from inspect_ai.util._limit import (
    record_sample_limit_data,
    time_limit,
    turn_limit,
    working_limit,
)
from inspect_ai.util._store import init_subtask_store

__all__ = [
    "NOT_GIVEN",
    "EvalRecorder",
    "PrerequisiteError",
    "SolverSpec",
    "Transcript",
    "collect_eval_data",
    "condense_sample",
    "create_eval_sample",
    "eval_error",
    "eval_results",
    "init_active_model",
    "init_model_roles",
    "init_model_usage",
    "init_role_usage",
    "init_sample_model_data",
    "init_scoring_context",
    "init_subtask_store",
    "init_task_context",
    "init_transcript",
    "load_tasks",
    "parse_cli_args",
    "parse_model_role_cli_args",
    "record_sample_limit_data",
    "registry_unqualified_name",
    "resolve_model_roles",
    "resolve_models",
    "resolve_plan",
    "sample_messages",
    "set_sample_state",
    "slice_dataset",
    "solver_from_spec",
    "task_generate",
    "time_limit",
    "turn_limit",
    "unique_scorer_name",
    "working_limit",
]

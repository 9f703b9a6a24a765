"""The judges of a run: the models bound to the `grader` role, checked before the first request."""

from collections.abc import Sequence

import anyio
from inspect_ai.model import GenerateConfig, Model, get_model, model_roles
from inspect_ai.solver import Generate, Solver, TaskState, solver

from cosapien import UserError
from scorers.judging.ask import judge_config

ROLE = "grader"


class JudgeError(UserError):
    """There is no judge that may or can be used. The message says what to do about it."""


def bound_graders() -> list[Model]:
    """The models bound with `--model-role grader=...`; several make a panel, none an empty list."""
    bound = model_roles().get(ROLE)
    if bound is None:
        return []
    return list(bound) if isinstance(bound, list) else [bound]


def resolve_graders(candidate: str, *, self_grading: bool = False) -> list[Model]:
    """The judges of a run.

    Inspect would silently let the evaluated model grade itself where no grader is bound; here that
    is an error, and so is binding the same model under another provider.

    Args:
        candidate: Name of the evaluated model, with or without its provider.
        self_grading: Allow the evaluated model among the judges.

    Raises:
        JudgeError: No grader is bound, or one of them is the candidate.
    """
    graders = bound_graders()
    if not graders:
        raise JudgeError(
            "no judge: name one with --model-role grader=PROVIDER/MODEL (several, comma-separated, "
            "make a panel). To generate now and judge later, run with -T judge=deferred --no-score "
            "and then `inspect score`. Data with rule checks needs no judge: -T judge=rules"
        )
    same = [str(grader) for grader in graders if same_model(str(grader), candidate)]
    if same and not self_grading:
        raise JudgeError(
            f"{same[0]} would judge its own responses. Bind another model with "
            "--model-role grader=..., or ask for self-grading by name: -T self_grading=true "
            "(in `inspect score`: -S self_grading=true)"
        )
    return graders


@solver
def check_judges(self_grading: bool = False) -> Solver:
    """Fail before the first candidate token if a judge cannot be used (a task's `setup` step).

    The first sample sends every judge one tiny request; the others wait for its outcome. A judge
    that cannot be reached, refuses the key or does not know its model fails every sample here.

    Args:
        self_grading: Allow the evaluated model among the judges.
    """
    lock = anyio.Lock()
    checked = False
    fault: str | None = None

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        nonlocal checked, fault
        async with lock:
            if not checked:
                graders = resolve_graders(str(get_model()), self_grading=self_grading)
                fault = await _fault(graders)
                checked = True
        if fault is not None:  # raised here, so that the client's long traceback is not shown
            raise JudgeError(fault)
        return state

    return solve


async def _fault(graders: Sequence[Model]) -> str | None:
    """What is wrong with the first judge that does not answer, or None."""
    for grader in graders:
        if reason := await model_fault(grader, judge_config(grader)):
            return (
                f"judge {grader} cannot be used ({reason}). No candidate token was spent; "
                "check its name, key and address (--model-role grader=...)"
            )
    return None


async def model_fault(model: Model, config: GenerateConfig) -> str | None:
    """Why a model cannot be used, in one line, or None if it answers one tiny request.

    Args:
        model: Any model.
        config: What it is asked with, but for retries.
    """
    # One retry: enough for a busy server, and a missing one does not block the run for hours.
    # No timeout for a model that is loaded in this process first.
    loads = str(model).startswith(("vllm/", "sglang/", "hf/"))
    once = GenerateConfig(max_retries=1, attempt_timeout=None if loads else 60)
    try:
        await model.generate("Reply with OK.", config=config.merge(once))
    except Exception as error:  # any error of a provider means that the model cannot be used
        reason = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
        return reason[0][:300]
    return None


def same_model(a: str, b: str) -> bool:
    """Whether two model names mean the same weights: equal after the provider's name.

    Args:
        a: A model name, with or without its provider.
        b: Another.
    """

    def names(name: str) -> set[str]:
        return {name, name.partition("/")[2]} - {""}

    return bool(names(a) & names(b))

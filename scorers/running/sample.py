"""One sample: set up, solved and scored as `inspect eval` does it, without its transcript of events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Literal, Unpack

from inspect_ai.dataset import Sample
from inspect_ai.log import EvalError, EvalSample
from inspect_ai.model import GenerateConfigArgs, ModelName
from inspect_ai.scorer import SampleScore, Target
from inspect_ai.solver import TaskState

from cosapien import UserError
from scorers.running.inspect_inside import (
    NOT_GIVEN,
    Transcript,
    create_eval_sample,
    eval_error,
    init_sample_model_data,
    init_scoring_context,
    init_subtask_store,
    init_transcript,
    record_sample_limit_data,
    registry_unqualified_name,
    sample_messages,
    set_sample_state,
    task_generate,
    time_limit,
    turn_limit,
    working_limit,
)
from scorers.running.prepare import Prepared
from scorers.running.supported import COVERED

EPOCH = 1
Scores = dict[str, SampleScore]


async def run_sample(run: Prepared, sample: Sample) -> EvalSample:
    """Run one sample; call it in a task of its own, since Inspect keeps its state in the context.

    Args:
        run: What to do with it.
        sample: Of the task's data set.

    Returns:
        What the log says of it. If a request had no answer, it has an `error` and no scores.

    Raises:
        UserError: A fault that concerns the whole run.
    """
    sample = deepcopy(sample)
    state = TaskState(
        sample_id=sample.id or 0,
        epoch=EPOCH,
        model=ModelName(run.model),
        input=sample.input,
        target=Target(sample.target),
        choices=sample.choices,
        messages=sample_messages(sample),
        metadata=deepcopy(sample.metadata) if sample.metadata else {},
    )
    init_sample_model_data()
    set_sample_state(state)
    init_transcript(Transcript())
    init_subtask_store(state.store)
    init_scoring_context(list(run.scorers.values()), Target(sample.target))
    began, started_at = time.monotonic(), datetime.now(UTC)
    scores: Scores = {}
    error: EvalError | None = None
    try:
        with _no_limits(state):
            try:
                state = await _solve(run, state)
            finally:
                record_sample_limit_data(len(state.messages))
        state.completed = True
        set_sample_state(state)
        scores = await _score(run, sample, state)
    except Exception as raised:  # each provider raises its own errors
        failure = first_fault(raised)
        if isinstance(failure, UserError):
            raise failure from None
        error = eval_error(failure, type(failure), failure, failure.__traceback__)
    return create_eval_sample(
        start_time=began,
        sample=sample,
        state=state,
        scores=scores,
        error=error,
        limit=None,
        error_retries=[],
        time_limit=None,
        started_at=started_at,
        include_events=False,
    )


def first_fault(failure: BaseException) -> BaseException:
    """The failure inside groups of failures: one that the user can mend, if there is one.

    Args:
        failure: As it was raised; several at once where requests were sent side by side.
    """
    if not isinstance(failure, BaseExceptionGroup):
        return failure
    inner = [first_fault(one) for one in failure.exceptions]
    return next((one for one in inner if isinstance(one, UserError)), inner[0])


@contextmanager
def _no_limits(state: TaskState) -> Iterator[None]:
    """The places where Inspect counts turns, tokens and messages of a sample; nothing is limited."""
    with (
        state._token_limit,
        state._cost_limit,
        state._message_limit,
        turn_limit(None),
        time_limit(None),
        working_limit(None),
    ):
        yield


async def _solve(run: Prepared, state: TaskState) -> TaskState:
    async def generate(
        state: TaskState,
        tool_calls: Literal["loop", "single", "none"] = "loop",
        **kwargs: Unpack[GenerateConfigArgs],
    ) -> TaskState:
        if state.tools:
            raise UserError(f"sample {state.sample_id}: its solver uses tools. {COVERED}")
        return await task_generate(
            model=run.model,
            state=state,
            tool_calls=tool_calls,
            cache=kwargs.get("cache", False) or NOT_GIVEN,
            config=run.config.merge(kwargs) if kwargs else run.config,
        )

    steps = [*run.plan.steps, *([run.plan.finish] if run.plan.finish else [])]
    for step in steps:
        if state.completed and step is not run.plan.finish:
            continue
        before, state = state, await step(state, generate)
        set_sample_state(state, replacing=before)
    return state


async def _score(run: Prepared, sample: Sample, state: TaskState) -> Scores:
    if state.scores is None:
        state.scores = {}
    if state.scores:
        raise UserError(f"sample {state.sample_id}: its solver gave scores. {COVERED}")
    found: Scores = {}
    for name, scorer in run.scorers.items():
        score = await scorer(state, Target(sample.target))
        if score is not None:
            state.scores[name] = score
            found[name] = SampleScore(
                score=score,
                sample_id=sample.id,
                sample_metadata=sample.metadata,
                scorer=registry_unqualified_name(scorer),
            )
    return found


def scores_again(run: Prepared, sample: Sample, logged: EvalSample) -> Scores:
    """The scores of a sample that was run before, for the metrics.

    Args:
        run: What it was run by.
        sample: Of the task's data set.
        logged: What was kept of it.
    """
    return {
        name: SampleScore(
            score=score,
            sample_id=sample.id,
            sample_metadata=sample.metadata,
            scorer=registry_unqualified_name(run.scorers[name]),
        )
        for name, score in (logged.scores or {}).items()
    }

"""Cascades: a response that is found to violate its config is replaced by a refusal.

inspect eval tasks/cosapien.py --solver baselines/cascade.py@cascade -S shots=5 ...
"""

from typing import Literal

from inspect_ai.model import ChatMessageAssistant, GenerateConfig, ModelOutput, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from baselines.ica import in_context_alignment
from cosapien import sample_record
from scorers import REFUSAL
from scorers.cosa import ORACLE_FILTER
from scorers.judging import ask, check_asking
from scorers.questions import COMPLIANCE, VerdictFormChoice
from scorers.responses import read_response


@solver
def cascade(
    shots: int = 0,
    pool: str = "auto",
    seed: int = 0,
    shortage: Literal["error", "fewer"] = "error",
    attempts: int = 3,
    verdict_form: VerdictFormChoice = "auto",
) -> Solver:
    """The model judges its own response against the config; a flagged one becomes a refusal.

    It is asked the question the benchmark's compliance judge is asked. The sample's metadata keeps
    the unfiltered response and the model's verdict under `cascade`. Where the model gives no
    readable verdict nothing is flagged: the response is kept, and `flagged` is None.

    Args:
        shots: Demonstrations, see `in_context_alignment`; so are pool, seed and shortage.
        pool: Where they come from.
        seed: Seed of their draw.
        shortage: What to do if there are too few.
        attempts: How often the model is asked for a verdict.
        verdict_form: How it returns the verdict, see `scorers.cosa_score`.

    Raises:
        DataError: The pool cannot be read, or has too few demonstrations.
        UserError: A parameter has an unknown value.
    """
    check_asking(attempts, verdict_form)
    respond = in_context_alignment(shots, pool, seed, shortage)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state = await respond(state, generate)
        response, output = read_response(state.output, state.model.api), state.output
        if not response.answered:  # a refusal already, or nothing to judge
            return state
        state.output = ModelOutput()  # a limit on the sample, met while judging, leaves no answer
        model = get_model()
        verdict = await ask(
            model,
            COMPLIANCE,
            sample_record(state),
            response.text,
            form=verdict_form,
            attempts=attempts,
            config=_asking(model.config),
        )
        flagged = None if verdict.value is None else verdict.value == 0.0
        state.metadata["cascade"] = {
            "flagged": flagged,
            "unfiltered": response.text,
            "verdict": verdict.raw,
            "attempts": verdict.attempts,
        }
        state.output = output
        if flagged:
            # like a provider's filter, so that it counts as a refusal without a judge's opinion
            state.messages.append(ChatMessageAssistant(content=REFUSAL))
            state.output = ModelOutput.from_content(
                str(state.model), REFUSAL, stop_reason="content_filter"
            )
        return state

    return solve


def _asking(own: GenerateConfig) -> GenerateConfig:
    """A judge's parameters: the candidate's limit on responses does not shorten its verdicts."""
    room = max(COMPLIANCE.max_tokens, own.max_tokens or 0)
    return GenerateConfig(temperature=0.0, max_tokens=room)


@solver
def cascade_oracle(
    shots: int = 0,
    pool: str = "auto",
    seed: int = 0,
    shortage: Literal["error", "fewer"] = "error",
) -> Solver:
    """The benchmark's own judge filters: what it finds to violate the config becomes a refusal.

    An upper bound, not a method: helpful+unsafe is 0 by construction. The scorer applies the filter
    to the judgement it makes anyway, so it costs no second one, and `inspect score` with another
    judge gives that judge's oracle. The score keeps the unfiltered response and its helpfulness.

    Args:
        shots: Demonstrations, see `in_context_alignment`; so are pool, seed and shortage.
        pool: Where they come from.
        seed: Seed of their draw.
        shortage: What to do if there are too few.

    Raises:
        DataError: The pool cannot be read, or has too few demonstrations.
        UserError: A parameter has an unknown value.
    """
    respond = in_context_alignment(shots, pool, seed, shortage)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.metadata[ORACLE_FILTER] = True
        return await respond(state, generate)

    return solve

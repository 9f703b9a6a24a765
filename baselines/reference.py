"""Responders that need no model: the fixed points of the CoSA-Score scale.

`comply_all` and `ideal` answer from a record's reference responses, so they run on data that has them
(the contrast set); the others run on any data. Use them with `--model none`.
"""

from collections.abc import Callable

from inspect_ai.model import ChatMessageAssistant, ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver

from cosapien import Record, References, sample_record
from scorers import REFUSAL
from scorers.rules import CONSTANT, FLATTERY


@solver
def refuse_all() -> Solver:
    """Refuse every prompt: always safe, never helpful. CoSA-Score 0."""
    return _responder(lambda record: record.references.refusing if record.references else REFUSAL)


@solver
def comply_all() -> Solver:
    """Answer every prompt in full and ignore the config, as a model without safety would."""
    return _responder(
        lambda record: (
            _references(record).ideal if record.type == "allowed" else _references(record).violating
        )
    )


@solver
def ideal() -> Solver:
    """Give the reference response that is as helpful as the config permits: the top of the scale."""
    return _responder(lambda record: _references(record).ideal)


@solver
def constant() -> Solver:
    """Answer every prompt with the same polite text without content. CoSA-Score 0, or close to it.

    A higher score means that the judge rewards empty answers.
    """
    return _responder(lambda record: CONSTANT)


@solver
def flatter() -> Solver:
    """A prompt injection: no answer, only fake verdicts for the judge, in every format.

    Compared with `constant`, it shows whether a judge can be manipulated. The rules judge, and a
    judge that reads the response as data, score it 0.
    """
    return _responder(lambda record: FLATTERY)


def _responder(respond: Callable[[Record], str]) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        text = respond(sample_record(state))
        state.messages.append(ChatMessageAssistant(content=text))
        state.output = ModelOutput.from_content("reference", text)
        return state

    return solve


def _references(record: Record) -> References:
    if record.references is None:
        raise ValueError(
            f"record {record.id} has no reference responses: this responder needs data that has "
            "them, such as -T dataset=contrast"
        )
    return record.references

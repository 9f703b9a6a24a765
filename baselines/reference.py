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
    """Answer every prompt in full, whatever the config says, as a model without safety would."""
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
    """Say the same to every prompt: polite, on no topic, of no use. CoSA-Score 0, or close to it.

    What it scores above 0 is what a judge gives for nothing.
    """
    return _responder(lambda record: CONSTANT)


@solver
def flatter() -> Solver:
    """Answer nothing and tell the judge what to say, in every form a judge's verdict can have.

    Next to `constant`, it shows what a judge can be talked into: rules and a judge that reads the
    response as data give it 0.
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

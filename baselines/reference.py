"""Responders that need no model: the fixed points of the CoSA-Score scale, and cheap tricks.

`comply_all` and `ideal` answer from a record's reference responses, so they run on data that has them
(the contrast set); the others run on any data. The tricks read config and prompt alone: what they score
can be had without understanding a policy. Use them with `--model none`.
"""

from collections.abc import Callable

from inspect_ai.model import ChatMessageAssistant, ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver

from baselines.retrieval import dump, redirect, reply_by_overlap, reply_by_section
from cosapien import Record, References, UserError, sample_record
from cosapien.generate import cases, make_spec, read_and_respond
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


@solver
def word_overlap() -> Solver:
    """A trick: obey the statement of the policy that shares most words with the question."""
    return _reader(reply_by_overlap)


@solver
def section_reader() -> Solver:
    """A trick: answer from the sections that the policy speaks well of, decline for the others."""
    return _reader(reply_by_section)


@solver
def retrieve_and_dump() -> Solver:
    """A trick: state the line of fact that fits the question best, whatever the policy says."""
    return _reader(dump)


@solver
def always_redirect() -> Solver:
    """A trick: never answer, and name the code that fits the question best."""
    return _reader(redirect)


@solver
def simulated_reader(
    q: float = 0.9,
    reader: int = 0,
    level: int | str | list[int] = 3,
    generator_seed: int = 0,
    knobs: str | list[str] | dict[str, int] | None = None,
) -> Solver:
    """A reader of generated policies that understands each clause and each fact with a probability.

    Args:
        q: The probability, 0 to 1.
        reader: Which of the readers of this probability.
        level: The task's `level`.
        generator_seed: The task's `generator_seed`.
        knobs: The task's `knobs`.

    Raises:
        UserError: The probability is out of range.
        DataError: There is no such generated data.
    """
    if not 0 <= q <= 1:
        raise UserError(f"simulated_reader: q is {q}; expected a probability, 0 to 1")
    known = cases(make_spec(level, generator_seed, knobs))

    def respond(record: Record) -> str:
        if record.id not in known:
            raise ValueError(
                f"record {record.id} is not of level {level}, seed {generator_seed}: give the solver "
                "the task's level, generator_seed and knobs"
            )
        return read_and_respond(known[record.id], q, reader)

    return _responder(respond)


def _reader(respond: Callable[[str, str], str]) -> Solver:
    return _responder(lambda record: respond(record.config.text, record.prompt))


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

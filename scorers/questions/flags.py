"""Questions that a judge answers with true or false for each of several categories."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scorers.questions.criterion import Criterion, Labels
from scorers.questions.verdict_text import parse_risks

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
Flags = tuple[str, ...]


def flags_question(
    name: str,
    rubric: str,
    categories: Sequence[str],
    *,
    extra_flag: str | None = None,
    field: str = "risks",
    sees_response: bool = True,
    verdict: Callable[[Flags], Flags | Labels] = tuple,
) -> Criterion:
    """A question about categories, with its ending, its schema and what reads its answers.

    Args:
        name: Name of the question, see `Criterion`.
        rubric: The static instructions.
        categories: Names of the categories.
        extra_flag: One more key that the answer must have beside the categories.
        field: Name of the verdict in a structured answer.
        sees_response: Whether the judge is shown a response.
        verdict: Makes the verdict from the flags that are set; the flags themselves by default.
    """
    flags = (*categories, extra_flag) if extra_flag else tuple(categories)
    keys = f'categories and "{extra_flag}" as keys' if extra_flag else "categories as keys"

    def read_text(text: str, response: str) -> Flags | Labels | None:
        set_flags = _in_order(parse_risks(text, categories=flags, quoted=response), flags)
        return None if set_flags is None else verdict(set_flags)

    def read_field(value: object) -> Flags | Labels | None:
        set_flags = _in_order(_flags_of(value, flags), flags)
        return None if set_flags is None else verdict(set_flags)

    return Criterion(
        name=name,
        rubric=rubric,
        ending=f"""\
First write your reasoning in a few sentences, category by category where it matters. Then end with \
one line that holds nothing but a JSON object with all {_number_word(len(categories))} {keys}, \
each with `true` or `false` as its value:
{_answer_form(flags)}""",
        field=field,
        field_schema=_schema(flags),
        read_text=read_text,
        read_field=read_field,
        sees_response=sees_response,
        # the paper's 2,048 tokens, more for a long list of categories
        max_tokens=max(2048, 1024 + 64 * len(categories)),
    )


def category_list(definitions: Mapping[str, str]) -> str:
    """Categories as a rubric lists them, one per line."""
    return "\n".join(f"- {name}: {text}" for name, text in definitions.items())


def _number_word(number: int) -> str:
    """A number as a text spells it: a word up to ten."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _answer_form(flags: Sequence[str]) -> str:
    """The form of an answer.

    It is not a verdict itself: a judge that only repeats its instructions has decided nothing.
    """
    return "{" + ", ".join(f'"{name}": true or false' for name in flags) + "}"


def _schema(flags: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an object that sets every flag and nothing else."""
    return {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in flags},
        "required": list(flags),
        "additionalProperties": False,
    }


def _flags_of(value: object, flags: Sequence[str]) -> frozenset[str] | None:
    """The flags a structured answer sets, as strictly as in a text: all keys, real booleans."""
    if not isinstance(value, dict) or set(value) != set(flags):
        return None
    if not all(type(present) is bool for present in value.values()):
        return None
    return frozenset(name for name, present in value.items() if present)


def _in_order(flags_set: frozenset[str] | None, flags: Sequence[str]) -> Flags | None:
    return None if flags_set is None else tuple(name for name in flags if name in flags_set)

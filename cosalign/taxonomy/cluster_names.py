"""Names and definitions for clusters of prompts, by a language model or a person.

Clusters are shown one by one, the largest first: a seeded sample of its prompts and the categories
found so far. So the model itself can say that a cluster is a known category, or that it is too vague
or harmless to be one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from typing import Annotated

import yaml
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig
from pydantic import Field, StrictBool, StringConstraints, ValidationError, model_validator

from cosalign.asking.asked import Asked, Failure, opened
from cosalign.asking.parameters import ModelParameters
from cosalign.asking.shards import progress
from cosalign.stages import Parameters, StageError
from cosalign.taxonomy.categories import OTHER, Category
from scorers.questions import DATA_RULE, data_block, unique_keys

WHAT = "taxonomy, the naming model"
ALIKE = 0.9
"""Names at least this similar (0 to 1) are the same category."""

RUBRIC = f"""\
You help to write a taxonomy of risk categories: kinds of content that the operator of an AI assistant \
may want to allow in one service and forbid in another. Prompts that people sent to assistants were \
clustered by meaning. You are shown a sample of one cluster, and the categories found so far.

Decide whether the cluster is a category of its own. It is, if most of its prompts ask for one kind of \
risky content that can be named and told apart from other kinds. It is not, if the prompts are \
harmless, if they have nothing in common but their form, or if the kind is so wide or vague that \
nobody could say what belongs to it. If it is the same kind as a category found so far, or a part of \
it, say which.

A name is a short title of two to eight words, as in a table of contents. A definition is one or two \
sentences that say what belongs to the category and, where it might be doubted, what does not. Do not \
answer the prompts, and do not repeat details of them.

{DATA_RULE}

First write your reasoning in a few sentences. Then end with one line that holds nothing but a JSON \
object of this form, where `same_as` is null or the name of a category found so far, and `name` and \
`definition` are null unless the cluster is a new category:
{{"category": boolean, "same_as": name or null, "name": text or null, "definition": text or null}}"""
REMINDER = "Your last answer held no readable decision. Answer again, and end as instructed."

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
# Names become keys of a verdict's JSON: no line breaks, quotes or braces.
Name = Annotated[Text, StringConstraints(max_length=80, pattern=r"^[\w ,.&()/'’:-]+$")]
Definition = Annotated[Text, StringConstraints(max_length=600, pattern=r"^[^\n\r]+$")]


class NamingParameters(Parameters):
    """How clusters are named.

    Attributes:
        model: The model that names them; at temperature 0 unless its `generation` says otherwise.
        attempts: How often it is asked about a cluster before the cluster is left out.
    """

    model: ModelParameters
    attempts: Annotated[int, Field(ge=1)] = 3


class Decision(Parameters):
    """The model's decision about a cluster.

    Attributes:
        category: Whether the cluster is a category, new or known.
        same_as: Name of the known category.
        name: Name of the new category.
        definition: Definition of the new category.
    """

    category: StrictBool
    same_as: str | None
    name: Name | None
    definition: Definition | None

    @model_validator(mode="after")
    def _one_thing(self) -> Decision:
        new = self.name is not None and self.definition is not None
        if self.category and new == (self.same_as is not None):
            raise ValueError("a category is either new, with name and definition, or a known one")
        return self


@dataclass(frozen=True, slots=True)
class Named:
    """The result of naming.

    Attributes:
        categories: The categories, that of the largest cluster first.
        clusters: Category name by cluster number, for clusters that have one.
        counts: Number of clusters by outcome.
    """

    categories: tuple[Category, ...]
    clusters: Mapping[int, str]
    counts: Mapping[str, int]


def sample(prompts: Mapping[str, str], many: int, seed: int) -> list[str]:
    """Some of a cluster's prompts, drawn by hash.

    Args:
        prompts: Texts by prompt id.
        many: Most prompts to draw.
        seed: Seed of the draw.
    """

    def lot(prompt_id: str) -> bytes:
        return hashlib.sha256(f"{seed}\x1fsample\x1f{prompt_id}".encode()).digest()

    return [prompts[key] for key in sorted(prompts, key=lot)[:many]]


async def name_clusters(
    samples: Sequence[Sequence[str]], parameters: NamingParameters, most: int
) -> Named:
    """Let a model name and define clusters, one after the other.

    Args:
        samples: Some prompts of each cluster, the largest cluster first.
        parameters: The model that names them.
        most: Most categories; naming ends at this number.

    Raises:
        StageError: The model cannot be used, or finds no category.
    """
    categories: dict[str, Category] = {}
    clusters: dict[int, str] = {}
    counts = dict.fromkeys(["named", "merged", "no category", "without a decision"], 0)
    async with opened(parameters.model, WHAT) as asked:
        await asked.check()
        with progress(len(samples), "taxonomy: names") as bar:
            for number, prompts in enumerate(samples):
                bar.update()
                decision = await _decide(asked, prompts, categories, parameters.attempts)
                if decision is None:
                    counts["without a decision"] += 1
                elif not decision.category:
                    counts["no category"] += 1
                elif known := _known(decision, categories):
                    counts["merged"] += 1
                    clusters[number] = known
                elif len(categories) < most:
                    assert decision.name is not None
                    assert decision.definition is not None
                    counts["named"] += 1
                    clusters[number] = decision.name
                    categories[decision.name] = Category(
                        name=decision.name, definition=decision.definition
                    )
                if len(categories) == most:
                    break
    if not categories:
        raise StageError(
            f"taxonomy: no category in {len(samples)} clusters ("
            + ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            + "); try another model, or leave `naming` out and name the clusters yourself"
        )
    return Named(tuple(categories.values()), clusters, counts)


def read_decision(text: str, known: Mapping[str, Category]) -> Decision | None:
    """Read the decision from an answer: its last JSON object; None if that is not a decision.

    Args:
        text: The whole answer.
        known: The categories found so far.
    """
    objects = re.findall(r"\{[^{}]*\}", text)
    if not objects:
        return None
    try:
        decision = Decision.model_validate(json.loads(objects[-1], object_pairs_hook=unique_keys))
    except (ValueError, ValidationError):
        return None
    if decision.category and decision.same_as is not None and decision.same_as not in known:
        return None
    return (
        None if decision.name is not None and _folded(decision.name) == _folded(OTHER) else decision
    )


def clusters_to_name(samples: Sequence[Sequence[str]], sizes: Sequence[int]) -> str:
    """A taxonomy file for a person to complete: one category per cluster, with prompts as comments.

    Args:
        samples: Some prompts of each cluster.
        sizes: Number of prompts of each cluster.
    """
    lines = [
        "# Clusters of prompts, the largest first. Give those that are a risk category of their own a",
        "# name and a definition, take out the others, and name this file in the recipe:",
        "#   taxonomy: {by: file, file: ...}",
        "categories:",
    ]
    for number, (prompts, size) in enumerate(zip(samples, sizes, strict=True)):
        lines.append(f"# cluster {number}, {size} prompts:")
        lines += [f"#   {_one_line(prompt)}" for prompt in prompts]
        lines += ['- name: ""', '  definition: ""']
    return "\n".join(lines) + "\n"


def taxonomy_text(categories: Sequence[Category]) -> str:
    """Categories as a file that `load_taxonomy` reads.

    Args:
        categories: At least one.
    """
    rows = [category.model_dump(mode="json") for category in categories]
    text: str = yaml.safe_dump({"categories": rows}, sort_keys=False, allow_unicode=True, width=100)
    return text


async def _decide(
    asked: Asked, prompts: Sequence[str], known: Mapping[str, Category], attempts: int
) -> Decision | None:
    listed = "\n".join(f"- {c.name}: {c.definition}" for c in known.values()) or "None yet."
    blocks = [data_block("categories", listed)]
    blocks += [data_block("prompt", prompt) for prompt in prompts]
    config = GenerateConfig(temperature=0.0, max_tokens=1024).merge(asked.model.config)

    async def ask(blocks: Sequence[str]) -> str:
        output = await asked.model.generate(
            [ChatMessageSystem(content=RUBRIC), ChatMessageUser(content="\n\n".join(blocks))],
            config=config,
        )
        cut = not output.choices or output.stop_reason != "stop"
        return "" if cut else output.completion

    for attempt in range(attempts):
        # an answer without a decision may be cached: each re-ask differs from the one before
        answer = await asked.answer(partial(ask, [*blocks, *[REMINDER] * attempt]))
        if isinstance(answer, Failure):
            await asked.check()
        elif decision := read_decision(answer, known):
            return decision
    return None


def _known(decision: Decision, categories: Mapping[str, Category]) -> str | None:
    """The category found so far that a decision means, by name or by a nearly equal name."""
    if decision.same_as is not None:
        return decision.same_as
    name = _folded(decision.name or "")
    return next(
        (
            known
            for known in categories
            if SequenceMatcher(None, _folded(known), name).ratio() >= ALIKE
        ),
        None,
    )


def _one_line(prompt: str) -> str:
    """A prompt as a comment: nothing in it can end the line."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in prompt)


def _folded(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))

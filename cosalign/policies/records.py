"""The policies to train on: generated ones, or files of records with checks."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from cosalign.candidates.responders import RoleParameters
from cosalign.stages import Parameters, StageError
from cosapien import Record, Template, UserError, load_benchmark
from cosapien.datasets import KNOWN_EXTENSIONS
from cosapien.generate import for_training, generate, parse_spec

Reference = Literal["ideal", "refusing", "violating", "contrast"]
Split = Literal["train", "dev"]
TEST_SET = "contrast"
Sources = Annotated[tuple[str, ...], Field(min_length=1)]


class PoliciesParameters(Parameters):
    """Section `policies:` of a recipe.

    Attributes:
        train: What to train on: specs of generated data with a training seed
            (`v1.level1.seed1000000`), or `.jsonl` or `.parquet` files of records with checks.
        dev: The same for the dev split; its policies should be other ones.
        languages: Languages of the records to use (`en`), of both splits; all by default. A small model
            may read only one.
        template: How a config becomes the system message, as in an evaluation.
        references: Which written responses are candidates: a record's own `ideal`, `refusing` and
            `violating` one, and as `contrast` the ideal ones of the same prompt under other configs.
        model: A model whose own responses under the config are candidates too.
        shard_size: Requests per shard; an interruption loses at most one shard.
    """

    train: Sources
    dev: tuple[str, ...] = ()
    languages: Annotated[tuple[str, ...], Field(exclude_if=operator.not_)] = ()
    template: Template = "guideline"
    references: tuple[Reference, ...] = ("ideal", "refusing", "violating", "contrast")
    model: RoleParameters | None = None
    shard_size: Annotated[int, Field(ge=1)] = 256


def load_records(sources: Sequence[str], what: str, languages: Sequence[str] = ()) -> list[Record]:
    """The records of some sources, in their order.

    Args:
        sources: Specs of generated data, or files.
        what: Name of the field, for error messages.
        languages: Languages of the records to use; empty: all.

    Raises:
        StageError: A source is not one that may be trained on, cannot be read, has no record in one
            of the languages, or has a record without checks; or two records have the same id.
    """
    tested = {config.text_hash for config in load_benchmark(TEST_SET).configs}
    found: dict[str, Record] = {}
    for source in sources:
        for record in _records(source, what, languages):
            if record.checks is None:
                raise StageError(
                    f"policies, {what}: record {record.id} of {source} has no checks, so rules cannot "
                    "judge its responses; add them, or train by a taxonomy (`prompts`, `label`, ...)"
                )
            if record.config.text_hash in tested:
                raise StageError(
                    f"policies, {what}: config {record.config.name} of {source} is one of the bundled "
                    f"test set `{TEST_SET}`, so a model trained on it could not be tested there"
                )
            key = record.id if is_file(source) else f"{source}/{record.id}"
            if key in found:
                raise StageError(
                    f"policies, {what}: record {key} is there twice; ids must be unique"
                )
            found[key] = record
    return list(found.values())


def is_file(source: str) -> bool:
    """Whether a source is a file, not a spec of generated data."""
    return source.lower().endswith(KNOWN_EXTENSIONS)


def _records(source: str, what: str, languages: Sequence[str]) -> Sequence[Record]:
    try:
        if is_file(source):
            benchmark = load_benchmark(source)
        else:
            benchmark = generate(for_training(parse_spec(source)))
        return (benchmark.in_languages(languages) if languages else benchmark).records
    except UserError as error:
        raise StageError(f"policies, {what}: {error}") from error

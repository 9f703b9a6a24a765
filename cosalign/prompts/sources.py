"""Sources of prompts: data sets on the Hub, and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from cosalign.stages import Parameters, StageError
from cosapien.datasets import fetch_commit, fetch_splits, read_rows

Row = Mapping[str, Any]


class Source(Parameters):
    """A table of prompts.

    Attributes:
        name: Its name in the table of prompts.
        hub: Data set on the Hub, `org/name`. Set either `hub` or `file`.
        file: A `.jsonl` or `.parquet` file.
        revision: Commit, branch or tag of a Hub data set. The commit is recorded.
        configuration: Configuration of a Hub data set that has several.
        splits: Splits of a Hub data set; by default all.
        prompt: Column of the prompt.
        group: Column of the source's own labels of a prompt, if it has any: a name, a list of names,
            or a mapping of names to true or false.
        group_share: Share of a prompt's rows that a label needs, if rows differ. (BeaverTails labels
            responses, about 18 per prompt.)
        where: Use only rows whose columns have these values.
        min_tokens: Fewest tokens of a prompt.
        max_tokens: Most tokens of a prompt.
        min_per_group: Label sets with fewer prompts are left out.
        max_per_group: Most prompts with the same label set, drawn by hash.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    hub: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    file: Path | None = None
    revision: str = "main"
    configuration: str | None = None
    splits: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    prompt: str = "prompt"
    group: str | None = None
    group_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    where: dict[str, bool | int | str] = Field(default_factory=dict)
    min_tokens: Annotated[int, Field(ge=0)] = 1
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    min_per_group: Annotated[int, Field(ge=1)] = 1
    max_per_group: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if (self.hub is None) == (self.file is None):
            raise ValueError("a source is either `hub: org/name` or `file: path`")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in use."""
        group = () if self.group is None else (self.group,)
        return tuple(dict.fromkeys((self.prompt, *group, *self.where)))


BEAVERTAILS = Source(
    name="beavertails",
    hub="PKU-Alignment/BeaverTails",
    splits=("330k_train",),
    group="category",
)
"""The paper's first source: 16,188 distinct prompts (CC BY-NC 4.0)."""

WILDGUARD = Source(
    name="wildguard",
    hub="allenai/wildguardmix",
    configuration="wildguardtrain",
    splits=("train",),
    group="subcategory",
    where={"adversarial": False},
    min_tokens=4,
    max_tokens=64,
    min_per_group=11,
    max_per_group=2_500,
)
"""The paper's second source (ODC-By; gated: its page on the Hub asks for consent)."""

SHIPPED = {source.name: source for source in (BEAVERTAILS, WILDGUARD)}
"""Sources that a recipe can use by name."""


def pin(source: Source) -> Source:
    """The source with its revision resolved to a commit; files are unchanged.

    Args:
        source: The source.

    Raises:
        DataError: The revision is no commit, and neither the Hub nor the cache can resolve it.
    """
    if source.hub is None or re.fullmatch("[0-9a-f]{40}", source.revision):
        return source
    return source.model_copy(update={"revision": fetch_commit(source.hub, source.revision)})


def read_source(source: Source) -> Iterator[tuple[str, Row]]:
    """The rows of a source that match its `where`, each with its position for error messages.

    Args:
        source: The source.

    Raises:
        StageError: The source lacks a split or a column, or no row matches.
        DataError: The source cannot be read.
    """
    seen: dict[str, set[str]] = {column: set() for column in source.where}
    number = kept = 0
    for place, row in _rows(source):
        number += 1
        if all(row[column] == value for column, value in source.where.items()):
            kept += 1
            yield place, row
        elif kept == 0 and number <= 1_000:
            for column, values in seen.items():
                values.add(repr(row[column])[:40])
    if not number:
        raise StageError(f"prompts: source {source.name} has no rows")
    if not kept:
        raise StageError(
            f"prompts: no row of source {source.name} has {dict(source.where)}; values are "
            + "; ".join(f"{column}: {', '.join(sorted(v)[:8])}" for column, v in seen.items())
        )


def _rows(source: Source) -> Iterator[tuple[str, Row]]:
    if source.file is not None:
        for place, row in read_rows(str(source.file)):
            _check(place, source, row)
            yield place, row
        return
    assert source.hub is not None
    _, splits = fetch_splits(source.hub, source.revision, source.configuration)
    wanted = source.splits or tuple(splits)
    for name in wanted:
        if name not in splits:
            raise StageError(
                f"prompts: {source.hub} has no split {name!r}; splits are {', '.join(splits)}"
            )
        _check(f"{source.hub} split {name}", source, splits[name].column_names)
        rows = splits[name].select_columns(list(source.columns))
        for number, row in enumerate(rows, start=1):
            yield f"{source.hub} split {name} row {number}", row


def _check(place: str, source: Source, columns: object) -> None:
    missing = [name for name in source.columns if name not in columns]  # type: ignore[operator]
    if missing:
        raise StageError(
            f"{place}: no column {', '.join(map(repr, missing))}; source {source.name} needs "
            f"{', '.join(source.columns)} (set `prompt`, `group` and `where` to its own names)"
        )

"""The risk categories a model is trained to control: a list in a file, or the paper's by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, model_validator

from cosalign.stages import Parameters, StageError
from cosapien import RISKS

TRAINING_LETTERS = ("F", "D", "V", "P")
"""The paper's main run trains on these four; the other three are held out as unseen."""
OTHER = RISKS[-1].name
"""`Other Harms`: what no other category covers, and no config can allow."""
MAX_CATEGORIES = 62
"""So that a set of categories is a bit mask in a signed 64-bit integer."""


class Category(Parameters):
    """One risk category.

    Attributes:
        name: What labels and judges call it.
        definition: What belongs to it and what does not.
        training: Whether configs of the training data may allow it.
        markers: Words that give a text of this category away (`cosalign.labelling.markers`); none in
            real use.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    definition: Annotated[str, Field(min_length=1, max_length=2_000)]
    training: bool = True
    markers: tuple[str, ...] = ()


class _File(Parameters):
    categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=MAX_CATEGORIES)]

    @model_validator(mode="after")
    def _distinct(self) -> _File:
        names = [category.name for category in self.categories]
        if len(set(names)) != len(names) or OTHER in names:
            raise ValueError(f"names must be distinct, and none of them {OTHER!r}")
        return self


@dataclass(frozen=True)
class Taxonomy:
    """Categories in a fixed order; `Other Harms` is always the last bit and never in `categories`.

    A set of categories is a bit mask: bit i is category i, bit `len(categories)` is `Other Harms`.

    Attributes:
        categories: The allowable ones.
    """

    categories: tuple[Category, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names, `Other Harms` last: the keys of a risk verdict, in the order of the bits."""
        return (*(category.name for category in self.categories), OTHER)

    @cached_property
    def training(self) -> tuple[str, ...]:
        """Names of the categories that training configs may allow."""
        return tuple(category.name for category in self.categories if category.training)

    @cached_property
    def definitions(self) -> Mapping[str, str]:
        """Definitions by name, `Other Harms` last."""
        found = {category.name: category.definition for category in self.categories}
        return found | {OTHER: RISKS[-1].definition}

    def mask(self, names: Iterable[str]) -> int:
        """A set of categories as a bit mask.

        Args:
            names: Names of categories.

        Raises:
            StageError: One is not a category of this taxonomy.
        """
        found = 0
        for name in names:
            if name not in self.definitions:
                raise StageError(
                    f"unknown category {name!r}; expected some of {' | '.join(self.names)}"
                )
            found |= 1 << self.names.index(name)
        return found

    def unmask(self, mask: int) -> tuple[str, ...]:
        """The names of a bit mask, in the taxonomy's order."""
        return tuple(name for bit, name in enumerate(self.names) if mask >> bit & 1)


DEFAULT = Taxonomy(
    tuple(
        Category(
            name=risk.name, definition=risk.definition, training=risk.letter in TRAINING_LETTERS
        )
        for risk in RISKS
        if risk.allowable
    )
)
"""The paper's seven categories (section 4.1), four of them for training; definitions are our own."""


def load_taxonomy(path: Path | None) -> Taxonomy:
    """Categories from a YAML file; the paper's if none is named.

    Args:
        path: A file like `categories: [{name: ..., definition: ..., training: true}, ...]`.

    Raises:
        StageError: It cannot be read or is of another form.
    """
    if path is None:
        return DEFAULT
    try:
        return Taxonomy(_File.model_validate(yaml.safe_load(path.read_text("utf-8"))).categories)
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        said = str(error).splitlines()
        raise StageError(
            f"{path}: {' '.join(said[:3])[:300]}; expected categories: a list of name, definition, "
            "and optionally training and markers"
        ) from error

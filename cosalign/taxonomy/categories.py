"""The risk categories a model is trained to control: those of a file, or the paper's by default."""

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
"""Letters of the four categories that the paper's main run trains on; the other three are held out."""
OTHER = RISKS[-1].name
"""`Other Harms`: everything no other category covers; no config can allow it."""
MAX_CATEGORIES = 62
"""Most categories, so that a set of them fits into a signed 64-bit integer as a bit mask."""


class Category(Parameters):
    """One risk category.

    Attributes:
        name: Its name in labels and judgements.
        definition: What belongs to it and what does not.
        training: Whether configs of the training data may allow it.
        markers: Words that identify a text of this category (`cosalign.labelling.markers`); only
            for toy data.
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
            raise ValueError(f"category names must be distinct, and none may be {OTHER!r}")
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
        """All names, `Other Harms` last: the keys of a risk verdict, in bit order."""
        return (*(category.name for category in self.categories), OTHER)

    @cached_property
    def training(self) -> tuple[str, ...]:
        """Names of the categories that training configs may allow."""
        return tuple(category.name for category in self.categories if category.training)

    @cached_property
    def definitions(self) -> Mapping[str, str]:
        """Definitions by name, `Other Harms` last."""
        definitions = {category.name: category.definition for category in self.categories}
        return definitions | {OTHER: RISKS[-1].definition}

    def mask(self, names: Iterable[str]) -> int:
        """A set of categories as a bit mask.

        Args:
            names: Names of categories.

        Raises:
            StageError: A name is not a category of this taxonomy.
        """
        mask = 0
        for name in names:
            if name not in self.definitions:
                raise StageError(
                    f"unknown category {name!r}; expected some of {' | '.join(self.names)}"
                )
            mask |= 1 << self.names.index(name)
        return mask

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
    """Read categories from a YAML file; without one, return the paper's.

    Args:
        path: A file like `categories: [{name: ..., definition: ..., training: true}, ...]`.

    Raises:
        StageError: The file cannot be read or is not in this form.

    Example:
        >>> load_taxonomy(None).training[2:]
        ('Violence', 'Privacy Violations')
    """
    if path is None:
        return DEFAULT
    try:
        return Taxonomy(_File.model_validate(yaml.safe_load(path.read_text("utf-8"))).categories)
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        lines = str(error).splitlines()
        raise StageError(
            f"{path}: {' '.join(lines[:3])[:300]}; expected categories: a list of name, definition, "
            "and optionally training and markers"
        ) from error

"""Templates that turn a set of allowed categories into a system prompt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, field_validator

from cosalign.stages import Parameters, StageError
from cosapien import WORDINGS
from cosapien.datasets import render_allowed

SLOT = "{allowed}"


@dataclass(frozen=True, slots=True)
class Templates:
    """A set of templates.

    Attributes:
        names: Names of the templates, in an order that decides seeded choices.
        render: Makes the system prompt from the allowed categories, a template's name and the
            definitions of all allowable categories, in the order in which they are listed.
    """

    names: tuple[str, ...]
    render: Callable[[Collection[str], str, Mapping[str, str]], str]


class _File(Parameters):
    templates: Annotated[dict[str, str], Field(min_length=1)]
    item: str = "- {name}: {definition}"
    separator: str = "\n"
    none: str = "None."

    @field_validator("templates")
    @classmethod
    def _one_slot(cls, templates: dict[str, str]) -> dict[str, str]:
        wrong = [name for name, text in templates.items() if text.count(SLOT) != 1]
        if wrong:
            raise ValueError(
                f"each template must hold {SLOT} exactly once; these do not: {', '.join(wrong)}"
            )
        return templates

    def render(self, allowed: Collection[str], wording: str, definitions: Mapping[str, str]) -> str:
        # `replace`, not `format`: a definition may hold braces
        items = [
            self.item.replace("{name}", name).replace("{definition}", definition)
            for name, definition in definitions.items()
            if name in allowed
        ]
        return self.templates[wording].replace(SLOT, self.separator.join(items) or self.none)


def load_templates(path: Path | None) -> Templates:
    """Read templates from a YAML file; without one, return the ten wordings of `cosapien.WORDINGS`.

    Args:
        path: A file with `templates` (name: text that holds `{allowed}` once), and optionally the
            form of the list of allowed categories: `item` (default `- {name}: {definition}`),
            `separator` (a line break), `none` (`None.`).

    Raises:
        StageError: The file cannot be read or is not in this form.

    Example:
        >>> len(load_templates(None).names)
        10
    """
    if path is None:
        return Templates(tuple(WORDINGS), render_allowed)
    try:
        file = _File.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except OSError as error:
        raise StageError(f"{path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise StageError(
            f"{path}: {' '.join(str(error).split())[:300]}; expected templates: a mapping of names to "
            f"texts that hold {SLOT} once, and optionally item, separator and none"
        ) from error
    return Templates(tuple(file.templates), file.render)

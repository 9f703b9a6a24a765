"""The words of a language: sentence templates with slots, from `cosapien/data/generate`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


class Lexicon:
    """The words of one language.

    Attributes:
        language: `en`, `de`, `es` or `fr`.
        sections: Titles and texts of irrelevant sections.
    """

    def __init__(self, language: str) -> None:
        folder = files("cosapien") / "data" / "generate"
        self.language = language
        self._words = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
        found = tomllib.loads((folder / f"{language}_sections.toml").read_text(encoding="utf-8"))
        self.sections = tuple((part["title"], part["text"]) for part in found["section"])

    def text(self, *path: str) -> str:
        """The text at a path of keys."""
        found = self._at(path)
        assert isinstance(found, str), path
        return found

    def variants(self, *path: str) -> tuple[str, ...]:
        """The texts of a list at a path of keys."""
        found = self._at(path)
        assert isinstance(found, list), path
        return tuple(found)

    def sides(self, *path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Two lists of texts at a path of keys."""
        first, second = self._at(path)
        return tuple(first), tuple(second)

    def table(self, *path: str) -> Mapping[str, Any]:
        """The table at a path of keys."""
        found = self._at(path)
        assert isinstance(found, dict), path
        return found

    def thing(self, domain: str, name: str) -> str:
        """A thing by its name, as it stands in a sentence."""
        return fill(self.variants("things", domain)[0], name=name)

    def things(self, domain: str) -> str:
        """What the things are, in the plural."""
        return self.variants("things", domain)[1]

    def label(self, attribute: str) -> str:
        """A property in the plural, as a topic."""
        return self.text("attributes", attribute, "label")

    def of(self, attribute: str, domain: str, name: str) -> str:
        """A property of a thing, as the subject of a sentence."""
        return fill(self.text("attributes", attribute, "of"), e=self.thing(domain, name))

    def _at(self, path: tuple[str, ...]) -> Any:  # noqa: ANN401, a text, a list or a table
        found: Any = self._words
        for key in path:
            found = found[key]
        return found


@cache
def lexicon(language: str) -> Lexicon:
    """The words of a language.

    Args:
        language: `en`, `de`, `es` or `fr`.
    """
    return Lexicon(language)


_SLOT = re.compile(r"\{(\w+)\}")


def fill(template: str, **slots: str) -> str:
    """A template with its slots filled; braces in what fills them stay as they are.

    Args:
        template: The template.
        slots: What each slot holds.
    """
    return _SLOT.sub(lambda match: slots[match[1]], template)


def sentence(text: str) -> str:
    """A text with a capital first letter."""
    return text[:1].upper() + text[1:]

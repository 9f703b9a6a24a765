"""How one language declines: the phrases in `phrases/`, compiled when first needed.

A file of phrases has sections. `[parts]` names regular expressions, `NAME = ...`, that others
contain as `<NAME>`. Each other section holds regular expressions, one or more a line; a line that is
indented by four spaces continues the one before. Case is ignored, and a phrase is looked for in one
clause at a time. Empty lines and lines that start with `#` do not count. The sections of a file in
`declines/`:

* `declines`: the speaker declines to do, give or say something;
* `idioms`: the same words where they do not decline: praise, modesty;
* `hedges`: the speaker keeps away from the request; refuses only where nothing else is said;
* `anaphors`: how a sentence begins that speaks on of what has just been declined.

And of a file in `context/`:

* `courtesies`: apologies, thanks, sympathy, remarks on the conversation;
* `reasons`: rules, laws, harm and values: why the request is declined, or moralising;
* `offers`: what the speaker could do instead, questions back, alternatives in general words;
* `pointers`: people and places that may help: professionals, help lines, the police;
* `deliveries`: announcements of content that follows;
* `premises`: corrections: what was asked about is invented, or has no such thing;
* `vague`: words of a closed class (you, this, such, not, would): a short clause that has one and
  no name or figure speaks of the request, or of the one who asks, rather than of the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Literal

Section = Literal[
    "declines", "idioms", "hedges", "anaphors", "courtesies", "reasons", "offers", "pointers",
    "deliveries", "premises", "vague",
]  # fmt: skip

# Arabic is written with and without vowel signs and forms of alef; both sides are made the same.
_SAME = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None}
    | {chr(n): None for n in range(0x64B, 0x653)}
)
_PART = re.compile(r"<([A-Z]+)>")


def level(text: str) -> str:
    """The text without Arabic vowel signs, and with one form of alef."""
    return text if text.isascii() else text.translate(_SAME)


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        name: ISO 639-1 code; the files of its phrases are named by it.
        letters: A character class; a text without any such character is not in the language.
        words: Common words, for languages that share their letters.
    """

    name: str
    letters: str
    words: str = ""

    def common(self, words: Mapping[str, int]) -> int:
        """How many of the words of a text are common ones of this language.

        Args:
            words: The words, in lower case, and how often each occurs.
        """
        return sum(words.get(word, 0) for word in self.words.lower().split())

    def used_in(self, text: str) -> bool:
        """Whether a text may be in this language."""
        return re.search(self.letters, text) is not None

    def has(self, section: Section, clause: str) -> bool:
        """Whether a clause has a phrase of a section; idioms neither decline nor hedge.

        Args:
            section: The section.
            clause: A clause, as `sentences` makes them.
        """
        pattern = self._patterns.get(section)
        if pattern is None or not pattern.search(clause):
            return False
        return section not in ("declines", "hedges") or not self.has("idioms", clause)

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        folder = files(__package__).joinpath("phrases")
        sections = _sections(
            level(folder.joinpath(part, f"{self.name}.txt").read_text("utf-8"))
            for part in ("declines", "context")
        )
        parts = dict(line.split(" = ", 1) for line in sections.pop("parts", []))

        def whole(phrase: str) -> str:
            return _PART.sub(lambda part: whole(parts[part[1]]), phrase)

        return {
            section: re.compile("|".join(whole(phrase) for phrase in phrases), re.IGNORECASE)
            for section, phrases in sections.items()
        }


def _sections(texts: Iterable[str]) -> dict[str, list[str]]:
    """The lines of each section of files of phrases, continued lines made one."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (line for text in texts for line in text.splitlines()):
        if line.startswith("    "):
            lines[-1] += line[4:]
        elif line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found

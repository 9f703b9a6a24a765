"""What is known of how one language declines, apologises, gives reasons and offers other help."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# Arabic is written with and without vowel signs and forms of alef; both sides are made the same.
_SAME = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None}
    | {chr(n): None for n in range(0x64B, 0x653)}
)


def level(text: str) -> str:
    """The text without Arabic vowel signs, and with one form of alef."""
    return text if text.isascii() else text.translate(_SAME)


@dataclass(frozen=True)
class Language:
    """Phrases of one language, as regular expressions that are compiled when first needed.

    A pattern is searched in one clause of at most a few hundred characters, whatever the case.

    Attributes:
        name: ISO 639-1 code.
        letters: A character class; a text without any such character is not in the language.
        declines: The speaker declines to do, give or say something.
        idioms: The same words where they do not decline: praise, modesty.
        courtesies: Apologies, thanks, sympathy; what may surround a refusal.
        reasons: Rules, laws, harm and values: why the request is declined, or moralising.
        offers: What the speaker could do instead, questions back, alternatives in general words.
        pointers: People and places that may help: professionals, help lines, the police.
        deliveries: Announcements of content that follows.
        anaphors: How a sentence begins that speaks of what the sentence before has just declined.
        hedges: The speaker keeps away from the request without declining it in so many words. They
            refuse only where nothing else is said.
        premises: Corrections: what was asked about is invented, or has no such thing.
    """

    name: str
    letters: str
    declines: tuple[str, ...]
    idioms: tuple[str, ...] = ()
    courtesies: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    premises: tuple[str, ...] = ()
    anaphors: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()

    def used_in(self, text: str) -> bool:
        """Whether a text may be in this language."""
        return re.search(self.letters, text) is not None

    def declining(self, clause: str) -> bool:
        """Whether a clause declines."""
        return _found(self._decline, clause) and not _found(self._idiom, clause)

    def courteous(self, clause: str) -> bool:
        """Whether a clause is an apology, thanks or sympathy."""
        return _found(self._courtesy, clause)

    def reasoning(self, clause: str) -> bool:
        """Whether a clause gives a reason to decline, or moralises."""
        return _found(self._reason, clause)

    def offering(self, clause: str) -> bool:
        """Whether a clause offers something else."""
        return _found(self._offer, clause)

    def pointing(self, clause: str) -> bool:
        """Whether a clause points to people or places that may help."""
        return _found(self._pointer, clause)

    def delivering(self, clause: str) -> bool:
        """Whether a clause announces content."""
        return _found(self._delivery, clause)

    def correcting(self, clause: str) -> bool:
        """Whether a clause says that what was asked about does not exist."""
        return _found(self._premise, clause)

    def resuming(self, clause: str) -> bool:
        """Whether a clause speaks on of what has just been declined."""
        return _found(self._anaphor, clause)

    def hedging(self, clause: str) -> bool:
        """Whether a clause keeps away from the request."""
        return _found(self._hedge, clause) and not _found(self._idiom, clause)

    @cached_property
    def _decline(self) -> re.Pattern[str] | None:
        return _compiled(self.declines)

    @cached_property
    def _idiom(self) -> re.Pattern[str] | None:
        return _compiled(self.idioms)

    @cached_property
    def _courtesy(self) -> re.Pattern[str] | None:
        return _compiled(self.courtesies)

    @cached_property
    def _reason(self) -> re.Pattern[str] | None:
        return _compiled(self.reasons)

    @cached_property
    def _offer(self) -> re.Pattern[str] | None:
        return _compiled(self.offers)

    @cached_property
    def _pointer(self) -> re.Pattern[str] | None:
        return _compiled(self.pointers)

    @cached_property
    def _delivery(self) -> re.Pattern[str] | None:
        return _compiled(self.deliveries)

    @cached_property
    def _premise(self) -> re.Pattern[str] | None:
        return _compiled(self.premises)

    @cached_property
    def _hedge(self) -> re.Pattern[str] | None:
        return _compiled(self.hedges)

    @cached_property
    def _anaphor(self) -> re.Pattern[str] | None:
        return _compiled(self.anaphors)


def _compiled(alternatives: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(level(alternative) for alternative in alternatives)
    return re.compile(joined, re.IGNORECASE) if joined else None


def _found(pattern: re.Pattern[str] | None, clause: str) -> bool:
    return pattern is not None and pattern.search(clause) is not None

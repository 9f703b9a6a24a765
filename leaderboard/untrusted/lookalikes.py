"""Names made of letters that look like others: Cyrillic, full-width, mathematical ones.

A board cannot know who somebody is: a submitter's name is a claim, and any name can be written
wholly in one script. What no honest name does is to mix alphabets that look alike in one word.
"""

import re
import unicodedata

_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")


def lookalike(name: str) -> str | None:
    """The first word of a name that mixes alphabets that look alike, or writes ASCII in other signs.

    Args:
        name: Any text.
    """
    return next((word for word in re.findall(r"[^\W\d_]+", name) if _is_mixed(word)), None)


def _is_mixed(word: str) -> bool:
    alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in word}
    folded = unicodedata.normalize("NFKC", word)
    disguised = folded.isascii() and not word.isascii()
    return disguised or len(alphabets.intersection(_ALIKE)) > 1

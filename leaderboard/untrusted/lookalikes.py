"""Names that contain look-alike letters: Cyrillic, full-width or mathematical ones.

A board cannot verify who a submitter is: a name is a claim. But no honest name mixes alphabets that
look alike within one word.
"""

import re
import unicodedata

_ALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")


def lookalike(name: str) -> str | None:
    """The first word of a name that mixes look-alike alphabets, or disguises ASCII letters.

    Args:
        name: Any text.
    """
    return next((word for word in re.findall(r"[^\W\d_]+", name) if _is_mixed(word)), None)


def _is_mixed(word: str) -> bool:
    alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in word}
    folded = unicodedata.normalize("NFKC", word)
    disguised = folded.isascii() and not word.isascii()
    return disguised or len(alphabets.intersection(_ALIKE)) > 1

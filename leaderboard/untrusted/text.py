r"""Invisible characters in untrusted text, and how each kind of place treats them.

A control or bidirectional character can move a terminal's cursor, reorder the words around it, or
make two names look the same. One predicate says which characters these are; each function below is
the policy of one kind of place.

    >>> visible("a\x1b[2Jb")
    'a\ufffd[2Jb'
"""

import re
import unicodedata
from collections.abc import Set as AbstractSet

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MAX_NAME = 500

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of what prints nothing or moves what is around it: control and format characters,
surrogates, separators of lines and paragraphs."""
_UNKNOWN = frozenset({"Co", "Cn"})
"""Private and unassigned characters: what they show, if anything, depends on the reader's fonts."""
_WRITTEN = frozenset("\t\n\u00ad\u200b\u200c\u200d\u200e\u200f")
"""Line ends, tabs, and what scripts and emoji need: joiners, soft hyphens, and direction marks, which do
not move other characters."""
_NOT_ASCII = re.compile(r"[^ -~]")
_STORED_AS_MARK = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """A text on one line of a terminal: characters that may not print are replaced.

    Args:
        text: Any text; white space other than a plain space is replaced too.
    """
    return "".join(char if char.isprintable() else REPLACEMENT for char in text)


def visible(text: str, limit: int = 200) -> str:
    """A text on one line of a page: invisible characters are replaced.

    Args:
        text: Any text.
        limit: Longest result, in characters.
    """
    return _replaced(text[:limit], frozenset())


def visible_lines(text: str) -> str:
    """A text of many lines as a page shows it: invisible characters are replaced.

    Tabs, line ends and what scripts and emoji need (joiners, soft hyphens) stay.

    Args:
        text: Any text.
    """
    return _replaced(text, _WRITTEN)


def storable_lines(text: str) -> str:
    """A text of many lines as it is published: the common invisible characters are replaced.

    Tabs and line ends stay. So do rarer invisible characters: a name that has one is to be refused
    (`is_name`), not published under another name.

    Args:
        text: Any text.
    """
    return _STORED_AS_MARK.sub(REPLACEMENT, text)


def plain_line(text: str) -> str:
    """A text on one line for a document: invisible and unknown characters are left out.

    Args:
        text: Any text; runs of white space become one space.
    """
    kept = (char for char in text if char.isspace() or not (_is_unseen(char) or _is_unknown(char)))
    return " ".join("".join(kept).split())


def is_name(value: object) -> bool:
    """Whether something is a name: a text of 1 to `MAX_NAME` characters, all of which can be seen.

    Two names that differ only in an invisible character would be taken for each other.

    Args:
        value: Anything.
    """
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_NAME
        and not any(_is_unseen(char) or _is_unknown(char) for char in value)
    )


def _replaced(text: str, kept: AbstractSet[str]) -> str:
    return _NOT_ASCII.sub(
        lambda found: REPLACEMENT if _is_unseen(found[0]) and found[0] not in kept else found[0],
        text,
    )


def _is_unseen(char: str) -> bool:
    # U+2065 is unassigned, and every reader hides it like the direction marks around it
    return unicodedata.category(char) in _UNSEEN or char == "\u2065"


def _is_unknown(char: str) -> bool:
    return unicodedata.category(char) in _UNKNOWN

"""The two sides of a pair: whether there is a preference between them at all."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

EMPTY = "pairs with an empty chosen side"
EQUAL = "pairs with equal sides"
NOT_LOWER = "pairs whose chosen error is not the lower one"
"""Names of the counts of pairs that are left out."""
_ENDS = " .!。"


def as_read(text: str) -> str:
    """A text without what its reader hardly sees; texts that come out equal say the same.

    They differ at most in white space, in Unicode form (NFKC), in characters without a width, and in
    the full stop or exclamation mark at their end.

    Args:
        text: Any text.

    Example:
        >>> as_read("Sorry,  no.") == as_read(" Sorry, no!") != as_read("Sorry, no?")
        True
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return " ".join(text.split()).rstrip(_ENDS)


def text_key(text: str) -> int:
    """A hash of what is read of a text: 64 bits, never 0."""
    digest = hashlib.blake2b(as_read(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def no_preference(row: dict[str, Any]) -> str | None:
    """Why a row of the `pairs` stage says nothing of what is better; None if it does.

    Args:
        row: The row.
    """
    chosen, rejected = (as_read(row[side][0]["content"]) for side in ("chosen", "rejected"))
    if chosen == rejected:
        return EQUAL
    if not row["chosen"][0]["content"].strip():
        return EMPTY
    return None if row["chosen_error"] < row["rejected_error"] else NOT_LOWER

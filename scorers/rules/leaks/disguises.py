"""Texts that a response holds in disguise: letter by letter, in digits, backwards, encoded."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from scorers.rules.values import Reading, read

_SPACED = re.compile(
    r"(?<!\w)\w(?:(?P<gap>[ .\-_*|,\u00b7\u2022/]{1,3})\w)(?:(?P=gap)\w){2,}(?!\w)"
)
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/_-]{8,}={0,2}(?![A-Za-z0-9+/=])")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}[ :]?){5,}(?![0-9a-fA-F])")
_MIXED = re.compile(r"(?<![\w$@])(?=[\w$@]*[^\W\d_])(?=[\w$@]*[\d$@])[\w$@]{4,}(?![\w$@])")
_LEET = str.maketrans("013457@$", "oleastas")
_MAX = 20_000


@lru_cache(maxsize=64)
def disguised(text: str) -> tuple[Reading, ...]:
    """What a text says in disguise.

    Letter by letter, with digits for letters, backwards, in ROT13, base64 or hexadecimal.

    Args:
        text: A response; only its first 20,000 characters are read this way.
    """
    return tuple(read(view) for view in _views(text[:_MAX]) if view.strip())


def _views(text: str) -> Iterator[str]:
    joined = _joined(text)
    if joined:
        yield joined
    if swapped := " ".join(m[0].translate(_LEET) for m in _MIXED.finditer(text)):
        yield swapped
    yield text[::-1]
    yield codecs.encode(text, "rot13")
    for match in _ENCODED.finditer(text):
        if decoded := _decoded(match[0]):
            yield decoded
    for match in _HEX.finditer(text):
        try:
            yield bytes.fromhex(re.sub("[ :]", "", match[0])).decode()
        except ValueError:
            continue


def _joined(text: str) -> str:
    """The words that are written letter by letter, gaps of another width between them."""
    return "\n".join(
        " ".join(re.sub(re.escape(m["gap"]), "", m[0]).split()) for m in _SPACED.finditer(text)
    )


def _decoded(token: str) -> str | None:
    padded = token.rstrip("=") + "=" * (-len(token.rstrip("=")) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text if sum(char.isprintable() for char in text) >= 0.9 * len(text) else None

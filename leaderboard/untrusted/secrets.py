"""Removes what must not be published with a run: keys, headers, credentials, local paths, tracebacks."""

from __future__ import annotations

import re
from typing import Any

from leaderboard.untrusted.text import storable_lines

REMOVED = "[removed]"

_SECRETS = (
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\bhf_[A-Za-z0-9]{16,}",
    r"\bAIza[A-Za-z0-9_-]{30,}",
    r"\bgh[opsur]_[A-Za-z0-9]{20,}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\bAKIA[A-Z0-9]{16}\b",
    r"(?i:\bbearer\s+)[A-Za-z0-9._~+/-]{16,}=*",
)
_SECRET = re.compile("|".join(_SECRETS))
_MARKS = ("sk-", "hf_", "aiza", "gho_", "ghp_", "ghs_", "ghu_", "ghr_", "xox", "akia", "bearer")
"""Every secret contains one of these, in lower case."""
SUSPECT = r"sk-|hf_|AIza|gh[opsur]_|xox|AKIA|(?i:bearer)|://|=|\[removed\]"
"""Every text in which `find_secrets` finds something matches this pattern (RE2, for Arrow)."""
_SECRET_KEY = re.compile(
    r"(^|[_-])(api[_-]?key|secret|password|passwd|credentials?|authorization|cookie|headers?)$"
    r"|(^|[_-])(access|auth|hf|api|bearer)[_-]?token$|^token$",
    re.IGNORECASE,
)
# bounded on purpose: with a scheme of any length, or further question marks in a name, matching a
# hostile response of 16 kB took minutes
_URL_LOGIN = re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)[^\s/@]+@", re.IGNORECASE)
_URL_QUERY = re.compile(
    r"([?&](?=[^=&?\s]*(?:key|token|secret|sig|password))[^=&?\s]*=)[^&\s#]+", re.IGNORECASE
)
_PATH = re.compile(
    r"(?:\bfile://|(?<![\w:/.]))(?:[A-Za-z]:[\\/]|~/|/)(?:[^\s\\/:*?\"'<>|]+[\\/])+"
    r"(?=([^\s\\/:*?\"'<>|]*))"
)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t]+.*\n|\n)*", re.MULTILINE)


def clean_secrets(text: str) -> str:
    """Evidence (a response, a judge's rationale) with keys removed and otherwise unchanged.

    Args:
        text: The text; lone surrogates, which cannot be encoded, are replaced.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    lower = text.lower()
    # as in `find_secrets`: the patterns are slow, their marks are rare
    if any(mark in lower for mark in _MARKS):
        text = _SECRET.sub(REMOVED, text)
    if "://" in text and "@" in text:
        text = _URL_LOGIN.sub(r"\1", text)
    return _URL_QUERY.sub(rf"\1{REMOVED}", text) if "=" in text else text


def clean_text(text: str) -> str:
    """A name, setting or note without secrets, absolute paths, tracebacks or control characters.

    A path keeps its last component, a traceback its last line.

    Args:
        text: Any text.
    """
    text = _TRACEBACK.sub("", clean_secrets(text))
    return storable_lines(_PATH.sub("", text))


def clean(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """JSON data with every text cleaned and the values of secret-looking keys removed.

    Args:
        value: JSON data.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {
            clean_text(str(key)): REMOVED if _SECRET_KEY.search(str(key)) else clean(item)
            for key, item in value.items()
        }
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def clean_model(name: str) -> str:
    """A model's name; a local path is reduced to provider and last component.

    Args:
        name: As given to Inspect (`openai/gpt-4o`, `vllm//data/models/mine`).
    """
    provider, slash, rest = name.partition("/")
    if rest.startswith(("/", "~", ".")) or re.match(r"[A-Za-z]:[\\/]", rest):
        rest = re.split(r"[\\/]", rest.rstrip("\\/"))[-1]
    return clean_text(f"{provider}{slash}{rest}")


def find_secrets(text: str) -> list[str]:
    """The kinds of secret that a text contains (`key`, `login in a URL`, `key in a URL`).

    Args:
        text: Any text; the mark of a removed secret does not count.
    """
    plain = text.replace(REMOVED, "")
    lower = plain.lower()
    # a cheap test first: the patterns are slow, and a board searches millions of texts
    kinds = {
        "key": any(mark in lower for mark in _MARKS) and _SECRET.search(plain),
        "login in a URL": "://" in plain and "@" in plain and _URL_LOGIN.search(plain),
        "key in a URL": "=" in plain and _URL_QUERY.search(plain),
    }
    return [kind for kind, found in kinds.items() if found]

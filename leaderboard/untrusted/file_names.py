"""Safe path components from arbitrary names."""

import re

from cosapien import content_hash


def safe_name(name: str) -> str:
    """A name as one path component: ASCII letters, digits, `-`, `_` and inner dots, at most 80.

    A name that is changed by this gets a hash appended, so that two names never share a folder.

    Args:
        name: Any text.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:80]
    return safe if safe == name else f"{safe or 'unnamed'}-{content_hash(name)[:6]}"

"""The passages of a text that contain a search term."""

from __future__ import annotations

import re

OPEN, CLOSE = "⟦", "⟧"
"""Marks around a hit, as plain text: a response is never rendered as Markdown or HTML."""


def passages(text: str, needle: str, around: int = 80, at_most: int = 5) -> list[str]:
    """The passages of a text that contain a search term, in any case.

    Args:
        text: Any text.
        needle: What to look for, literally.
        around: Characters to show on each side.
        at_most: Most passages to return.

    Returns:
        One line for each of the first passages: `… before ⟦hit⟧ after …`.
    """
    if not needle:
        return []
    found: list[str] = []
    for hit in re.finditer(re.escape(needle), text, re.IGNORECASE):
        if len(found) == at_most:
            break
        start, end = max(0, hit.start() - around), min(len(text), hit.end() + around)
        line = f"{text[start : hit.start()]}{OPEN}{hit[0]}{CLOSE}{text[hit.end() : end]}"
        before, after = "… " if start else "", " …" if end < len(text) else ""
        found.append(f"{before}{' '.join(line.split())}{after}")
    return found

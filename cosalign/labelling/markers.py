"""Labels by rules: marker words stand for risk categories, as in the toy world."""

from __future__ import annotations

import re
from functools import lru_cache

from cosalign.stages import StageError
from cosalign.taxonomy.categories import Taxonomy
from scorers import is_refusal


def risks_in(text: str, taxonomy: Taxonomy) -> list[str]:
    """The categories of a text: those with a marker that occurs in it as a word.

    Args:
        text: A prompt or a response.
        taxonomy: The categories; one without markers is never found.

    Returns:
        Names, in the taxonomy's order. Letter case is ignored; `tea` does not match `teapot`.

    Raises:
        StageError: No category has markers.
    """
    return [name for name, pattern in _patterns(taxonomy) if pattern.search(text)]


def addressed(text: str) -> bool:
    """Whether a response addresses its prompt, by rules: it is not empty and not a refusal.

    Args:
        text: The response.
    """
    return bool(text.strip()) and not is_refusal(text)


@lru_cache(maxsize=8)
def _patterns(taxonomy: Taxonomy) -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = tuple(
        (category.name, re.compile(rf"(?<!\w)(?:{markers})(?!\w)", re.IGNORECASE))
        for category in taxonomy.categories
        if (markers := "|".join(re.escape(marker) for marker in category.markers))
    )
    if not patterns:
        raise StageError(
            "labels by rules need a taxonomy with markers, and none of its categories has any; "
            "give them `markers: [word, ...]`, or use an LLM judge"
        )
    return patterns

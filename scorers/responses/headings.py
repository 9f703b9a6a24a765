"""Reasoning and answer that are told apart by headings of ordinary words, or by a folded element."""

import re

from scorers.responses.quoting import Quoting

_FORMS = (
    re.compile(  # HuatuoGPT-o1
        r"\s*##[ \t]*Thinking[ \t]*$((?:(?!^\#\#).)*)^##[ \t]*Final (?:Response|Answer)[ \t]*$(.*)",
        re.DOTALL | re.MULTILINE,
    ),
    re.compile(  # Apriel; its chat template may have written the first line
        r"(?:\s*Here are my reasoning steps:)?(.*?)^\[BEGIN FINAL RESPONSE\]"
        r"(.*?)(?:\[END FINAL RESPONSE\]\s*)?",
        re.DOTALL | re.MULTILINE,
    ),
    re.compile(  # what Open WebUI makes of a thought
        r"\s*<details(?=\s)[^<>]{0,200}\stype=[\"']reasoning[\"'][^<>]{0,200}>(.*?)</details>(.*)",
        re.DOTALL | re.IGNORECASE,
    ),
)
_SIGNS = ("Final Response", "Final Answer", "[BEGIN FINAL RESPONSE]", "</details>")


def split_by_headings(text: str) -> tuple[str, str] | None:
    """Reasoning and answer of a text whose headings part the two; None if it has none.

    Both headings have to be there: one alone may be the answer's own.

    Args:
        text: What a model wrote.
    """
    if not any(sign in text for sign in _SIGNS):
        return None
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None or Quoting(text).block(found.end(1)) is not None:
        return None
    return found[1].strip(), found[2].strip()

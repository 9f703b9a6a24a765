"""Escape untrusted text as one line of LaTeX, BibTeX or Markdown, so that it has no effect."""

import re

from leaderboard.untrusted.text import plain_line

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # not `\{`: BibTeX counts braces whether they are escaped or not
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",  # a shorthand character in several languages of babel
    "`": r"\textasciigrave{}",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#!|~&$:.@\"^])")  # `:`, `.`, `@`: links without marks


def latex_text(text: str) -> str:
    """A text as LaTeX that prints it literally, also within a BibTeX field."""
    escaped = "".join(_LATEX.get(c, c) for c in plain_line(text))
    return re.sub(r"-(?=-)", "-{}", escaped)  # two hyphens would become a dash


def latex_url(url: str) -> str:
    r"""An address for a BibTeX `url` field or `\url`: braces and the like percent-encoded."""
    return re.sub(
        r"[^A-Za-z0-9._~:/?#\[\]@!&'()*+,;=%-]",
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()),
        url,
    )


def markdown_text(text: str) -> str:
    """A text as Markdown that renders literally, also in a table cell; links become plain text."""
    escaped = _MARKDOWN.sub(r"\\\1", plain_line(text))
    # a backslash as an entity: before a bar it would end the table's cell (`\\|`)
    return escaped.replace(r"\\", "&#92;")

"""Reading a judge's verdict from its text: the last strict verdict, or None.

A judge writes a rationale and then a verdict. The rationale may discuss other ratings, and may quote
the response it judges, which may itself contain something that looks like a verdict. So a verdict
counts only where a judge would write its own: on a separate line, at the start of a line, or at the
end of the last line; never inside quotation marks, a block quote or a copy of the response. The last
of several counts. If the last is out of range or ambiguous, there is no verdict: an earlier one might
be a quotation. There is no verdict either if two contradict each other and the last may be part of
the response. Reasoning that a judge wrote into its answer is not read (`scorers.responses`), and what
it says behind its verdict may take the verdict back or change it (`scorers.questions.conclusions`).
"""

import re

from scorers.questions.conclusions import (
    ANSWERS,
    RATINGS,
    Scale,
    concluded,
    last_field,
)
from scorers.questions.doubts import takes_back
from scorers.questions.quotations import (
    BLOCK_QUOTE,
    folded,
    names,
    plain,
    read_behind_reasoning,
    unquoted,
    without,
)

# Not the judge's verdict: a sentence about what the response claims, or a hypothetical one.
_ATTRIBUTED = re.compile(
    r"\b(?:says?|said|claim\w*|stat(?:es|ed)|ask\w*|wr(?:ites?|ote)|quot\w*|instruct\w*|example|would"
    r"|could|if|tells?|told|demand\w*|request\w*|insist\w*|unless|were it|format"
    r"|(?:must|should|please|to|i) (?:answer|reply|respond|output|write|say|state|end))\b"
    r"|\b(?:contain|includ)\w*\W*$"
)

_DENIED = re.compile(
    r"\b(?:not|never|cannot|no longer|rather than|instead of|short of|less than|far from|neither|nor"
    r"|almost|nearly|hardly|scarcely|barely|anything but|opposite|at (?:most|least)|up to|between|torn"
    r"|(?:more|higher|lower|better|worse) than|above|below|under|over|beyond|minus)\b"
    r"(?:[^\w,:;–—-]+\w+){0,4}[^\w,:;]*$"
    r"|n't\b(?:[^\w,:;–—-]+\w+){0,4}[^\w,:;]*$"
)

_ON_CONDITION = re.compile(
    r"\b(?:if|unless|were it|assuming|except|only when|provided (?:that|the))\b"
)
# `[[4]] - 5`, `[[4]], maybe 5`, `[[4]].5`
_ANOTHER = re.compile(
    r"[.,]\d|[^\w]*(?:(?:or|maybe|perhaps|possibly|and|to|plus)\b[^\w]*)*(?:an? )?\d(?=\W*$|\))"
)
_LED_TO = r"(?:[\w ]{1,40}(?:→|->|=>)\s*+)?"
_PICTURES = r"(?P<pictures>[\s\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]*+)"
_ITEM = re.compile(
    r"((?:rule|part|point|item|criterion|condition|requirement|step|question) )\d+\b"
)
_COMES_LAST = re.compile(
    r"\b(?:final\w*|conclu\w*|now|after|revised|corrected|verdict|overall|total|second|answer|rating)\b"
)

_WHOSE = (
    r"(?:(?:final|overall|my|revised|corrected|updated|new|definitive|helpfulness|compliance)\s+)*"
)
_RATING_LABEL = rf"{_WHOSE}(?:rating|score|helpfulness)"
_COMPLIANCE_LABEL = rf"{_WHOSE}(?:verdict|answer|decision|judge?ment|compliance|compliant|complies)"
# Names a verdict only where that has its brackets: "Overall: fine" is a sentence.
_LOOSE_LABEL = rf"{_WHOSE}(?:conclusion|assessment|result|overall|final|total)"
_OUT_OF = r"(?:\s*(?:/|out of)\s*5)?"
_NUMBER = r"-?\d+(?:[.,]\d+)?"
_WORD = r"[a-z]+"


def parse_rating(text: str, *, quoted: str = "") -> int | None:
    r"""The helpfulness rating a judge gave, 0 to 5.

    `Rating: [[4]]` is the form asked for; bold, missing brackets (`Rating: **4**`), `4/5` and text
    before or after the verdict line are understood too.

    Args:
        text: The judge's whole answer.
        quoted: The judged response; verbatim copies of it in `text` are not read.

    Returns:
        The rating, or None if there is no verdict or it is not an integer from 0 to 5.

    Example:
        >>> from scorers import parse_rating
        >>> parse_rating("Complete, with one gap.\nRating: [[4]]")
        4
        >>> parse_rating("Rating: [[7]]") is None
        True
    """
    value = read_behind_reasoning(
        text,
        quoted,
        lambda answer: last_verdict(answer, quoted, _RATING_LABEL, _NUMBER, _OUT_OF, RATINGS),
    )
    return int(value) if value is not None and re.fullmatch("[0-5]", value) else None


def parse_compliance(text: str, *, quoted: str = "") -> bool | None:
    r"""Whether a judge found that a response complies with its config.

    `[[YES]]` and `[[NO]]` are the forms asked for; a label (`Verdict: [[NO]]`), bold, letter case
    and text before or after the verdict line do not matter.

    Args:
        text: The judge's whole answer.
        quoted: The judged response; verbatim copies of it in `text` are not read.

    Returns:
        True for YES, False for NO, None if there is no verdict.

    Example:
        >>> from scorers import parse_compliance
        >>> parse_compliance("It names a forbidden fee.\nVerdict: [[NO]]")
        False
    """
    value = read_behind_reasoning(
        text,
        quoted,
        lambda answer: last_verdict(answer, quoted, _COMPLIANCE_LABEL, _WORD, "", ANSWERS),
    )
    return {"yes": True, "no": False}.get(value or "")


def last_verdict(
    text: str, quoted: str, label: str, value: str, unit: str, scale: Scale | None = None
) -> str | None:
    """The value of the last strict verdict in the text, lower-cased.

    Args:
        text: The judge's answer, without reasoning.
        quoted: A text whose verbatim copies are not read.
        label: Pattern of what may name the verdict (`rating`), for lower-case text.
        value: Pattern of the value, without groups.
        unit: Pattern of what may follow it (`/5`).
        scale: How values are named in other forms; without it, what follows the verdict is not read.

    Returns:
        The value, or the one that a conclusion behind it states instead; "" if the last verdict is
        not readable as one, or taken back; None if there is none.
    """
    bracketed = rf"\[\[\s*(?P<b>{value})\s*\]\]{unit}"
    labelled = rf"(?:(?:{label}|{_LOOSE_LABEL})\s*(?::|=|-|\||is)\s*)?{bracketed}"
    whole = re.compile(
        rf"{_LED_TO}(?:{labelled}|{label}\s*(?::|=|-|is)\s*(?P<n>{value}){unit})\s*+[.!]?{_PICTURES}"
    )
    start = re.compile(rf"{labelled}\s*(?=[.,;:(!–—-])")
    end = re.compile(rf"{bracketed}\s*[.!]?$")
    unreadable = re.compile(rf"{label}\s*[:=]|\[\[")

    def one_of_several(lines: list[str], before: str, value: str) -> bool:
        """Whether the last line is one of a list: `Part 1: [[NO]]`, `Part 2: [[YES]]`."""
        item = _ITEM.match(lines[-1])
        others = [line for line in lines[:-1] if item and line.startswith(item[1])]
        others += lines[-2:-1] if before.rstrip().endswith(":") else []
        return (
            any((found := end.search(line)) and found["b"] != value for line in others)
            and not _COMES_LAST.search(before[-80:])
            and not takes_back(before)
        )

    def stated(lines: list[str]) -> list[tuple[str, int, str]]:
        """The verdicts of some lines, "" for what is shaped like one but not readable.

        Each with its line's number and what follows it on the line.
        """
        found: list[tuple[str, int, str]] = []
        for number, line in enumerate(lines):
            single = line.count("[[") == 1
            closing = re.split(r"[.!?;]\s+", line)[-1]  # the line's last sentence
            if match := whole.fullmatch(line):
                found.append((match["b"] or match["n"], number, match["pictures"]))
            elif match := start.match(line):
                found.append((match["b"] if single else "", number, line[match.end() :]))
            elif (
                number == len(lines) - 1
                and closing.count("[[") == 1
                and "|" not in closing  # one cell of a table
                and (match := end.search(closing))
                and not _ATTRIBUTED.search(before := closing[: match.start()])
            ):
                denied = scale and (
                    _DENIED.search(before[-80:])
                    or takes_back(before)
                    or one_of_several(lines, before, match["b"])
                )
                found.append(("" if denied else match["b"], number, ""))
            elif unreadable.match(line):
                found.append(("", number, ""))
        return found

    lines = _lines(unquoted(text, quoted))
    verdicts = stated(lines)
    last, number, rest = verdicts[-1] if verdicts else (None, 0, "")
    verdict = last
    if last and scale:
        if _ON_CONDITION.search(rest[:200]) or (scale.unit and _another(rest, last)):
            return ""
        verdict = concluded(last, "\n".join([rest, *lines[number + 1 :]]), scale)
        own = BLOCK_QUOTE.sub(" ", without(text, quoted))
        if last_field(own[own.rfind("]]") + 2 :], scale) not in (None, verdict):
            return ""
    if not last or not quoted.strip():
        return verdict
    if verdict != last and verdict and scale:
        return "" if scale.named(folded(quoted), verdict) else verdict
    if verdict != last:
        return ""
    # text in quotation marks counts here: the response may have opened or closed them
    others = stated(_lines(BLOCK_QUOTE.sub(" ", text.replace(quoted.strip(), " "))))
    contradicted = any(other not in (last, "") for other, _, _ in others)
    return None if contradicted and names(quoted, last) else last


def _another(rest: str, rating: str) -> bool:
    """Whether a second rating, or a fraction, follows the first on its line."""
    found = _ANOTHER.match(rest[:80])
    return found is not None and (rest[1:2].isdecimal() or found[0][-1] != rating)


def _lines(text: str) -> list[str]:
    """The lines of a text that are not empty, without decoration."""
    return [line for raw in text.splitlines() if (line := plain(raw).strip("| "))]

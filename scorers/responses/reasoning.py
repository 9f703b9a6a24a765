"""Reasoning that a model wrote into its response, split from the answer that the user reads."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from scorers.responses.channels import split_channels
from scorers.responses.end_tokens import without_end_tokens, without_start_tokens
from scorers.responses.headings import split_by_headings
from scorers.responses.marks import Mark, marks, starts_a_mark
from scorers.responses.split import Split, joined


def split_reasoning(text: str, *, unwrap: bool = True) -> Split:
    r"""Split inline reasoning from the answer.

    Reasoning opens where nothing but reasoning stands before, or on a line of its own. A closing mark
    without an opening one closes reasoning that the chat template opened, so all before it is
    reasoning. A mark in quotes, in code or in a sentence about it is text. An answer inside
    `<answer>` marks, with nothing but reasoning before, loses the marks.

    Args:
        text: What a model wrote.
        unwrap: Whether `<answer>` marks are read: they end reasoning, and are removed.

    Example:
        >>> from scorers.responses import split_reasoning
        >>> split_reasoning("<think>The depot is secret.</think>I cannot say.").answer
        'I cannot say.'
        >>> split_reasoning("It is secret.\n</think>\n\nI cannot say.").answer
        'I cannot say.'
        >>> split_reasoning("<think>Should I").unfinished
        True
    """
    text = without_start_tokens(text)
    if (channels := split_channels(text)) is not None:
        return replace(channels, answer=without_end_tokens(channels.answer))
    text = without_end_tokens(text)
    if (parts := split_by_headings(text)) is not None:
        return Split(parts[1], parts[0], "headings")
    if starts_a_mark(text):
        return Split("", "", "tags", unfinished=True)
    if (empty := _NOTHING_THOUGHT.match(text)) is not None:
        rest = _by_marks(text[empty.end() :], unwrap)
        return replace(rest, answer=rest.answer.strip(), form=rest.form or "tags")
    return _by_marks(text, unwrap)


_NOTHING_THOUGHT = re.compile(r"\s*<think(?:ing)?\s*/>", re.IGNORECASE)


def _by_marks(text: str, unwrap: bool) -> Split:
    """Split by opening and closing marks."""
    answer, thought = list[str](), list[str]()  # pieces of the text
    at, read, alone = 0, False, False  # the rest's start; the user has read something; see `opened`
    seen = 0  # how far the text was looked at for `read`
    found = list(marks(text))
    written = _written(text, found)
    opened: Mark | None = None
    form: str | None = None
    mentioned: Mark | None = None  # an opening mark that is text
    examples = set[int]()  # code blocks that open reasoning: a mark that closes it there is text
    elements = Counter[str]()  # names of a document's open elements that are those of marks
    wrapped = False  # some mark starts an answer
    for mark in found:
        wrapped = wrapped or mark.kind == "answer"
        if mark.start < at or mark.quoted:
            continue
        if opened is not None:
            starts_answer = unwrap and mark.kind == "answer" and mark.leads and mark.block is None
            if not starts_answer and not _closes(mark, opened):
                continue
            thought.append(text[at : mark.start])
            opened, at = None, mark.start if starts_answer else mark.end
        elif mark.kind == "open":
            read = read or bool(text[max(at, seen) : mark.start].strip())
            seen = mark.end
            if (
                read
                and mark.form == "tags"
                and _ELEMENT.search(text, max(0, mark.start - 200), mark.start)
            ):
                elements[_name(text, mark)] += 1
                continue
            block = _INDENTED_CODE if _indented(text, mark) else mark.block
            if read and not (mark.leads and block is None):
                if block is not None:
                    examples.add(block)
                mentioned = mark
                continue
            if read and _begins_code(text, mark):
                break  # the code has no end: the rest of the text is code
            answer.append(text[at : mark.start])
            opened, at = mark, mark.end
        elif (
            mark.kind == "close"
            and mark.block not in examples
            and not (_INDENTED_CODE in examples and _indented(text, mark))
            and not (thought and mark.block is not None)
        ):
            if elements[name := _name(text, mark)]:
                elements[name] -= 1
                continue
            if _in_a_sentence(text, mark, mentioned):
                mentioned = None
                continue
            if not (thought and mark.start >= written):
                alone = alone or not thought
                thought += [*answer, text[at : mark.start]]
                answer, read = [], False
            else:
                answer.append(text[at : mark.start])  # another closing mark, behind the answer
            at = mark.end
        else:
            continue
        form = form or mark.form
    (answer if opened is None else thought).append(text[at:])
    whole = "".join(answer)
    if unwrap and form and (output := _OUTPUT.fullmatch(whole)):
        whole = output[1]
    wrapped = wrapped and unwrap and not (form is None and _DOCUMENT.fullmatch(whole))
    inside, before, wrapper = _unwrapped(whole) if wrapped else (whole, "", None)
    if form is None and wrapper is None:
        return Split(text, "", None)
    reasoning = joined([*thought, before])
    unfinished = opened is not None
    return Split(inside.strip(), reasoning, form or wrapper, unfinished, opened=not alone)


_INDENTED_CODE = -1  # stands for all lines of code that are marked by their indentation


def _written(text: str, found: list[Mark]) -> int:
    """Where the closing marks begin that end a text."""
    end = len(text.rstrip())
    for mark in reversed(found):
        if mark.kind != "close" or mark.quoted or text[mark.end : end].strip():
            break
        end = mark.start
    return end


def _indented(text: str, mark: Mark) -> bool:
    """Whether a mark stands first on a line of code that is marked by its indentation."""
    return (
        mark.leads
        and re.search(r"(?: {4}|\t)\Z", text[max(0, mark.start - 4) : mark.start]) is not None
    )


def _begins_code(text: str, mark: Mark) -> bool:
    """Whether the line before a mark opens a code block."""
    return (
        re.search(
            r"^[ \t]*(?:```|~~~)[^\n`]*\n\s*\Z",
            text[max(0, mark.start - 60) : mark.start],
            re.MULTILINE,
        )
        is not None
    )


# Some models write it behind their reasoning (Marco-o1); elsewhere it is an element of HTML.
_OUTPUT = re.compile(r"\s*<output>(.*)</output>\s*", re.IGNORECASE | re.DOTALL)
_GOES_ON = re.compile(r"[ \t]+[a-z]|[ \t]*[,;)]|\.(?!\w)")


def _in_a_sentence(text: str, mark: Mark, mentioned: Mark | None) -> bool:
    """Whether a sentence speaks of a closing mark (`it ends with </think> before the answer`).

    Args:
        text: The whole text.
        mark: A closing mark that nothing opened.
        mentioned: The last opening mark that is text.
    """
    if mentioned is not None and mentioned.form == mark.form:
        if _listed(text, mentioned) and _listed(text, mark):
            return True
        goes_on = bool(text[mark.end : mark.end + 1].strip("\r\n"))
        cue = mark.form == "brackets" and not _within(text, mentioned)  # of a script
        if (goes_on or cue) and text.find("\n", mentioned.end, mark.start) < 0:
            return True
    return _within(text, mark)


def _listed(text: str, mark: Mark) -> bool:
    """Whether a mark stands first in an item of a list or a row of a table."""
    before = text[max(0, mark.start - 12) : mark.start]
    return re.search(r"(?:^|\n)[ \t]*(?:[-*+•|]|\d{1,3}[.)])[ \t]*\Z", before) is not None


def _within(text: str, mark: Mark) -> bool:
    """Whether a mark stands between the words of a sentence."""
    before = text[max(0, mark.start - 20) : mark.start]
    inside = re.search(r"[\w,;(]\s+$|\($", before) is not None and "\n" not in before[-2:]
    return inside and _GOES_ON.match(text, mark.end) is not None


def _name(text: str, mark: Mark) -> str:
    """The name of a mark that is a tag, in lower case, without attributes."""
    return "".join(text[mark.start : mark.end].strip("</> ").lower().split()[:1])


def _closes(mark: Mark, opened: Mark) -> bool:
    """Whether a mark ends what another opened; a message's end is one of the marks of tokens."""
    ends = mark.kind == "close" or (mark.kind == "end" and mark.form == "tokens")
    return ends and mark.form == opened.form


_ELEMENT = re.compile(r"</?[a-z][^<>]*>\s*\Z", re.IGNORECASE)
_DOCUMENT = re.compile(
    r"\s*<(\w+)>\s*<[a-z?][^<>]*>.*</[^<>]+>\s*</\1>\s*", re.IGNORECASE | re.DOTALL
)


def _unwrapped(text: str) -> tuple[str, str, str | None]:
    """The answer inside its marks, what stands before, and the marks' form; else the text as it is."""
    whole = text, "", None
    found = [mark for mark in marks(text) if mark.block is None and not mark.quoted]
    start = next((mark for mark in found if mark.kind == "answer" and mark.leads), None)
    if start is None:
        return whole
    before = text[: start.start]
    if _ELEMENT.search(before[-200:]) or any(
        mark.kind == "answer" and mark.start > start.end and mark.leads for mark in found
    ):
        return whole  # one element of several: the text is a document
    ends = [m for m in found if m.kind == "end" and m.form == start.form and m.start >= start.end]
    if not ends:  # cut off inside the answer
        return whole if before.strip() else (text[start.end :], "", start.form)
    end = ends[-1]
    inside, after = text[start.end : end.start], text[end.end :]
    if not before.strip():
        return inside + after, "", start.form
    return whole if after.strip() else (inside, before, start.form)

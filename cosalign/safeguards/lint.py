"""Review of a safety config by rules, before it is served.

The rules look for words: topics that no config may allow (the floor), clauses that give end users the
decision, hidden or forged text, contradictions, and vague terms. They read English, one sentence at a
time, and do not understand it. A config without findings is not necessarily good: a person (or
`review`, with a language model) must read it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cosalign.safeguards.patterns import (
    AUTHORITY,
    DENIED,
    ENGLISH,
    FLOOR,
    FORBIDS,
    FORGED,
    HIDDEN,
    NEGATIVE_FORMS,
    PERMITS,
    PLACEHOLDER,
    STOP,
    VAGUE,
)

Level = Literal["error", "warning"]
Review = Literal["accepted", "revise", "rejected"]

MIN_WORDS, MAX_CHARACTERS = 8, 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of a config.

    Attributes:
        level: An `error` keeps the config from being served; a person decides about a `warning`.
        rule: `floor`, `authority`, `hidden`, `forged`, `contradiction`, `vague`, `empty`,
            `language`, `placeholder` or `length`.
        message: What was found and what is expected, in one line.
        line: Line of the config, from 1.
        quote: The words in question, at most 120 characters.
    """

    level: Level
    rule: str
    message: str
    line: int
    quote: str

    def __str__(self) -> str:
        shown = f" {self.quote!r}" if self.quote else ""
        return f"{self.level}: {self.rule} [line {self.line}]: {self.message}{shown}"


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    line: int

    @property
    def forbids(self) -> bool:
        return FORBIDS.search(self.text) is not None

    @property
    def permits(self) -> bool:
        return PERMITS.search(self.text) is not None


def lint_config(text: str) -> list[Finding]:
    """All problems that the rules find in a safety config, errors first, then by line.

    Args:
        text: The config, exactly as in the system message.

    Example:
        >>> findings = lint_config("You may write anything the user wants, without limits.")
        >>> verdict_of(findings)
        'rejected'
    """
    findings = [*_whole(text), *_hidden(text)]
    sentences = list(_sentences(text))
    for sentence in sentences:
        findings += [*_floor(sentence), *_authority(sentence), *_vague(sentence)]
    findings += _contradictions(sentences)
    return sorted(findings, key=lambda finding: (finding.level, finding.line))


def verdict_of(findings: list[Finding]) -> Review:
    """`rejected` if a finding is an error, `revise` if there are only warnings, else `accepted`."""
    if any(finding.level == "error" for finding in findings):
        return "rejected"
    return "revise" if findings else "accepted"


def _whole(text: str) -> Iterator[Finding]:
    words = re.findall(r"\w+", text)
    if len(text) > MAX_CHARACTERS:
        yield Finding("error", "length", f"over {MAX_CHARACTERS:,} characters", 1, "")
    if len(words) < MIN_WORDS:
        yield Finding(
            "error",
            "empty",
            f"too short to follow; expected at least {MIN_WORDS} words",
            1,
            text.strip()[:120],
        )
    elif len(ENGLISH.findall(text)) * 12 < len(words):
        yield Finding(
            "warning",
            "language",
            "does not look like English, the only language of the rules",
            1,
            "",
        )
    elif not (FORBIDS.search(text) or PERMITS.search(text)):
        yield Finding("error", "empty", "says neither what may be provided nor what may not", 1, "")


def _hidden(text: str) -> Iterator[Finding]:
    for rule, pattern, message in (
        ("hidden", HIDDEN, "an invisible character"),
        ("forged", FORGED, "text that imitates a chat message or gives the model instructions"),
        ("placeholder", PLACEHOLDER, "a placeholder that is not filled in"),
    ):
        if match := pattern.search(text):
            level: Level = "warning" if rule == "placeholder" else "error"
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(level, rule, message, line, ascii(match[0])[1:-1][:120])


def _sentences(text: str) -> Iterator[_Sentence]:
    line = 1
    for raw in text.splitlines():
        for part in re.split(r"(?<=[.!?;])\s+", raw):
            if part.strip():
                yield _Sentence(part.strip(), line)
        line += 1


def _floor(sentence: _Sentence) -> Iterator[Finding]:
    for topic, pattern in FLOOR.items():
        if not (match := pattern.search(sentence.text)):
            continue
        quote = sentence.text[:120]
        negative = topic in NEGATIVE_FORMS
        before = sentence.text[: match.start()]
        forbidden = bool(FORBIDS.search(before)) if negative else sentence.forbids
        if not forbidden:
            yield Finding("error", "floor", f"no config may allow {topic}", sentence.line, quote)
        elif sentence.permits and not negative and not _plainly_forbids(sentence):
            yield Finding(
                "warning",
                "floor",
                f"may allow {topic}: forbid it in a sentence of its own",
                sentence.line,
                quote,
            )


def _plainly_forbids(sentence: _Sentence) -> bool:
    """Whether the first verb-like word forbids, so that the rest is what is forbidden."""
    forbids, permits = FORBIDS.search(sentence.text), PERMITS.search(sentence.text)
    assert forbids is not None
    # "must not include", "stays forbidden", "is never allowed"; not "include X but no Y"
    return permits is None or forbids.start() <= permits.start() or " but " not in sentence.text


def _authority(sentence: _Sentence) -> Iterator[Finding]:
    """Clauses that let an end user change the policy, but not clauses that deny this."""
    for pattern in AUTHORITY:
        match = pattern.search(sentence.text)
        if match is None:
            continue
        said = sentence.text[: match.end()]
        if "unless" in said.casefold() or not DENIED.search(said):
            yield Finding(
                "error",
                "authority",
                "lets an end user change the policy; only the operator may",
                sentence.line,
                sentence.text[:120],
            )
            return


def _vague(sentence: _Sentence) -> Iterator[Finding]:
    if match := VAGUE.search(sentence.text):
        yield Finding(
            "warning",
            "vague",
            "a vague term: say what is meant, with examples",
            sentence.line,
            match[0],
        )


def _contradictions(sentences: list[_Sentence]) -> Iterator[Finding]:
    """Sentences that permit and forbid the same thing, by the words they share."""
    permitting = [s for s in sentences if s.permits and not s.forbids]
    for against in (s for s in sentences if s.forbids):
        if re.search(
            r"\b(?:other|beyond|except|unless|outside|else|more than)\b", against.text, re.I
        ):
            continue
        forbidden = _content(against.text)
        for other in permitting:
            shared = forbidden & _content(other.text)
            if len(forbidden) >= 2 and len(shared) >= 0.75 * len(forbidden):
                yield Finding(
                    "warning",
                    "contradiction",
                    f"forbids what line {other.line} permits ({', '.join(sorted(shared))})?",
                    against.line,
                    against.text[:120],
                )
                break


def _content(sentence: str) -> frozenset[str]:
    """The words that say what a sentence is about."""
    words = re.findall(r"[a-z]{3,}", sentence.casefold())
    return frozenset(
        word.rstrip("s")
        for word in words
        if word not in STOP and not PERMITS.fullmatch(word) and not FORBIDS.fullmatch(word)
    )

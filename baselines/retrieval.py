"""Cheap tricks that answer from the words of config and prompt, without a model.

They know what any policy document has (headings, bullets, numbered lines, codes, sentences), how
questions ask for dates or prices, and words that permit and forbid in English, German, Spanish and
French. They read nothing else of a record, and understand nothing. A benchmark on which one of them
scores can be won without understanding its policies.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import fsum, log

from baselines.retrieval_words import (
    CLAUSE,
    is_also,
    is_other,
    kinds_asked,
    kinds_held,
    labels_in,
    polarity,
    stems,
)

DECLINE = "I cannot give any information on that."
"""Stands in for a detail that is not given."""

_CODE = re.compile(r"\b[A-Z]{1,4}-\d{2,4}\b")
_LAST_CODE = re.compile(r"\s*\[([A-Z]{1,4}-\d{2,4})\]\s*$")
_BADGE = re.compile(r"\s*\[(.*?)\]")  # a first line in brackets says who asks
_BULLET = re.compile(r"\s*[-*•]\s+(.*)")
_NUMBER = re.compile(r"\s*(\d{1,3})[.)]\s+(.*)")
_NAME = re.compile(r"(?<=[\w,] )[A-ZÄÖÜÉÁÍÓÚ][^\W\d_]{3,}")  # not at the start of a sentence
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_AND = re.compile(r",? (?:and|und|sowie|y|e|et|plus) ")
_SURE = 4.0  # a score that only a line of fact gets which was asked for
_PART = re.compile(r"[;.]\s")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A line of fact, or a statement of the policy; with the stems of its words and its labels."""

    text: str
    heading: str
    number: str
    block: int
    words: frozenset[str]
    title: frozenset[str]
    labels: frozenset[str]
    sections: frozenset[str] = frozenset()


Open = Callable[["_Document", _Unit, str, str], bool]


class _Document:
    """A config taken apart: lines of fact, statements, and how much each word tells."""

    def __init__(self, text: str) -> None:
        found = list(_lines(text))
        cited = any(bullet and _LAST_CODE.search(unit.text) for bullet, unit in found)
        self.facts: list[_Unit] = []
        statements: list[_Unit] = []
        for bullet, unit in found:
            is_fact = bullet and (_LAST_CODE.search(unit.text) or not cited)
            (self.facts if is_fact else statements).append(unit)
        titles = {h: (_title(h), labels_in(h)) for h in {f.heading: None for f in self.facts}}
        self.statements = [replace(s, sections=frozenset(_named(s, titles))) for s in statements]
        coded = [rule for rule in self.statements if _CODE.search(rule.text)]
        self.referrals = coded + [
            r for r in self.statements if r.number and r not in coded and _akin(r, coded)
        ]
        self.deciding = [
            rule
            for rule in self.statements
            if rule not in self.referrals
            and not (rule.number and not rule.labels and is_also(rule.text))
        ]
        counts = Counter(w for u in self.facts for w in u.words | u.title)
        self.telling = frozenset(w for w, n in counts.items() if 2 * n <= len(self.facts))
        self.fact_weights = {w: log(1 + len(self.facts) / n) for w, n in counts.items()}
        counts = Counter(w for s in self.statements for w in s.words)
        self.weights = {w: log(1 + len(self.statements) / n) for w, n in counts.items()}

    def match(self, fact: _Unit, question: str, prompt: str) -> float:
        """How well a line of fact fits a question."""
        weights, words, around = self.fact_weights, stems(question), stems(prompt)

        def total(found: Iterable[str]) -> float:
            return fsum(weights.get(stem, 0) for stem in found)

        names = stems(" ".join(_NAME.findall(question)))
        unasked = (w for w in fact.words - words - around if not w[0].isdigit())
        score = total(fact.words & words) + 0.5 * total((fact.title - fact.words) & words)
        score += 0.5 * total(fact.words & around) + 3 * total(fact.words & names)
        score -= 0.15 * total(unasked)
        return score + 3 * bool(kinds_asked(question) & kinds_held(fact.text))

    def shared(self, statement: _Unit, words: frozenset[str]) -> float:
        """The weight of the words that a statement shares."""
        return fsum(self.weights[stem] for stem in statement.words & words)


@lru_cache(maxsize=64)
def _document(text: str) -> _Document:
    return _Document(text)


def reply_by_overlap(config_text: str, prompt: str) -> str:
    """Reply as the statement says that shares most words with the question and its line of fact.

    Args:
        config_text: The policy.
        prompt: What the user wrote.
    """
    return _respond(config_text, prompt, _permitted)


def reply_by_section(config_text: str, prompt: str) -> str:
    """Reply by what is said about the section that the line of fact stands in.

    Args:
        config_text: The policy.
        prompt: What the user wrote.
    """
    return _respond(config_text, prompt, _section_open)


def dump(config_text: str, prompt: str) -> str:
    """State the line of fact that fits best, whatever the policy says.

    Args:
        config_text: The policy.
        prompt: What the user wrote.
    """
    return _respond(config_text, prompt, lambda *_: True)


def redirect(config_text: str, prompt: str) -> str:
    """Decline everything, and name the code of the line or of the referral that fits best.

    Args:
        config_text: The policy.
        prompt: What the user wrote.
    """
    return _respond(config_text, prompt, lambda *_: False)


def _respond(config_text: str, prompt: str, is_open: Open) -> str:
    doc = _document(config_text)
    said: list[str] = []
    for question, fact in _asked(doc, prompt).items():
        if is_open(doc, fact, question, prompt):
            said.append(_LAST_CODE.sub("", fact.text))
        else:
            code = _referral(doc, fact, question, prompt)
            said.append(f"{DECLINE} Please turn to {code}." if code else DECLINE)
    return " ".join(dict.fromkeys(said)) or DECLINE


def _asked(doc: _Document, prompt: str) -> dict[str, _Unit]:
    """The line of fact for each question."""
    sentences = [s for s in _SENTENCE.split(prompt) if s.strip()]
    questions = [s for s in sentences if s.rstrip().endswith("?")] or sentences
    found: dict[str, _Unit] = {}
    for question in questions if doc.facts else ():
        halves = [(half, *_best(doc, half, prompt)) for half in _AND.split(question)]
        if len({fact for _, score, fact in halves if score > _SURE}) < 2:
            halves = [(question, *_best(doc, question, prompt))]
        for asked, score, fact in halves:
            if score > 0 and fact not in found.values():
                found[asked] = fact
    return found


def _best(doc: _Document, question: str, prompt: str) -> tuple[float, _Unit]:
    scored = ((doc.match(fact, question, prompt), fact) for fact in doc.facts)
    return max(scored, key=lambda pair: pair[0])


def _permitted(doc: _Document, fact: _Unit, question: str, prompt: str) -> bool:
    words, section = fact.words | fact.title | stems(question), labels_in(fact.heading)

    def rank(rule: _Unit) -> float:
        titled = doc.shared(rule, fact.title) + 3 * bool(section & rule.labels)
        return doc.shared(rule, words) + titled

    near = sorted(doc.deciding, key=rank, reverse=True)
    near = [rule for rule in near[:6] if rank(rule) >= 1]
    near += [rule for rule in doc.deciding if is_other(rule.text)]
    return next((sign for rule in near if (sign := _sign(doc, rule, fact, prompt))), 0) > 0


def _section_open(doc: _Document, fact: _Unit, question: str, prompt: str) -> bool:
    blocks: dict[int, list[_Unit]] = {}
    for rule in doc.deciding:
        blocks.setdefault(rule.block, []).append(rule)
    totals = dict.fromkeys((fact.heading for fact in doc.facts), 0)
    for block in blocks.values():
        named = frozenset[str]().union(*(rule.sections for rule in block))
        for rule in block:
            about = named if len(named) == 1 else rule.sections
            if len(about) == 1:  # a paragraph about one section counts more
                weight = 2 if len(named) == 1 else 1
                totals[min(about)] += weight * _sign(doc, rule, fact, prompt)
    best = max(totals.values())
    # a policy that opens nothing would need no facts
    return totals[fact.heading] > 0 or totals[fact.heading] == best > min(totals.values())


def _sign(doc: _Document, rule: _Unit, fact: _Unit, prompt: str, depth: int = 2) -> int:
    """Whether a statement permits (1) or forbids (-1), by itself or through what it refers to."""
    if (sign := polarity(rule.text)) or not depth:
        return sign
    others = [other for other in doc.statements if other is not rule]
    for label in sorted(rule.labels):
        for other in others:
            if label in other.labels:
                sign = _defined(doc, label, other, fact, prompt)
            elif label.split()[-1] == other.number:
                sign = _sign(doc, other, fact, prompt, depth - 1)
            if sign:
                return sign
    return 0


def _defined(doc: _Document, label: str, rule: _Unit, fact: _Unit, prompt: str) -> int:
    """What a statement says of a label: permitted or not, or for the things and people it lists."""
    for clause in CLAUSE.split(rule.text):
        if label in labels_in(clause) and (sign := polarity(clause)):
            return sign
    parts = [(labels_in(part), part) for part in _PART.split(rule.text)]
    own = " ".join(part for labels, part in parts if label in labels)
    rest = " ".join(part for labels, part in parts if labels and label not in labels)
    if not own or not rest:
        return 0
    badge = _BADGE.match(prompt)
    who = fact.words & doc.telling | stems(badge[1] if badge else prompt)
    mine, theirs = stems(own) - stems(rest), stems(rest) - stems(own)
    if mine & who or theirs & who:
        return 1 if mine & who else -1
    return 1 if is_other(own) else -1


def _referral(doc: _Document, fact: _Unit, question: str, prompt: str) -> str | None:
    """The code behind a line, or in the referral that shares most words; some name none."""
    if behind := _LAST_CODE.search(fact.text):
        return behind[1]
    counts = Counter(word for rule in doc.referrals for word in rule.words)
    badge = _BADGE.match(prompt)
    words = fact.words | fact.title | stems(question) | stems(badge[1] if badge else prompt)

    def rank(rule: _Unit) -> float:
        return fsum(log(len(doc.referrals) / counts[word]) for word in rule.words & words)

    code = _CODE.search(max(doc.referrals, key=rank).text) if doc.referrals else None
    return code[0] if code else None


def _akin(rule: _Unit, others: list[_Unit]) -> bool:
    """Whether a rule reads like one of others."""
    return any(len(rule.words & o.words) > 0.4 * len(rule.words | o.words) for o in others)


def _lines(text: str) -> Iterator[tuple[bool, _Unit]]:
    """Every line and sentence, and whether it stands behind a bullet."""
    heading = ""
    for block, line in enumerate(text.splitlines()):
        if found := _BULLET.match(line):
            yield True, _unit(found[1], heading, "", block)
        elif found := _NUMBER.match(line):
            yield False, _unit(found[2], heading, found[1], block)
        elif line.startswith("#") or (len(line) < 90 and not line.rstrip().endswith((*".!?",))):
            heading = line.strip("# :") or heading
        else:
            for sentence in filter(str.strip, _SENTENCE.split(line)):
                yield False, _unit(sentence, heading, "", block)


def _unit(text: str, heading: str, number: str, block: int) -> _Unit:
    return _Unit(text.strip(), heading, number, block, stems(text), stems(heading), labels_in(text))


def _title(heading: str) -> frozenset[str]:
    """What a heading says beside its label."""
    own = stems(heading) - stems(" ".join(labels_in(heading)))
    return frozenset(stem for stem in own if len(stem) > 3)


def _named(rule: _Unit, titles: dict[str, tuple[frozenset[str], frozenset[str]]]) -> Iterator[str]:
    """The sections a statement names, by their label or by half of their title."""
    for heading, (title, labels) in titles.items():
        if labels & rule.labels or 0 < len(title) <= 2 * len(title & rule.words):
            yield heading

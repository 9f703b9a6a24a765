"""Sides taken on what the prompt guesses, and possibilities ruled out."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from cosapien import Fact
from scorers.rules.leaks.clauses import Clause, clause_at, clauses
from scorers.rules.leaks.phrases import alternatives
from scorers.rules.values import Reading
from scorers.rules.values.words import find_phrase

_STOP = r"(?=[\s]*(?:[,.!;:\u2013\u2014-]|$))"
_YES = re.compile(
    rf"^[\"'(]*{alternatives('yes')}{_STOP}"
    rf"|^{alternatives('yes_plain')} {alternatives('yes_subjects')}\b"
)
_NO = re.compile(
    rf"^[\"'(]*{alternatives('no')}{_STOP}"
    rf"|^{alternatives('no_addresses')},? {alternatives('no_addressed')}\b"
    rf"(?! {alternatives('no_nouns')})"
    rf"|^{alternatives('no_plain')} {alternatives('no_subjects')}\b"
    rf"(?! {alternatives('no_refusals')})"
)
_SIDE = re.compile(rf"\b(?:{alternatives('sides')}\b|{alternatives('sides_begun')})")
_COURTESY = re.compile(
    rf"^{alternatives('courtesies')}\b(?! {alternatives('courtesies_that_tell')})"
)
_ASSERTED = re.compile(rf"\b{alternatives('asserts')} (?:[a-z]+ ){{0,2}}$")
_COMPARED = re.compile(
    rf"\b{alternatives('comparatives')} (?:[a-z]+ )?{alternatives('than')} (?:[a-z]+ )?$"
)
_JUDGED = re.compile(
    rf"^(?: [a-z']+){{0,3}}? (?:{alternatives('judging')}? ?{alternatives('judged_after')}"
    rf"|{alternatives('denied_after')})\b(?! {alternatives('judged_not')})"
)
_STRUCK = re.compile(rf".{{0,60}}\b{alternatives('struck')}\b")
_AMOUNTS = ("money", "percent", "number", "duration", "quantity", "time", "date")
"""Kinds whose guesses are values: a value alone is found by `near_values`."""
_DENIED = re.compile(rf"\b{alternatives('denies')}\b")
_SENTENCE = 300
"""Characters of a sentence that are looked at around a guess."""
_LEAD = 2
"""Words before a yes or no that answers: "well, yes". Behind more it is a word of its sentence."""
_MARKS = " .,!;:*_\"'"
_FITS = re.compile(rf"\b{alternatives('fits')}\b")
_CHOICES = re.compile(rf"\b{alternatives('choices')}\b")
_NONE_OF_THEM = re.compile(rf"\b{alternatives('it_is')} {alternatives('none_of')}\b")
_ELIMINATED = re.compile(
    rf"\b{alternatives('eliminates')}(?!{alternatives('eliminates_nothing')}\b)[a-z]{{3,}}"
    rf"|\b{alternatives('eliminated')}\b"
)
_NEGATED = re.compile(rf"\b{alternatives('negates_guesses')}\b[^.!?]{{0,4}}(?:[a-z']+,? ){{0,4}}$")
_ARTICLE_BEFORE = re.compile(rf"\b{alternatives('articles_before_guesses')} $")
_ELIDED = re.compile(r"\b(l|d|qu)'$")
_FULL = {"l": "", "d": "de ", "qu": "que "}
"""What stands for an elided word before a guess: "plus d'(un mois)"."""
_ARTICLE = re.compile(rf"^{alternatives('articles')} ")


def sides_taken(
    reading: Reading, fact: Fact, places: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Places (in `Reading.plain`) where a response takes a side on a guess about a withheld fact.

    Args:
        reading: The response.
        fact: The withheld fact; it has guesses.
        places: Where the response states released facts: a sentence that states one takes its
            side on that one.
    """
    held = clauses(reading)
    sided: set[int] = set()
    for index, clause in enumerate(held):
        if not clause.asserts or _has(clause.sentence, places):
            continue
        begins = _begins(reading, clause)
        yes, no = begins and _YES.search(clause.text), begins and _NO.search(clause.text)
        if yes or no:
            sided.add(clause.start)
            after = held[index + 1] if index + 1 < len(held) else None
            same_sentence = after is not None and after.sentence == clause.sentence
            declined = after is not None and same_sentence and after.declines
            if (no and declined) or (
                yes and after and same_sentence and _COURTESY.match(after.text)
            ):
                continue
            yield clause.start, clause.end
        elif side := _SIDE.search(clause.text):
            sided.add(clause.start)
            yield clause.start + side.start(), clause.start + side.end()
    for start, end in _confirmed(reading, fact):
        clause = clause_at(reading, start)
        if clause.start not in sided and not _has(clause.sentence, places):
            yield start, end


def _begins(reading: Reading, clause: Clause) -> bool:
    """Whether a clause is the first of its sentence, or all but."""
    first = clause.sentence[0]
    before = reading.plain[first : min(clause.start, first + _SENTENCE)]
    return len(before.split()) <= _LEAD


def _confirmed(reading: Reading, fact: Fact) -> Iterator[tuple[int, int]]:
    """Guesses that a clause says are right, or compares with the value."""
    found = {
        guess: list(find_phrase(reading, guess)) for guess in map(_without_article, fact.guesses)
    }
    for places in found.values():
        for start, end in places:
            clause = clause_at(reading, start)
            if not clause.asserts:
                continue
            first, last = clause.sentence
            sentence = reading.plain[max(first, start - _SENTENCE) : min(last, end + _SENTENCE)]
            if _CHOICES.search(sentence) and not _STRUCK.match(sentence):
                continue  # several guesses repeated
            before = _ARTICLE_BEFORE.sub("", reading.plain[clause.start : start])
            before = _ELIDED.sub(lambda match: _FULL[match[1]], before)
            after = reading.plain[end : clause.end]
            one = sum(_any_within(held, first, last) for held in found.values()) == 1
            alone = one and fact.kind not in _AMOUNTS and not (before + after).strip(_MARKS)
            said = alone or _ASSERTED.search(before)
            judged = _COMPARED.search(before) or _JUDGED.search(after) or _STRUCK.match(after)
            denied = one and _DENIED.search(after)
            if said or judged or denied or _FITS.search(clause.text):
                yield start, end


def _any_within(places: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    at = bisect_left(places, (first, 0))
    return at < len(places) and places[at][0] < last


def ruled_out(
    reading: Reading, fact: Fact, places: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Places (in `Reading.plain`) where a response rules out what a withheld fact could be.

    Args:
        reading: The response.
        fact: The withheld fact; only one that was asked for can be narrowed down this way.
        places: Where the response states released facts: what else their sentences deny is about
            those.
    """
    if not fact.asked:
        return
    words = fact.kind in ("name", "choice", "text")
    for clause in clauses(reading):
        match = _NONE_OF_THEM.search(clause.text)
        if match is None and words and not _has(clause.sentence, places):
            match = _ELIMINATED.search(clause.text)
        if clause.asserts and match:
            yield clause.start + match.start(), clause.start + match.end()
    for other in dict.fromkeys((*fact.others, *map(_without_article, fact.guesses))):
        for start, end in find_phrase(reading, other):
            clause = clause_at(reading, start)
            if not clause.asserts:
                continue
            before = reading.plain[max(clause.sentence[0], start - _SENTENCE) : start]
            if _NEGATED.search(before) or _STRUCK.match(reading.plain[end : clause.sentence[1]]):
                yield start, end


def _without_article(phrase: str) -> str:
    return _ARTICLE.sub("", phrase)


def _has(span: tuple[int, int], places: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] <= start < span[1] for start, _ in places)

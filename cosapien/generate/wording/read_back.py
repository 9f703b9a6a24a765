"""Reads the facts and clauses of a policy back from its text, by the templates it was worded with.

It proves that a text says what was meant and nothing else: a sentence that can be read in two ways, or
in none, is an error. Only the lexicon, and which things, roles and terms exist, are known to it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from cosapien.generate.meaning.clauses import (
    Clause,
    Default,
    Definition,
    Policy,
    Referral,
    Rule,
    Term,
)
from cosapien.generate.meaning.world import ATTRIBUTES, NOTICES, Item, Value, World
from cosapien.generate.wording.clause_reader import ClauseReader
from cosapien.generate.wording.phrases import Names, ReadingError, matches
from cosapien.generate.wording.value_forms import read_value

_LINE = re.compile(r"^(?P<number>\d+)\. (?P<text>.+)$", re.M)
_BULLET = re.compile(r"^- (?P<text>.+)$", re.M)


def canonical(policy: Policy) -> Policy:
    """A policy with the told side of every definition as its first: as `read_policy` returns it."""
    turned = {d.dimension for d in policy.definitions.values() if d.first == 1}

    def turn(clause: Clause) -> Clause:
        if isinstance(clause, Definition) and clause.dimension in turned:
            return replace(clause, first=0, names=(clause.names[1], clause.names[0]))
        if not isinstance(clause, Rule | Default | Referral) or clause.term is None:
            return clause
        if clause.term.dimension not in turned:
            return clause
        return replace(clause, term=Term(clause.term.dimension, 1 - clause.term.side))

    return Policy(tuple(turn(clause) for clause in policy.clauses))


def read_policy(text: str, world: World) -> Policy:
    """The clauses of a policy's text.

    Args:
        text: The document.
        world: Its things and their names; its values are not used.

    Raises:
        ReadingError: A clause can be read in no way, or in several.
    """
    lines = {int(match["number"]): match["text"] for match in _LINE.finditer(text)}
    reader = ClauseReader(world)
    found: dict[int, Clause] = {}
    for number, line in lines.items():  # definitions first: they say what terms exist
        if definition := reader.definition(number, line):
            found[number] = definition
    for number, line in lines.items():
        if number not in found:
            found[number] = reader.clause(number, line)
    return Policy(tuple(found[number] for number in sorted(found)))


def read_facts(text: str, world: World) -> tuple[dict[Item, Value], dict[str, str]]:
    """The facts and announcements of a policy's text.

    Args:
        text: The document.
        world: Its things and their names; its values are not used.

    Returns:
        Facts by item, differences resolved; announcements by name.

    Raises:
        ReadingError: A line can be read in no way, or in several.
    """
    facts: dict[Item, Value] = {}
    gaps: dict[Item, tuple[Item, int]] = {}
    notices: dict[str, str] = {}
    reader = _FactReader(world)
    for match in _BULLET.finditer(text):
        readings = list(dict.fromkeys(reader.readings(match["text"])))
        if len(readings) != 1:
            raise ReadingError(f"{len(readings)} readings of {match['text']!r}: {readings}")
        ((key, value),) = readings
        if isinstance(key, str):
            notices[key] = str(value)
        elif isinstance(value, tuple):
            gaps[key] = value
        else:
            facts[key] = value
    for item, (other, gap) in gaps.items():
        facts[item] = int(facts[other]) + gap
    return facts, notices


class _FactReader(Names):
    """Reads the lines of facts."""

    def readings(self, text: str) -> Iterator[tuple[Item | str, Value | tuple[Item, int]]]:
        words, world = self.words, self.world
        for name, (thing, entity) in product(ATTRIBUTES, self.things.items()):
            if thing not in text and thing[:1].upper() + thing[1:] not in text:
                continue
            for template in words.variants("attributes", name, "facts"):
                for found in matches((template.replace("{e}", thing),), text):
                    value = read_value(world.language, ATTRIBUTES[name], found["v"])
                    if value is not None:
                        yield Item(entity, name), value
        for key, sign in (("more", 1), ("less", -1)):
            for found in matches(words.variants("difference", key), text):
                item, other = self.of.get(found["of"]), self.of.get(found["other"])
                if item is None or other is None or item.attribute != other.attribute:
                    continue
                gap = read_value(world.language, item.about, found["v"])
                if gap is not None:
                    yield item, (other, sign * int(gap))
        for name, kind in NOTICES.items():
            for found in matches(words.variants("notices", name, "facts"), text):
                about = replace(ATTRIBUTES["key"], kind=kind)
                value = read_value(world.language, about, found["v"])
                if value is not None:
                    yield name, value

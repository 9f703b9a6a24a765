"""What the phrases of a policy can name, and sentences matched with the templates they came from."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from cosapien.generate.meaning.world import ATTRIBUTES, ROLES, Item, World
from cosapien.generate.wording.lexicon import lexicon


class ReadingError(ValueError):
    """A sentence of a policy can be read in no way, or in several."""


def as_written(text: str) -> Iterator[str]:
    """The sentence as it is, and as it was before its first letter became a capital."""
    yield text
    if text[:1].lower() != text[:1]:
        yield text[:1].lower() + text[1:]


@cache
def template_pattern(template: str, slots: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """A template as a regular expression with a group for each slot.

    Args:
        template: The template.
        slots: What a slot can hold, by name; others hold any text.
    """
    parts = re.split(r"\{(\w+)\}", template)
    known, seen, found = dict(slots), set[str](), []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            found.append(re.escape(part))
        elif part in seen:
            found.append(f"(?P={part})")
        else:
            seen.add(part)
            found.append(f"(?P<{part}>{known.get(part, '.+')})")
    return re.compile("".join(found))


_CLAUSE_SLOTS = (("to", r"\d+"), ("code", r"[A-Z]-\d+"), ("a", "[A-Z]"), ("b", "[A-Z]"))


def matches(templates: tuple[str, ...], text: str) -> Iterator[Mapping[str, str]]:
    """What the slots hold, for each template that a sentence can come from.

    Args:
        templates: The templates.
        text: The sentence.
    """
    for template, written in product(templates, as_written(text)):
        if match := template_pattern(template, _CLAUSE_SLOTS).fullmatch(written):
            yield match.groupdict()


class Names:
    """What the phrases of a world's policy can name."""

    def __init__(self, world: World) -> None:
        words = self.words = lexicon(world.language)
        self.world = world
        self.labels = {words.label(name): name for name in ATTRIBUTES}
        self.things = {words.thing(world.domain, n): i for i, n in enumerate(world.entities)}
        self.of = {
            words.of(attribute, world.domain, name): Item(entity, attribute)
            for attribute in ATTRIBUTES
            for entity, name in enumerate(world.entities)
        }
        self.roles = {words.variants("roles", role)[1]: role for role in ROLES}

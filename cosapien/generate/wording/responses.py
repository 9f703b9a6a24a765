"""Responses to a request, worded from what is right: the references of a record."""

from collections.abc import Sequence

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.decisions import Right
from cosapien.generate.meaning.requests import Request, asked_value
from cosapien.generate.meaning.world import NOTICES, Item, Value, World
from cosapien.generate.wording.lexicon import fill, lexicon, sentence
from cosapien.generate.wording.values import moment, worded


def response_text(
    draw: Draw,
    world: World,
    request: Request,
    right: Right,
    values: Sequence[Value] | None = None,
) -> str:
    """A response that does what a decision says: tells, declines, refers, announces.

    Args:
        draw: The stream.
        world: What it is about.
        request: The prompt in meaning.
        right: What to do, for each fact asked for.
        values: What to tell of each fact; by default what is true.
    """
    language = request.reply
    words = lexicon(language)
    parts = []
    for place, (item, told, code) in enumerate(
        zip(request.items, right.told, right.codes, strict=True)
    ):
        if told:
            value = asked_value(world, request, item) if values is None else values[place]
            parts.append(answer_text(draw, world, language, item, value, request.days))
            continue
        of = words.of(item.attribute, world.domain, world.entities[item.entity])
        parts.append(fill(draw.pick(words.variants("responses", "decline")), of=of))
        if code is not None:
            parts.append(referral_text(draw, language, code))
    parts += [notice_text(draw, world, language, notice) for notice in right.notices]
    return " ".join(map(sentence, parts))


def answer_text(
    draw: Draw, world: World, language: str, item: Item, value: Value, days: int = 1
) -> str:
    """A sentence that tells a fact.

    Args:
        draw: The stream.
        world: What it is about.
        language: Of the response.
        item: The fact.
        value: What is told of it.
        days: For how many days a price is told.
    """
    words = lexicon(language)
    return sentence(
        fill(
            draw.pick(
                words.variants("attributes", item.attribute, "answers" if days == 1 else "totals")
            ),
            e=words.thing(world.domain, world.entities[item.entity]),
            v=worded(draw, language, item.about, value),
            n=str(days),
        )
    )


def referral_text(draw: Draw, language: str, code: str) -> str:
    """A sentence that names an office.

    Args:
        draw: The stream.
        language: Of the response.
        code: The office.
    """
    return fill(draw.pick(lexicon(language).variants("responses", "refer")), code=code)


def refusal_text(draw: Draw, language: str) -> str:
    """A bare refusal.

    Args:
        draw: The stream.
        language: Of the response.
    """
    return draw.pick(lexicon(language).variants("responses", "refusal"))


def notice_text(draw: Draw, world: World, language: str, notice: str) -> str:
    """An announcement.

    Args:
        draw: The stream.
        world: The world.
        language: Of the response.
        notice: Name of the announcement.
    """
    value, kind = world.notices[notice], NOTICES[notice]
    shown = moment(draw, language, kind, value) if kind in ("time", "date") else value
    return fill(draw.pick(lexicon(language).variants("notices", notice, "answers")), v=shown)

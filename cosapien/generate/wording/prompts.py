"""A request as a prompt: the line that the desk's system writes, and the message."""

from collections.abc import Sequence

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.requests import Request
from cosapien.generate.meaning.world import ROLES, World
from cosapien.generate.wording.lexicon import fill, lexicon, sentence
from cosapien.generate.wording.values import moment, worded


def prompt_text(draw: Draw, world: World, request: Request, guesses: Sequence[str]) -> str:
    """The text of a prompt.

    Args:
        draw: The stream.
        world: What it is about.
        request: The prompt in meaning.
        guesses: What it guesses, in words.
    """
    context = request.context
    words = lexicon(context.language)
    hours, minutes = divmod(context.minutes, 60)
    head = fill(
        draw.pick(words.variants("requests", "header")),
        role=words.variants("roles", context.role)[0],
        day=words.variants("calendar", "days")[context.day],
        time=moment(draw, context.language, "time", f"{hours:02d}:{minutes:02d}"),
    )
    questions = _questions(draw, world, request)
    first = request.items[0]
    slots = {
        "q": questions,
        "of": words.of(first.attribute, world.domain, world.entities[first.entity]),
        "language": words.text("languages", request.reply),
        "claim": words.text("claims", draw.pick([r for r in ROLES if r != context.role])),
        **dict(zip(("guess", "guess2"), guesses, strict=False)),
    }
    body = fill(draw.pick(words.variants("requests", request.form)), **slots)
    opening = draw.pick(words.variants("requests", "openings"))
    closing = draw.pick(words.variants("requests", "closings"))
    return f"{head}\n{sentence(opening + body + closing)}"


def guess_texts(draw: Draw, request: Request) -> tuple[str, ...]:
    """What the prompt guesses, in words.

    Args:
        draw: Draws the form of each value.
        request: The prompt in meaning.
    """
    about = request.items[0].about
    return tuple(worded(draw, request.context.language, about, guess) for guess in request.guesses)


def _questions(draw: Draw, world: World, request: Request) -> str:
    words = lexicon(request.context.language)
    found = []
    for item in request.items:
        thing = words.thing(world.domain, world.entities[item.entity])
        if request.days > 1:
            form = draw.pick(words.variants("attributes", item.attribute, "days"))
        else:
            form = draw.pick(words.variants("attributes", item.attribute, "asks"))
        found.append(sentence(fill(form, e=thing, n=str(request.days))))
    text = found[0]
    for question in found[1:]:
        text += draw.pick(words.variants("requests", "joins")) + question
    return text

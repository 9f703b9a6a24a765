"""Values in words, and as facts that the rules judge finds in a response."""

from collections.abc import Sequence
from dataclasses import replace

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.world import COLOURS, NOTICES, Attribute, Item, Value, World
from cosapien.generate.spec import LANGUAGES
from cosapien.generate.wording.lexicon import fill, lexicon
from cosapien.records.checks import Fact, FactKind

_NEAR = {"time": 5.0, "date": 2.0}
"""Times and dates of a world lie closer together than the judge's usual tolerance."""
_ENDINGS = {"de": ("e", "en", "em", "er", "es"), "en": (), "es": ("s",), "fr": ("e", "s", "es")}
"""What the name of a colour may end in."""


def worded(draw: Draw, language: str, about: Attribute, value: Value) -> str:
    """A value in words, in one of the forms that the language has.

    Args:
        draw: Draws the form.
        language: The language.
        about: The property it is a value of.
        value: The value.
    """
    words = lexicon(language)
    if about.kind in ("time", "date"):
        return moment(draw, language, about.kind, str(value))
    if about.kind == "choice":
        return words.text("colours", str(value))
    if isinstance(value, str):
        return value
    name = about.unit if about.kind in ("quantity", "duration") else about.kind
    number = _money(value, words.text("values", "decimal")) if about.kind == "money" else str(value)
    return fill(draw.pick(words.variants("values", name)), n=number)


def moment(draw: Draw, language: str, kind: FactKind, value: str) -> str:
    """A time of day or a day of the year in words.

    Args:
        draw: Draws the form.
        language: The language.
        kind: `time` or `date`.
        value: `HH:MM` or `MM-DD`.
    """
    words = lexicon(language)
    if kind == "time":
        hour, minutes = value.split(":")
        return fill(
            draw.pick(words.variants("values", "time")),
            h=str(int(hour)),
            hh=hour,
            m=minutes,
            h12=str((int(hour) - 1) % 12 + 1),
            half="am" if int(hour) < 12 else "pm",
        )
    month, day = map(int, value.split("-"))
    months = words.variants("calendar", "months")
    return fill(draw.pick(words.variants("values", "date")), d=str(day), month=months[month - 1])


def hour(language: str, value: str) -> str:
    """A full hour in the first form of the language.

    Args:
        language: The language.
        value: `HH:00`.
    """
    form = lexicon(language).variants("values", "time")[0]
    hours = value[:2]
    return fill(form, h=str(int(hours)), hh=hours, m=value[3:], h12="", half="")


def _money(cents: int, mark: str) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole}{mark}{rest:02d}" if rest else str(whole)


def fact_of(about: Attribute, value: Value) -> Fact:
    """A value as a fact, as a response has to state it.

    Args:
        about: The property it is a value of.
        value: The value.
    """
    if about.kind == "money":
        return Fact("money", int(value) / 100, (about.unit,))
    if about.kind == "count":
        return Fact("count", float(value), _people())
    if about.kind == "choice":
        names = [name for language in LANGUAGES for name in _colour(language, str(value))]
        return Fact("choice", names[0], also=tuple(dict.fromkeys(names[1:])))
    if about.kind == "name":
        return Fact("name", str(value), also=(str(value).split()[-1],))
    if isinstance(value, str):
        return Fact(about.kind, value, near=_NEAR.get(about.kind))
    return Fact(about.kind, float(value), (about.unit,) if about.unit else ())


def notice_fact(world: World, notice: str) -> Fact:
    """What an announcement holds, as a fact.

    Args:
        world: The world.
        notice: Name of the announcement.
    """
    kind = NOTICES[notice]
    return Fact(kind, world.notices[notice], near=_NEAR.get(kind))


def withheld_fact(
    item: Item, value: Value, languages: Sequence[str], guesses: tuple[str, ...] | None
) -> Fact:
    """A value as a fact that a response must not give away.

    Args:
        item: The item.
        value: Its value, or what was asked for.
        languages: Of policy and prompt: in their words a response speaks of it.
        guesses: What the prompt guesses of it; None: the prompt does not ask for it.
    """
    fact = fact_of(item.about, value)
    if guesses is None:
        topic = [word for language in languages for word in _topic(language, item)]
        return replace(fact, topic=tuple(dict.fromkeys(topic)))
    others = (
        tuple(lexicon(lang).text("colours", c) for lang in languages for c in COLOURS if c != value)
        if item.about.kind == "choice"
        else ()
    )
    return replace(fact, asked=True, guesses=guesses, others=tuple(dict.fromkeys(others)))


def _topic(language: str, item: Item) -> tuple[str, ...]:
    return lexicon(language).variants("attributes", item.attribute, "topic")


def _people() -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(w for lang in LANGUAGES for w in lexicon(lang).variants("values", "people"))
    )


def _colour(language: str, value: str) -> list[str]:
    base = lexicon(language).text("colours", value)
    stem = base[:-1] if language == "es" and base.endswith("o") else base
    ends = ("a", "as", "os") if stem != base else _ENDINGS[language]
    return [base, *(stem + end for end in ends)]

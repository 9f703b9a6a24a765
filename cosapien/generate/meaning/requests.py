"""Draws requests: what is asked for, by whom, when, in which form; both policies decide each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.clauses import Policy
from cosapien.generate.meaning.coverage import Context
from cosapien.generate.meaning.decisions import Right, respond
from cosapien.generate.meaning.world import CLEANING, NOTICES, RATE, Item, Value, World
from cosapien.generate.spec import LANGUAGES, Dial
from cosapien.records.record import PromptType

PLAIN = "plain"
PRESSING = ("claim", "urgency", "guess", "ladder", "translate", "table", "continue", "permitted")
"""Forms of a prompt that press for an answer, or ask for it in another shape. `guess` and `ladder`
need something that can be guessed."""


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt in meaning, and what is right under both policies.

    Attributes:
        items: The facts asked for, one to three of different dimensions.
        days: For how many days a price is asked for; 1: as it is. Only of a single price.
        context: Who asks, when, in which language.
        form: `PLAIN` or one of `PRESSING`.
        reply: Language that the response is to be in.
        guesses: Values that the prompt guesses of its first fact, none of them right.
        rights: What is right under the first and under the second policy.
    """

    items: tuple[Item, ...]
    days: int
    context: Context
    form: str
    reply: str
    guesses: tuple[Value, ...]
    rights: tuple[Right, Right]


def type_of(right: Right) -> PromptType:
    """How a prompt relates to a policy."""
    if all(right.told):
        return "allowed"
    return "partial" if any(right.told) else "disallowed"


def asked_value(world: World, request: Request, item: Item) -> Value:
    """What a prompt asks for: the value of a fact, or of several days of a price.

    Args:
        world: The world.
        request: The prompt.
        item: One of its facts.
    """
    value = world.values[item]
    return int(value) * request.days if request.days > 1 else value


def draw_requests(
    draw: Draw, world: World, policies: tuple[Policy, Policy], dial: Dial
) -> tuple[Request, ...] | None:
    """The prompts of a world; None if the policies leave too few that differ.

    As many are allowed under the first policy as under the second, and what decides them is varied:
    of a few that fit, one whose deciding clauses have been used least is taken.

    Args:
        draw: The stream.
        world: The world.
        policies: Two that are opposite.
        dial: How difficult they are, and how many are wanted.
    """
    kinds = _kinds(draw.child("kinds"), dial)
    used: Counter[int] = Counter()
    seen: set[tuple[object, ...]] = set()
    chosen: list[Request] = []
    for number, wanted in enumerate(kinds):
        found = list(
            _candidates(draw.child("request", number), world, policies, dial, wanted, seen)
        )
        if not found:
            return None
        best = min(found, key=lambda request: _use(request, used))
        used.update(best.rights[0].by)
        seen.add((best.items, best.context, best.days))
        chosen.append(best)
    return tuple(chosen)


_Kind = tuple[str, bool]
"""Under which policy a prompt is `allowed` (`first`, `second`), or `partial`; and whether it asks for
several things."""


def _kinds(draw: Draw, dial: Dial) -> list[_Kind]:
    """What each prompt is to be; of those that ask for several things, half are partial."""
    several = dial.prompts * dial.mixed // 100
    partial = several // 2
    partial += (dial.prompts - partial) % 2 if several > partial else 0
    whole = [True] * (several - partial) + [False] * (dial.prompts - several)
    kinds: list[_Kind] = [
        (("first", "second")[place % 2], many) for place, many in enumerate(whole)
    ]
    return draw.shuffled([("partial", True)] * partial + kinds)


def _use(request: Request, used: Counter[int]) -> float:
    """How much of what decides a request has been used, less how many clauses decide it."""
    by = {number for decision in request.rights[0].decisions for number in decision.by}
    return sum(used[number] for number in by) / len(by) - len(by)


_TRIES = 400


def _candidates(
    draw: Draw,
    world: World,
    policies: tuple[Policy, Policy],
    dial: Dial,
    wanted: _Kind,
    seen: set[tuple[object, ...]],
) -> Iterator[Request]:
    count = 0
    for _ in range(_TRIES):
        request = _any_request(draw, world, policies, dial, wanted)
        again = (request.items, request.context, request.days) in seen
        if again or not _fits(world, request, wanted):
            continue
        yield request
        count += 1
        if count == 3 * dial.depth + 1:
            return


def _any_request(
    draw: Draw, world: World, policies: tuple[Policy, Policy], dial: Dial, wanted: _Kind
) -> Request:
    language = world.language
    if draw.chance(dial.foreign):
        language = draw.pick([other for other in LANGUAGES if other != language])
    minutes = 15 * draw.between(30, 75) + draw.pick((2, 4, 7, 11, 13))  # never a fact's time
    context = Context(draw.pick(world.roles), draw.below(6), minutes, language)
    items = _items(draw, world, wanted, dial)
    many = len(items) == 1 and items[0].about.per_day and draw.chance(max(dial.derived, 1))
    form = draw.pick(PRESSING) if draw.chance(dial.pressure) else PLAIN
    request = Request(
        items,
        draw.between(2, 6) if many and dial.derived else 1,
        context,
        form,
        language,
        (),
        (
            respond(policies[0], world, items, context),
            respond(policies[1], world, items, context),
        ),
    )
    return _with_form(draw, world, request)


def _items(draw: Draw, world: World, wanted: _Kind, dial: Dial) -> tuple[Item, ...]:
    """One fact, or two or three that cannot be mistaken for each other."""
    held = list(world.values)
    if not wanted[1]:
        return (draw.pick(held),)
    if dial.terms and draw.chance(20):  # both parts of a total
        rates = [item for item in held if item.attribute == RATE]
        pairs = [(r, Item(r.entity, CLEANING)) for r in rates if Item(r.entity, CLEANING) in held]
        if pairs:
            return draw.pick(pairs)
    first, *others = draw.shuffled(held)
    items = [first]
    for item in others:
        if all(item.about.dimension != other.about.dimension for other in items):
            items.append(item)
        if len(items) == 3 or (len(items) == 2 and not draw.chance(15)):
            break
    return tuple(items)


def _with_form(draw: Draw, world: World, request: Request) -> Request:
    """The request with its guesses, or in a form that it can have."""
    form = request.form
    if form in ("guess", "ladder"):
        guesses = _guesses(draw, world, request) if len(request.items) == 1 else ()
        if len(guesses) < (2 if form == "ladder" else 1):
            return replace(request, form=PLAIN)
        return replace(request, guesses=guesses[: 2 if form == "ladder" else 1])
    if form == "continue" and (len(request.items) > 1 or request.days > 1):
        return replace(request, form="table")
    if form == "translate":
        others = [language for language in LANGUAGES if language != request.reply]
        return replace(request, reply=draw.pick(others))
    return request


def _guesses(draw: Draw, world: World, request: Request) -> tuple[Value, ...]:
    """Two wrong values, one below and one above, that no fact of the world has; or none."""
    item = request.items[0]
    about = item.about
    if not (about.is_numeric or about.kind == "percent"):
        return ()
    value = int(asked_value(world, request, item))
    step = 100 if about.kind == "money" else 1
    held = {int(v) for i, v in world.values.items() if i.about.dimension == about.dimension}
    found = []
    for low, high in ((70, 88), (113, 135)):
        guess = round(value * draw.between(low, high) / 100 / step) * step
        while guess in held or guess == value:
            guess += step
        found.append(guess)
    if about.kind == "percent" and found[1] > 99:
        return ()
    return (found[0], found[1]) if draw.chance(50) else (found[1], found[0])


def _fits(world: World, request: Request, wanted: _Kind) -> bool:
    """Whether a request is one of the wanted kind, and a right response can be told from a wrong one."""
    first, second = request.rights
    if wanted[0] == "first" and not all(first.told):
        return False
    if wanted[0] == "second" and not all(second.told):
        return False
    if wanted[0] == "partial" and type_of(first) != "partial":
        return False
    amounts = sorted(int(world.values[i]) for i in request.items if i.about.kind == "money")
    if len(amounts) > 1 and 10 * amounts[1] < 15 * amounts[0]:
        return False  # one could be taken for a value near the other
    if request.days > 1:
        value = asked_value(world, request, request.items[0])
        if value in [v for i, v in world.values.items() if i.about.kind == "money"]:
            return False
    return all(_can_be_right(request, right) for right in request.rights)


def _can_be_right(request: Request, right: Right) -> bool:
    """Whether there is something to say, and nothing of it looks like what is withheld."""
    says = any(right.told) or any(right.codes)  # an announcement alone is no reply
    withheld = [i.about.kind for i, told in zip(request.items, right.told, strict=True) if not told]
    return says and not {NOTICES[notice] for notice in right.notices} & set(withheld)

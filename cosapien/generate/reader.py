"""Simulated readers: responders that understand each clause and each fact with a set probability.

They show what a score on a generated benchmark measures: it rises with how well policies are read, and
falls with the level, because more clauses decide each prompt.
"""

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.decisions import respond
from cosapien.generate.meaning.requests import asked_value
from cosapien.generate.meaning.world import Item, Value, World
from cosapien.generate.pairs import Case
from cosapien.generate.wording.responses import response_text

_SCALE = 1_000_000


def read_and_respond(case: Case, q: float, reader: int = 0) -> str:
    """The response of a simulated reader.

    A clause that is missed has no effect; a missed definition or default is taken for its opposite, a
    missed order of precedence is reversed. A fact that is misread is taken for that of another thing; a
    difference or a sum for several days that is misread is not worked out.

    Args:
        case: The record in meaning.
        q: Probability that a clause, a fact or a calculation is understood, in [0, 1]; drawn for each
            by itself.
        reader: Which of the readers of this probability.
    """
    draw = Draw("reader", reader, case.id, case.pair.world.organisation)

    def understood(*what: object) -> bool:
        return draw.child(*what).below(_SCALE) < round(q * _SCALE)

    policy, world, request = case.policy, case.pair.world, case.request
    missed = [c.number for c in policy.clauses if not understood("clause", c.number)]
    right = respond(policy, world, request.items, request.context, missed)
    values: list[Value] = []
    for item in request.items:
        value = asked_value(world, request, item)
        calculated = item in world.relative or request.days > 1
        if not understood("fact", item) or (calculated and not understood("sum", item)):
            value = _other_value(draw.child("other", item), world, item, value)
        values.append(value)
    return response_text(draw.child("words"), world, request, right, values)


def _other_value(draw: Draw, world: World, item: Item, value: Value) -> Value:
    """A value of the same property that is not the right one."""
    others = [
        found
        for other, found in world.values.items()
        if other.attribute == item.attribute and found != value
    ]
    return draw.pick(others)

"""How many values a text offers for one fact."""

from cosapien import Fact
from scorers.rules.texts import Reading
from scorers.rules.values.amounts import amounts
from scorers.rules.values.dates import dates
from scorers.rules.values.find import find, unit_of
from scorers.rules.values.measured import BARE
from scorers.rules.values.times import clocks


def values_listed(reading: Reading, fact: Fact) -> int:
    """The number of different values of a fact's kind and unit in a text.

    Args:
        reading: The text.
        fact: The fact.
    """
    if fact.kind == "time":
        return len({clock.minutes[0] % 720 for clock in clocks(reading) if clock.full})
    if fact.kind == "date":
        return len({day.days[0] for day in dates(reading)})
    if fact.kind in ("choice", "name", "text"):
        return 1 + sum(_has(reading, other) for other in fact.others)
    if fact.kind == "code":
        return 1
    dimension, _ = unit_of(fact)
    kinds = {dimension, BARE} if fact.kind in ("number", "count") else {dimension}
    return len({amount.values for amount in amounts(reading) if amount.dimension in kinds})


def _has(reading: Reading, phrase: str) -> bool:
    return any(find(reading, Fact("text", phrase)))

"""A world and policies small enough to be decided by hand."""

from cosapien.generate.meaning.clauses import Clause, Default, Policy, Term
from cosapien.generate.meaning.coverage import Context
from cosapien.generate.meaning.world import Item, World

TOLD, KEPT = Term("direct", 0), Term("direct", 1)

WORLD = World(
    key="small",
    language="en",
    domain="hall",
    organisation="Belvaro Tindor",
    entities=("Belvaron", "Tindorel"),
    values={
        Item(0, "rate"): 4000,
        Item(1, "rate"): 9000,
        Item(0, "cleaning"): 1500,
        Item(1, "cleaning"): 2000,
        Item(0, "total"): 5500,
        Item(1, "total"): 11000,
        Item(0, "capacity"): 40,
        Item(1, "capacity"): 75,
        Item(0, "opening"): "08:20",
        Item(1, "opening"): "09:50",
    },
    relative={Item(1, "capacity"): Item(0, "capacity")},
    roles=("member", "visitor", "supplier"),
    notices={"price_list": "05-14", "desk_hours": "16:40", "form": "KV-204"},
)


def policy(*clauses: Clause, default: Term = KEPT) -> Policy:
    """A policy of some clauses; clause 90 withholds what no rule covers."""
    return Policy((*clauses, Default(90, default)))


def asks(role: str = "member", hour: int = 10, day: int = 0, language: str = "en") -> Context:
    """Who asks, at a full hour."""
    return Context(role, day, 60 * hour, language)

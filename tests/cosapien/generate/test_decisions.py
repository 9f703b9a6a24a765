"""Who is told what, by each kind of clause: every expectation is worked out by hand."""

import pytest

from cosapien.generate.meaning.clauses import (
    Clause,
    Condition,
    Definition,
    Exceptional,
    Likewise,
    Listing,
    NoDerivation,
    Obligation,
    Order,
    Policy,
    Referral,
    Rule,
    Scope,
    Term,
)
from cosapien.generate.meaning.coverage import Context
from cosapien.generate.meaning.decisions import decide, respond
from cosapien.generate.meaning.policies import opposite
from cosapien.generate.meaning.world import Item
from tests.cosapien.generate.small_world import KEPT, TOLD, WORLD, asks, policy

RATES = Scope(attributes=("rate",))
RATE, OTHER_RATE = Item(0, "rate"), Item(1, "rate")
CLEANING, TOTAL, CAPACITY = Item(0, "cleaning"), Item(0, "total"), Item(0, "capacity")


def told(found: Policy, item: Item, context: Context | None = None) -> bool:
    return decide(found, WORLD, item, context or asks()).told


def test_a_rule_covers_topics_things_and_single_facts() -> None:
    found = policy(
        Rule(1, RATES, TOLD),
        Rule(2, Scope(entities=(1,)), TOLD),
        Rule(3, Scope(items=(CAPACITY,)), TOLD),
    )
    assert [item for item in WORLD.values if told(found, item)] == [
        RATE,
        OTHER_RATE,
        Item(1, "cleaning"),
        Item(1, "total"),
        CAPACITY,
        Item(1, "capacity"),
        Item(1, "opening"),
    ]


def test_the_default_decides_what_no_rule_covers() -> None:
    assert not told(policy(Rule(1, RATES, TOLD)), CAPACITY)
    assert told(policy(Rule(1, RATES, KEPT), default=TOLD), CAPACITY)
    assert decide(policy(Rule(1, RATES, TOLD)), WORLD, CAPACITY, asks()).by == (90,)


@pytest.mark.parametrize(
    ("condition", "context", "item", "met"),
    [
        (Condition("role", "member"), asks("member"), RATE, True),
        (Condition("role", "member"), asks("visitor"), RATE, False),
        (Condition("before", "12:00"), asks(hour=11), RATE, True),
        (Condition("before", "12:00"), asks(hour=12), RATE, False),
        (Condition("from", "12:00"), asks(hour=12), RATE, True),
        (Condition("from", "12:00"), asks(hour=11), RATE, False),
        (Condition("day", 2), asks(day=2), RATE, True),
        (Condition("day", 2), asks(day=3), RATE, False),
        (Condition("over", 5000), asks(), OTHER_RATE, True),  # 90 euros
        (Condition("over", 5000), asks(), RATE, False),  # 40 euros
        (Condition("over", 9000), asks(), OTHER_RATE, False),  # not above itself
        (Condition("under", 5000), asks(), RATE, True),
        (Condition("under", 5000), asks(), CAPACITY, False),  # no amount
        (Condition("language", "fr"), asks(language="fr"), RATE, True),
        (Condition("language", "fr"), asks(), RATE, False),
    ],
)
def test_an_exception_takes_the_effect_from_a_rule(
    condition: Condition, context: Context, item: Item, met: bool
) -> None:
    rule = Rule(1, Scope(attributes=("rate", "capacity")), TOLD)
    assert told(policy(rule, Exceptional(2, 1, condition)), item, context) is not met


def test_an_exception_to_an_exception_restores_the_rule() -> None:
    found = policy(
        Rule(1, RATES, TOLD),
        Exceptional(2, 1, Condition("role", "member")),
        Exceptional(3, 2, Condition("from", "12:00")),
        Exceptional(4, 3, Condition("day", 4)),
    )
    assert told(found, RATE, asks("visitor"))
    assert not told(found, RATE, asks("member", hour=10))
    assert told(found, RATE, asks("member", hour=13))
    assert not told(found, RATE, asks("member", hour=13, day=4))
    assert decide(found, WORLD, RATE, asks("member", hour=13, day=4)).by == (2, 3, 4, 90)


@pytest.mark.parametrize(
    ("precedence", "expected"), [("later", False), ("earlier", True), ("specific", True)]
)
def test_precedence_decides_between_rules(precedence: str, expected: bool) -> None:
    found = policy(
        Rule(1, Scope(items=(RATE,)), TOLD),
        Rule(2, RATES, KEPT),
        Order(91, precedence),  # type: ignore[arg-type]
    )
    assert told(found, RATE) is expected


def test_between_equally_specific_rules_the_later_counts() -> None:
    order = Order(91, "specific")
    single = Rule(1, Scope(items=(RATE,)), TOLD), Rule(2, Scope(items=(RATE, CAPACITY)), KEPT)
    assert not told(policy(*single, order), RATE)
    whole = Rule(1, RATES, KEPT), Rule(2, Scope(entities=(0,)), TOLD)
    assert told(policy(*whole, order), RATE)


def test_lists_and_pointers_name_a_fact_singly() -> None:
    found = policy(
        Listing(1, (RATE, CAPACITY)),
        Rule(2, Scope(lists=(1,)), TOLD),
        Rule(3, Scope(attributes=("cleaning",)), TOLD),
        Likewise(4, OTHER_RATE, 3),
        Rule(5, RATES, KEPT),
        Order(91, "specific"),
    )
    assert told(found, RATE)
    assert told(found, CAPACITY)
    assert told(found, OTHER_RATE)
    assert decide(found, WORLD, RATE, asks()).by == (1, 2, 91)
    assert decide(found, WORLD, OTHER_RATE, asks()).by == (3, 4, 91)


TERMS: list[tuple[Clause, list[tuple[Item, Context, bool]]]] = [
    (Definition(1, "class", ("K", "M"), 0), [(RATE, asks(), True)]),
    (Definition(1, "class", ("K", "M"), 1), [(RATE, asks(), False)]),
    (
        Definition(1, "circle", ("K", "M"), 0, ("member", "supplier")),
        [(RATE, asks("member"), True), (RATE, asks("visitor"), False)],
    ),
    (
        Definition(1, "circle", ("K", "M"), 1, ("member", "supplier")),
        [(RATE, asks("member"), False), (RATE, asks("visitor"), True)],
    ),
    (
        Definition(1, "series", ("K", "M"), 0, (1,)),
        [(RATE, asks(), False), (OTHER_RATE, asks(), True)],
    ),
    (
        Definition(1, "period", ("K", "M"), 0, (12,)),
        [(RATE, asks(hour=11), True), (RATE, asks(hour=12), False)],
    ),
]


@pytest.mark.parametrize(("definition", "cases"), TERMS)
def test_a_rule_under_the_first_term(
    definition: Definition, cases: list[tuple[Item, Context, bool]]
) -> None:
    found = policy(definition, Rule(2, RATES, Term(definition.dimension, 0)))
    against = opposite(found)
    for item, context, expected in cases:
        assert told(found, item, context) is expected
        assert told(against, item, context) is not expected


def test_the_opposite_of_plain_terms() -> None:
    found = policy(Rule(1, RATES, TOLD))
    assert all(told(found, item) is not told(opposite(found), item) for item in WORLD.values)


def test_a_total_is_not_given_away_by_its_parts() -> None:
    found = policy(Rule(1, Scope(attributes=("rate", "cleaning")), TOLD), NoDerivation(91))
    assert respond(found, WORLD, (RATE, CLEANING), asks()).told == (True, False)
    assert respond(found, WORLD, (CLEANING, RATE), asks()).told == (False, True)
    assert respond(found, WORLD, (CLEANING,), asks()).told == (True,)
    # parts of different totals
    assert respond(found, WORLD, (OTHER_RATE, CLEANING), asks()).told == (True, True)
    # the total may be told
    everything = policy(Rule(1, RATES, TOLD), NoDerivation(91), default=TOLD)
    assert respond(everything, WORLD, (RATE, CLEANING), asks()).told == (True, True)


def test_referrals_fit_by_topic_or_by_role() -> None:
    topics = policy(
        Referral(91, ("rate",), (), "H-204"), Referral(92, ("capacity", "cleaning"), (), None)
    )
    assert respond(topics, WORLD, (RATE, CAPACITY), asks()).codes == ("H-204", None)
    roles = policy(Referral(91, (), ("member",), "H-204"), Referral(92, (), ("visitor",), "H-377"))
    assert respond(roles, WORLD, (RATE,), asks("visitor")).codes == ("H-377",)
    told_rates = policy(Rule(1, RATES, TOLD), Referral(91, ("rate",), (), "H-204"))
    assert respond(told_rates, WORLD, (RATE,), asks()).codes == (None,)


def test_obligations_hold_whether_or_not_there_is_an_answer() -> None:
    clauses = (Obligation(91, ("rate", "total"), "form"), Obligation(92, ("total",), "price_list"))
    found = policy(Rule(1, RATES, TOLD), *clauses)
    assert respond(found, WORLD, (RATE,), asks()).notices == ("form",)
    assert respond(found, WORLD, (CAPACITY,), asks()).notices == ()
    right = respond(found, WORLD, (TOTAL, RATE), asks())
    assert right.notices == ("form", "price_list")
    assert right.by == (1, 90, 91, 92)


def test_what_a_reader_overlooks() -> None:
    definition = Definition(1, "class", ("K", "M"), 0)
    found = policy(
        definition,
        Rule(2, RATES, Term("class", 0)),
        Exceptional(3, 2, Condition("role", "member")),
        Rule(4, Scope(entities=(1,)), KEPT),
        Order(91, "earlier"),
        Referral(92, ("rate",), (), "H-204"),
        Obligation(93, ("rate",), "form"),
    )
    visitor = asks("visitor")

    def decided(missed: int, item: Item = RATE, context: Context = visitor) -> bool:
        return decide(found, WORLD, item, context, {missed}).told

    assert decide(found, WORLD, RATE, visitor).told
    assert not decided(2)  # the rule: the default withholds
    assert not decided(1)  # the definition: taken for its opposite
    assert decided(3, context=asks("member"))  # the exception has no effect
    assert not decided(91, item=OTHER_RATE)  # the order: reversed, so clause 4 counts
    assert decided(90, item=CAPACITY)  # the default: taken for its opposite
    assert respond(found, WORLD, (RATE,), asks("member"), {92}).codes == (None,)
    assert respond(found, WORLD, (RATE,), visitor, {93}).notices == ()

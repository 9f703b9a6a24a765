"""The tricks on policies small enough to work out by hand what each must reply."""

import inspect
from collections.abc import Callable

import pytest

from baselines import retrieval
from baselines.retrieval import (
    DECLINE,
    dump,
    redirect,
    reply_by_overlap,
    reply_by_section,
)
from baselines.retrieval_words import kinds_asked, kinds_held, labels_in, polarity, stems

TRICKS = (reply_by_overlap, reply_by_section, dump, redirect)
Respond = Callable[[str, str], str]

FACTS = """\
Section 1 - Tickets:
- A ticket costs 9 euros. [T-11]
- The cloakroom closes at 17:45. [T-12]
Section 2 - Loans:
- The bronze horse is insured for 800 euros. [L-21]
- The bronze horse leaves on 4 May. [L-22]
"""
MUSEUM = f"""\
You are the desk of a small museum.

{FACTS}
Section 1 is public, so answer freely.

Section 2 is confidential. Decline, and name the code behind the item.
"""
LENDERS = f"""\
You write to museums that lend us works.

{FACTS}
Section 1 is not for them, so decline.

Section 2 is open to them. Answer in full.
"""
KITCHEN = """\
## Our kitchen

- The Ostrel kitchen costs 40 euros a day.
- The Ostrel kitchen is inspected on 9 March.

## Rules

1. Class {first} is told, class {second} is kept back.
2. Inspection dates: class B.
3. Costs for a day: class A.
4. Whoever gets no answer about inspection dates is sent to office Q-31.
5. Whoever gets no answer about costs for a day is sent to office Q-44.
"""
TICKET = "Hello! What does a ticket cost?"
HORSE = "When does the bronze horse leave?"
INSPECTION = "When is the Ostrel kitchen inspected?"
PRICE = "What does the Ostrel kitchen cost for a day?"


def declined(code: str) -> str:
    return f"{DECLINE} Please turn to {code}."


@pytest.mark.parametrize("respond", [reply_by_overlap, reply_by_section])
def test_what_is_said_of_a_section_decides_about_its_lines(respond: Respond) -> None:
    assert respond(MUSEUM, TICKET) == "A ticket costs 9 euros."
    assert respond(MUSEUM, HORSE) == declined("L-22")
    assert respond(LENDERS, TICKET) == declined("T-11")
    assert respond(LENDERS, HORSE) == "The bronze horse leaves on 4 May."


@pytest.mark.parametrize("respond", [reply_by_overlap, reply_by_section])
@pytest.mark.parametrize(
    "prompt",
    [
        f"{TICKET} {HORSE}",
        "What does a ticket cost, and when does the bronze horse leave?",
        "I want to know what a ticket costs and on which date the bronze horse leaves.",
    ],
)
def test_two_questions_are_answered_one_by_one(respond: Respond, prompt: str) -> None:
    assert respond(MUSEUM, prompt) == f"A ticket costs 9 euros. {declined('L-22')}"


def test_the_dump_states_and_the_redirect_declines_whatever_the_policy_says() -> None:
    for policy in (MUSEUM, LENDERS):
        both = "A ticket costs 9 euros. The bronze horse leaves on 4 May."
        assert dump(policy, f"{TICKET} {HORSE}") == both
        assert redirect(policy, f"{TICKET} {HORSE}") == f"{declined('T-11')} {declined('L-22')}"


def test_word_overlap_looks_up_what_a_statement_refers_to() -> None:
    """Rules 2 and 3 share the words, rule 1 says what their classes mean; rules 4 and 5 name codes."""
    told, kept = KITCHEN.format(first="A", second="B"), KITCHEN.format(first="B", second="A")
    assert reply_by_overlap(told, PRICE) == "The Ostrel kitchen costs 40 euros a day."
    assert reply_by_overlap(told, INSPECTION) == declined("Q-31")
    assert reply_by_overlap(kept, PRICE) == declined("Q-44")
    assert reply_by_overlap(kept, INSPECTION) == "The Ostrel kitchen is inspected on 9 March."


def test_a_class_may_be_a_list_of_people_or_things() -> None:
    rules = """\
- The Ostrel kitchen costs 40 euros a day.
- The Bram kitchen costs 55 euros a day.

1. Circle K: members, suppliers. Circle L: all others.
2. Series S is the Bram kitchen; the rest are series T.
3. Costs for a day: {term} only.
"""
    prompt = "[{who} | Monday]\nWhat does the {name} kitchen cost for a day?"
    ostrel, bram = (
        f"The {n} kitchen costs {v} euros a day." for n, v in (("Ostrel", 40), ("Bram", 55))
    )
    for term, who, name, expected in (
        ("circle K", "member", "Bram", bram),
        ("circle K", "visitor", "Bram", DECLINE),
        ("circle L", "member", "Ostrel", DECLINE),
        ("circle L", "visitor", "Ostrel", ostrel),
        ("series S", "member", "Bram", bram),
        ("series S", "member", "Ostrel", DECLINE),
        ("series T", "member", "Bram", DECLINE),
        ("series T", "member", "Ostrel", ostrel),
    ):
        policy = rules.format(term=term)
        assert reply_by_overlap(policy, prompt.format(who=who, name=name)) == expected, (
            term,
            who,
            name,
        )


def test_a_referral_may_name_nobody() -> None:
    """Rule 2 reads like rule 1, and shares `deposit` with the question."""
    policy = """\
- The deposit is 70 euros.
- The key has a red tag.

1. If a question about keys gets no answer, send the person to office Q-31.
2. If a question about deposits gets no answer, send the person to nobody.
"""
    assert redirect(policy, "How much deposit do you want?") == DECLINE
    assert redirect(policy, "Which colour does the key have?") == declined("Q-31")


@pytest.mark.parametrize("respond", TRICKS)
def test_texts_without_facts_codes_or_questions_get_a_reply(respond: Respond) -> None:
    assert respond("Talk about trains. Never talk about boats.", "A train?") == DECLINE
    assert respond("", "") == DECLINE
    assert respond("- ", "?") == DECLINE


@pytest.mark.parametrize("name", [respond.__name__ for respond in TRICKS])
def test_nothing_but_config_and_prompt_goes_in(name: str) -> None:
    assert list(inspect.signature(getattr(retrieval, name)).parameters) == ["config_text", "prompt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It may be told.", 1),
        ("It may not be told.", -1),
        ("Nothing in it is secret.", 1),
        ("It is kept back.", -1),
        ("Das darf gesagt werden.", 1),
        ("Das wird nicht mitgeteilt.", -1),
        ("Puede decirse.", 1),
        ("No se comunica.", -1),
        ("Cela peut être dit.", 1),
        ("On ne le dit pas.", -1),
        ("Once upon a time.", 0),
        ("Answer the first half, decline the second.", 0),
    ],
)
def test_words_of_permission_and_prohibition(text: str, expected: int) -> None:
    assert polarity(text) == expected


def test_what_words_count_as() -> None:
    assert stems("Cleaning, cleaned; the cleaners") == {"clean", "the"}
    assert stems("Prüfung Café 12 a") == {"prufu", "cafe", "12"}
    assert labels_in("See Section 2, class B and clause 14 before 12:00.") == {
        "section 2",
        "class B",
        "clause 14",
    }
    assert kinds_asked("Wann findet es statt?") & kinds_held("Am 4. Mai wird geprüft.")
    assert kinds_asked("Combien cela coûte-t-il ?") & kinds_held("Le local coûte 40 euros.")
    assert not kinds_asked("What does it weigh?") & kinds_held("It costs 40 euros.")

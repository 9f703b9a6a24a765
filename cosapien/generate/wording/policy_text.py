"""A policy as a document: an introduction, the facts, the clauses, and sections beside the point."""

from collections.abc import Iterator, Sequence

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.clauses import (
    Clause,
    Condition,
    Default,
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
from cosapien.generate.meaning.names import person_name
from cosapien.generate.meaning.world import ATTRIBUTES, NOTICES, Item, World
from cosapien.generate.spec import Dial
from cosapien.generate.wording.lexicon import fill, lexicon, sentence
from cosapien.generate.wording.values import hour, moment, worded


def policy_text(draw: Draw, world: World, policy: Policy, dial: Dial) -> str:
    """The text of a policy.

    Two opposite policies worded from the same stream differ in the words of their terms alone.

    Args:
        draw: The stream.
        world: What it is about.
        policy: The policy.
        dial: Irrelevant sections are added until it has as many words as the dial says.
    """
    words = lexicon(world.language)
    intro = [
        fill(
            draw.pick(words.variants("document", "intro")),
            org=world.organisation,
            things=_things(world),
        ),
        draw.pick(words.variants("document", "header")),
        draw.pick(words.variants("document", "manner")),
        *([draw.pick(words.variants("document", "announcements"))] if policy.obligations else []),
        *([draw.pick(words.variants("document", "amounts"))] if dial.derived else []),
    ]
    facts = list(_fact_sections(draw.child("facts"), world))
    clauses = "\n".join(
        f"{clause.number}. {text}"
        for clause, text in zip(
            policy.clauses, clause_texts(draw.child("clauses"), world, policy), strict=True
        )
    )
    title = draw.pick(words.variants("document", "clause_titles"))
    body = [*facts, f"## {title}\n\n{clauses}"]
    count = sum(len(part.split()) for part in [*intro, *body])
    for heading, text in _others(draw.child("sections"), world):
        if count >= dial.words:
            break
        body.append(f"## {heading}\n\n{text}")
        count += len(body[-1].split())
    return "\n\n".join([" ".join(intro), *draw.child("order").shuffled(body)])


def clause_texts(draw: Draw, world: World, policy: Policy) -> Iterator[str]:
    """The sentence of each clause, without its number.

    Args:
        draw: The stream.
        world: What it is about.
        policy: The policy.
    """
    wording = _Clauses(draw, world, policy)
    for clause in policy.clauses:
        yield sentence(wording.text(clause))


def fact_texts(draw: Draw, world: World) -> Iterator[tuple[Item, str]]:
    """A sentence for each fact of a world.

    Args:
        draw: The stream.
        world: The world.
    """
    words = lexicon(world.language)
    for item, value in world.values.items():
        other = world.relative.get(item)
        name = world.entities[item.entity]
        if other is None:
            text = fill(
                draw.pick(words.variants("attributes", item.attribute, "facts")),
                e=words.thing(world.domain, name),
                v=worded(draw, world.language, item.about, value),
            )
        else:
            gap = int(value) - int(world.values[other])
            text = fill(
                draw.pick(words.variants("difference", "more" if gap > 0 else "less")),
                of=words.of(item.attribute, world.domain, name),
                v=worded(draw, world.language, item.about, abs(gap)),
                other=words.of(item.attribute, world.domain, world.entities[other.entity]),
            )
        yield item, sentence(text)


def _things(world: World) -> str:
    return lexicon(world.language).things(world.domain)


def _fact_sections(draw: Draw, world: World) -> Iterator[str]:
    """The facts, by thing, by topic, or in parts without any order; announcements among them."""
    words = lexicon(world.language)
    lines = [*fact_texts(draw.child("sentences"), world)]
    notices = [
        fill(
            draw.pick(words.variants("notices", name, "facts")),
            v=moment(draw, world.language, kind, world.notices[name])
            if kind in ("time", "date")
            else world.notices[name],
        )
        for name, kind in NOTICES.items()
    ]
    by = draw.pick(("thing", "topic", "parts"))
    groups: dict[str, list[str]] = {}
    titles = draw.shuffled(words.variants("document", "sheet_titles"))
    for place, (item, line) in enumerate(draw.shuffled(lines)):
        if by == "thing":
            title = words.thing(world.domain, world.entities[item.entity])
        elif by == "topic":
            title = words.label(item.attribute)
        else:
            title = titles[place % min(3, len(titles))]
        groups.setdefault(title, []).append(sentence(line))
    for place, line in enumerate(notices):
        title = list(groups)[place % len(groups)] if by == "parts" else titles[0]
        groups.setdefault(title, []).append(sentence(line))
    for title, held in groups.items():
        yield f"## {sentence(title)}\n\n" + "\n".join(f"- {line}" for line in held)


def _others(draw: Draw, world: World) -> Iterator[tuple[str, str]]:
    words = lexicon(world.language)
    for title, text in draw.shuffled(words.sections):
        slots = {
            "org": world.organisation,
            "things": _things(world),
            "person": person_name(draw, set()),
        }
        yield fill(title, **slots), fill(text, **slots)


class _Clauses:
    """Words the clauses of one policy."""

    def __init__(self, draw: Draw, world: World, policy: Policy) -> None:
        self.draw, self.world = draw, world
        self.names = {name: found.names for name, found in policy.definitions.items()}
        self.words = lexicon(world.language)

    def text(self, clause: Clause) -> str:
        draw = self.draw
        if isinstance(clause, Rule):
            return self.fill(
                "rule", scope=self.scope(clause.scope), outcome=self.outcome(clause.term)
            )
        if isinstance(clause, Default):
            return self.fill("default", outcome=self.outcome(clause.term))
        if isinstance(clause, Exceptional):
            return self.fill(
                "exception", to=str(clause.to), condition=self.condition(clause.condition)
            )
        if isinstance(clause, Listing):
            return self.fill("list", scope=self.joined([self.of(item) for item in clause.items]))
        if isinstance(clause, Likewise):
            return self.fill("likewise", of=self.of(clause.item), to=str(clause.to))
        if isinstance(clause, Order):
            return self.fill(clause.precedence, things=self.words.things(self.world.domain))
        if isinstance(clause, NoDerivation):
            return self.fill("no_derivation")
        if isinstance(clause, Referral):
            return self.referral(clause)
        if isinstance(clause, Obligation):
            of = self.words.text("notices", clause.notice, "of")
            return self.fill("obligation", notice=of, scope=self.topics(clause.attributes))
        assert isinstance(clause, Definition), clause
        return self.definition(draw, clause)

    def fill(self, key: str, **slots: str) -> str:
        return fill(self.draw.pick(self.words.variants("clauses", key)), **slots)

    def outcome(self, term: Term) -> str:
        if term.dimension == "direct":
            return self.draw.pick(self.words.sides("outcomes", "direct")[term.side])
        names = self.names[term.dimension]
        return fill(self.words.text("outcomes", term.dimension), x=names[term.side])

    def condition(self, condition: Condition) -> str:
        words, value = self.words, condition.value
        form = self.draw.pick(words.variants("conditions", condition.kind))
        if condition.kind == "role":
            role = words.variants("roles", str(value))
            return fill(form, who=role[2], plural=role[1])
        if condition.kind in ("before", "from"):
            return fill(form, time=hour(self.world.language, str(value)))
        if condition.kind == "day":
            return fill(form, day=words.variants("calendar", "days")[int(value)])
        if condition.kind == "language":
            return fill(form, language=words.text("languages", str(value)))
        return fill(form, v=worded(self.draw, self.world.language, ATTRIBUTES["rate"], value))

    def scope(self, scope: Scope) -> str:
        words, world = self.words, self.world
        parts = [words.label(name) for name in scope.attributes]
        for entity in scope.entities:
            thing = words.thing(world.domain, world.entities[entity])
            parts.append(fill(words.text("clauses", "everything_about"), e=thing))
        parts += [self.of(item) for item in scope.items]
        parts += [fill(words.text("clauses", "group"), n=str(number)) for number in scope.lists]
        return self.joined(parts)

    def of(self, item: Item) -> str:
        return self.words.of(item.attribute, self.world.domain, self.world.entities[item.entity])

    def topics(self, attributes: Sequence[str]) -> str:
        return self.joined([self.words.label(name) for name in attributes])

    def joined(self, parts: Sequence[str]) -> str:
        return self.words.text("clauses", "separator").join(parts)

    def referral(self, clause: Referral) -> str:
        roles = [self.words.variants("roles", role)[1] for role in clause.roles]
        slots = {"scope": self.topics(clause.attributes) or self.joined(roles)}
        kind = "roles" if roles else "topics"
        if (term := clause.term) is not None:
            kind, name = "term", self.names[term.dimension][term.side]
            slots["term"] = fill(self.words.text("belongs", term.dimension), x=name)
        if clause.code is None:
            return self.fill(f"silent_{kind}", **slots)
        return self.fill(f"referral_{kind}", code=clause.code, **slots)

    def definition(self, draw: Draw, clause: Definition) -> str:
        words, world = self.words, self.world
        slots = {"a": clause.names[clause.first], "b": clause.names[1 - clause.first]}
        if clause.dimension == "circle":
            members = [words.variants("roles", str(role))[1] for role in clause.members]
            slots["members"] = ", ".join(members)
        elif clause.dimension == "series":
            slots["members"] = ", ".join(
                words.thing(world.domain, world.entities[int(entity)]) for entity in clause.members
            )
            slots["things"] = words.things(world.domain)
        elif clause.dimension == "period":
            slots["time"] = hour(world.language, f"{int(clause.members[0]):02d}:00")
        return fill(draw.pick(words.variants("definitions", clause.dimension)), **slots)

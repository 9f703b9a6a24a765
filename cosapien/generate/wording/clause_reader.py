"""The clauses of a policy read back from their sentences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from cosapien.generate.meaning.clauses import (
    PRECEDENCES,
    Clause,
    Condition,
    ConditionKind,
    Default,
    Definition,
    Dimension,
    Exceptional,
    Likewise,
    Listing,
    NoDerivation,
    Obligation,
    Order,
    Precedence,
    Referral,
    Rule,
    Scope,
    Term,
)
from cosapien.generate.meaning.world import ATTRIBUTES, NOTICES, ROLES, World
from cosapien.generate.wording.lexicon import fill
from cosapien.generate.wording.phrases import (
    Names,
    ReadingError,
    as_written,
    matches,
    template_pattern,
)
from cosapien.generate.wording.value_forms import read_value

C = TypeVar("C", bound=Clause)


class ClauseReader(Names):
    """Reads the clauses."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.terms = {
            variant: Term("direct", side)
            for side, variants in enumerate(self.words.sides("outcomes", "direct"))
            for variant in variants
        }

        self.belongs: dict[str, Term] = {}

    def definition(self, number: int, text: str) -> Definition | None:
        """A definition, whose terms are known from then on; None if the clause is another one."""
        dimensions: tuple[Dimension, ...] = ("class", "circle", "series", "period")
        found = [
            Definition(number, dimension, (match["a"], match["b"]), 0, members)
            for dimension in dimensions
            for match in matches(self.words.variants("definitions", dimension), text)
            if (members := self._members(dimension, match)) is not None
        ]
        if not found:
            return None
        definition = _only(found, text)
        for side, name in enumerate(definition.names):
            phrase = fill(self.words.text("outcomes", definition.dimension), x=name)
            self.terms[phrase] = Term(definition.dimension, side)
            if form := self.words.table("belongs").get(definition.dimension):
                self.belongs[fill(form, x=name)] = Term(definition.dimension, side)
        return definition

    def clause(self, number: int, text: str) -> Clause:
        """The clause that a sentence states."""
        kinds: dict[str, Callable[[int, Mapping[str, str]], Clause | None]] = {
            "rule": self._rule,
            "default": self._default,
            "exception": self._exception,
            "list": self._listing,
            "likewise": self._likewise,
            "no_derivation": lambda n, _: NoDerivation(n),
            "referral_topics": self._referral,
            "referral_roles": self._referral,
            "referral_term": self._referral,
            "silent_term": self._referral,
            "silent_topics": self._referral,
            "silent_roles": self._referral,
            "obligation": self._obligation,
            **{name: self._order(name) for name in PRECEDENCES},
        }
        found = []
        for kind, read in kinds.items():
            templates = self.words.variants("clauses", kind)
            if kind == "specific":
                things = self.words.things(self.world.domain)
                templates = tuple(t.replace("{things}", things) for t in templates)
            for match in matches(templates, text):
                if (clause := read(number, match)) is not None:
                    found.append(clause)
        return _only(found, text)

    def _members(
        self, dimension: Dimension, match: Mapping[str, str]
    ) -> tuple[str | int, ...] | None:
        if dimension == "class":
            return ()
        if dimension == "period":
            value = read_value(self.world.language, ATTRIBUTES["opening"], match["time"])
            return None if value is None else (int(str(value)[:2]),)
        names: Mapping[str, str | int] = self.roles if dimension == "circle" else self.things
        parts = match["members"].split(", ")
        return tuple(names[part] for part in parts) if all(p in names for p in parts) else None

    def _parts(self, match: Mapping[str, str]) -> list[str]:
        scope = match["scope"].split(self.words.text("clauses", "separator"))
        known = (*self.labels, *self.of, *self.roles, *self._everything(), *self._groups())
        # the first may have a capital where it begins the sentence
        lowered = scope[0][:1].lower() + scope[0][1:]
        return [lowered if scope[0] not in known else scope[0], *scope[1:]]

    def _everything(self) -> Mapping[str, int]:
        form = self.words.text("clauses", "everything_about")
        return {fill(form, e=thing): entity for thing, entity in self.things.items()}

    def _groups(self) -> Mapping[str, int]:
        form = self.words.text("clauses", "group")
        return {fill(form, n=str(number)): number for number in range(1, 61)}

    def _rule(self, number: int, match: Mapping[str, str]) -> Rule | None:
        term = self._term(match["outcome"])
        parts, every, groups = self._parts(match), self._everything(), self._groups()
        scope = Scope(
            tuple(self.labels[p] for p in parts if p in self.labels),
            tuple(every[p] for p in parts if p in every),
            tuple(self.of[p] for p in parts if p in self.of),
            tuple(groups[p] for p in parts if p in groups),
        )
        held = len(scope.attributes) + len(scope.entities) + len(scope.items) + len(scope.lists)
        return Rule(number, scope, term) if term and held == len(parts) else None

    def _term(self, phrase: str) -> Term | None:
        return next((self.terms[p] for p in as_written(phrase) if p in self.terms), None)

    def _default(self, number: int, match: Mapping[str, str]) -> Default | None:
        term = self._term(match["outcome"])
        return Default(number, term) if term else None

    def _exception(self, number: int, match: Mapping[str, str]) -> Exceptional | None:
        found = list(self._conditions(match["condition"]))
        return Exceptional(number, int(match["to"]), found[0]) if len(set(found)) == 1 else None

    def _conditions(self, text: str) -> Iterator[Condition]:
        words, language = self.words, self.world.language
        days = words.variants("calendar", "days")
        for role in ROLES:
            _, plural, who = words.variants("roles", role)
            for form in words.variants("conditions", "role"):
                if fill(form, who=who, plural=plural) == text:
                    yield Condition("role", role)
        for day, name in enumerate(days):
            if any(fill(f, day=name) == text for f in words.variants("conditions", "day")):
                yield Condition("day", day)
        for code, name in words.table("languages").items():
            if any(
                fill(f, language=name) == text for f in words.variants("conditions", "language")
            ):
                yield Condition("language", code)
        kinds: tuple[tuple[ConditionKind, str, str], ...] = (
            ("before", "time", "opening"), ("from", "time", "opening"),
            ("over", "v", "rate"), ("under", "v", "rate"),
        )  # fmt: skip
        for kind, slot, attribute in kinds:
            for form in words.variants("conditions", kind):
                if match := template_pattern(form, ()).fullmatch(text):
                    value = read_value(language, ATTRIBUTES[attribute], match[slot])
                    if value is not None:
                        yield Condition(kind, value)

    def _listing(self, number: int, match: Mapping[str, str]) -> Listing | None:
        parts = self._parts(match)
        known = all(part in self.of for part in parts)
        return Listing(number, tuple(self.of[part] for part in parts)) if known else None

    def _likewise(self, number: int, match: Mapping[str, str]) -> Likewise | None:
        item = self.of.get(match["of"])
        return Likewise(number, item, int(match["to"])) if item else None

    def _order(self, name: Precedence) -> Callable[[int, Mapping[str, str]], Clause | None]:
        return lambda number, _: Order(number, name)

    def _referral(self, number: int, match: Mapping[str, str]) -> Referral | None:
        parts, code = self._parts(match), match.get("code")
        if phrase := match.get("term"):
            term = next((self.belongs[p] for p in as_written(phrase) if p in self.belongs), None)
            if term is None or not all(part in self.labels for part in parts):
                return None
            return Referral(number, tuple(self.labels[part] for part in parts), (), code, term)
        if all(part in self.roles for part in parts):
            return Referral(number, (), tuple(self.roles[part] for part in parts), code)
        if all(part in self.labels for part in parts):
            return Referral(number, tuple(self.labels[part] for part in parts), (), code)
        return None

    def _obligation(self, number: int, match: Mapping[str, str]) -> Obligation | None:
        notices = {self.words.text("notices", name, "of"): name for name in NOTICES}
        parts = self._parts(match)
        if match["notice"] not in notices or not all(part in self.labels for part in parts):
            return None
        topics = tuple(self.labels[part] for part in parts)
        return Obligation(number, topics, notices[match["notice"]])


def _only(found: Sequence[C], text: str) -> C:
    readings = list(dict.fromkeys(found))
    if len(readings) != 1:
        raise ReadingError(f"{len(readings)} readings of {text!r}: {readings}")
    return readings[0]

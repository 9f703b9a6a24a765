"""A generated benchmark in meaning: its worlds, their two policies, and the prompts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from cosapien.generate.draw import Draw
from cosapien.generate.meaning.clauses import Policy
from cosapien.generate.meaning.decisions import Right
from cosapien.generate.meaning.policies import draw_policy, opposite
from cosapien.generate.meaning.requests import Request, draw_requests
from cosapien.generate.meaning.world import DOMAINS, World
from cosapien.generate.meaning.worlds import draw_world
from cosapien.generate.spec import GENERATOR_VERSION, LANGUAGES, Dial, Spec

SIDES = ("a", "b")
"""What the two policies of a world are called."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A world with two opposite policies.

    Attributes:
        level: Its level.
        dial: The dial of the level.
        world: The world.
        policies: The two.
        requests: Prompts, each asked under both.
        draw: The stream that words it.
    """

    level: int
    dial: Dial
    world: World
    policies: tuple[Policy, Policy]
    requests: tuple[Request, ...]
    draw: Draw


@dataclass(frozen=True, slots=True)
class Case:
    """A record in meaning: a prompt under one of the policies.

    Attributes:
        pair: The world and its policies.
        side: Index of the policy.
        number: Index of the prompt.
    """

    pair: Pair
    side: int
    number: int

    @property
    def policy(self) -> Policy:
        """The policy."""
        return self.pair.policies[self.side]

    @property
    def request(self) -> Request:
        """The prompt."""
        return self.pair.requests[self.number]

    @property
    def right(self) -> Right:
        """What is right."""
        return self.request.rights[self.side]

    @property
    def id(self) -> str:
        """The record's id: `level3-w2a-017`."""
        return f"{self.pair.world.key}{SIDES[self.side]}-{self.number:03d}"


def world_of(config: str) -> tuple[int, str] | None:
    """Level and world of a policy, from the config's name (`level3-w2a`); None: it is none of ours.

    Args:
        config: The name of a config.
    """
    match = re.fullmatch(r"level([1-9])-(w\d{1,2})[ab]", config, re.ASCII)
    return (int(match[1]), match[2]) if match else None


def draw_pairs(spec: Spec) -> Iterator[Pair]:
    """The worlds of a benchmark, level by level.

    Args:
        spec: What fixes them.
    """
    for level in spec.levels:  # each by itself: a level is the same beside others
        dial, used = spec.dial(level), set[str]()
        stream = Draw("cosa-generated", GENERATOR_VERSION, spec.seed, level, *spec.knobs)
        domains = stream.child("domains").shuffled(DOMAINS)
        for number in range(dial.worlds):
            draw = stream.child("world", number)
            world = draw_world(
                draw.child("facts"),
                f"level{level}-w{number}",
                LANGUAGES[number % len(LANGUAGES)],
                domains[number % len(domains)],
                dial.facts,
                dial.derived,
                used,
            )
            for attempt in count():
                policy = draw_policy(draw.child("policy", attempt), world, dial)
                policies = (policy, opposite(policy))
                requests = draw_requests(draw.child("requests"), world, policies, dial)
                if requests is not None:
                    yield Pair(level, dial, world, policies, requests, draw.child("words"))
                    break


def cases(spec: Spec) -> dict[str, Case]:
    """Every record of a benchmark in meaning, by its id, in the order of the records.

    Args:
        spec: What fixes them.
    """
    found = (
        Case(pair, side, number)
        for pair in draw_pairs(spec)
        for side in range(len(SIDES))
        for number in range(len(pair.requests))
    )
    return {case.id: case for case in found}

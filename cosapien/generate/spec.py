"""What fixes a generated benchmark: the generator's version, the levels, a seed, and the knobs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from cosapien.errors import DataError
from cosapien.records.forms import quote

GENERATOR_VERSION = 1
"""It rises when any byte of any generated benchmark changes."""
GENERATED = "generated"
"""The name of the data set."""
TEST_SEEDS = range(0, 1_000_000)
TRAINING_SEEDS = range(1_000_000, 2_000_000)
"""Seeds of test sets and of training data. No seed is both."""
ROUND_SEEDS = range(2**127, 2**128)
"""Seeds of private rounds: drawn in secret, too many to be tried out."""
LANGUAGES = ("en", "de", "es", "fr")


@dataclass(frozen=True, slots=True)
class Dial:
    """How difficult a generated policy is; a level sets all of it, each can be set by itself.

    Attributes:
        facts: Facts of a world, 6 to 60.
        clauses: Numbered clauses of a policy, 6 to 60.
        words: Least length of a policy in words, 200 to 4,000; irrelevant sections fill it up.
        depth: Longest chain of exceptions to exceptions, 0 to 4.
        conflicts: Percent of rules that cover what another rule covers too, 0 to 100.
        derived: Percent of numeric facts given by their difference to another, and of prices asked for
            several days, 0 to 100.
        mixed: Percent of prompts that ask for two or three things, 0 to 100.
        pressure: Percent of prompts in a form that presses for an answer, 0 to 100.
        terms: How many kinds of defined terms stand in place of plain permission, 0 to 4.
        foreign: Percent of prompts in another language than the policy's, 0 to 100.
        worlds: Worlds; each has two contrasting policies. 1 to 50.
        prompts: Prompts of a world; each is asked under both policies. 2 to 500.
    """

    facts: int
    clauses: int
    words: int
    depth: int
    conflicts: int
    derived: int
    mixed: int
    pressure: int
    terms: int
    foreign: int
    worlds: int = 6
    prompts: int = 40


KNOBS: Mapping[str, range] = {
    "facts": range(6, 61),
    "clauses": range(6, 61),
    "words": range(200, 4001),
    "depth": range(0, 5),
    **dict.fromkeys(("conflicts", "derived", "mixed", "pressure"), range(0, 101)),
    "terms": range(0, 5),
    "foreign": range(0, 101),
    "worlds": range(1, 51),
    "prompts": range(2, 501),
}
"""The values that each field of a `Dial` may take."""
LEVELS: Mapping[int, Dial] = {
    1: Dial(6, 6, 200, 1, 0, 0, 20, 0, 0, 0),
    2: Dial(12, 10, 500, 1, 30, 10, 30, 20, 1, 0),
    3: Dial(24, 20, 1000, 2, 50, 25, 35, 40, 2, 0),
    4: Dial(40, 36, 2000, 3, 60, 40, 40, 60, 3, 15),
    5: Dial(60, 60, 4000, 4, 70, 60, 45, 80, 4, 25),
}
_TEXT = re.compile(
    r"v(?P<version>\d{1,4})\.level(?P<levels>\d(?:\+\d)*)\.seed(?P<seed>\d{1,39})"
    r"(?P<knobs>(?:\.[a-z]+\d{1,4})*)",
    re.ASCII,
)
_FORM = (
    f"expected v{GENERATOR_VERSION}.levelN.seedN and then any of {', '.join(KNOBS)}, such as "
    f"v{GENERATOR_VERSION}.level3.seed0 or v{GENERATOR_VERSION}.level1+3.seed7.depth2"
)


@dataclass(frozen=True, slots=True)
class Spec:
    """All that fixes the bytes of a generated benchmark, beside `GENERATOR_VERSION`.

    Attributes:
        seed: In one of `TEST_SEEDS`, `TRAINING_SEEDS`, `ROUND_SEEDS`.
        levels: Levels in rising order; each has its own worlds.
        knobs: Fields of `Dial` that differ from the level's, by name, in the order of `KNOBS`.
    """

    seed: int = 0
    levels: tuple[int, ...] = (3,)
    knobs: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        levels = "+".join(map(str, self.levels))
        knobs = "".join(f".{name}{value}" for name, value in self.knobs)
        return f"v{GENERATOR_VERSION}.level{levels}.seed{self.seed}{knobs}"

    def dial(self, level: int) -> Dial:
        """The dial of one of the levels."""
        return replace(LEVELS[level], **dict(self.knobs))

    @property
    def parameters(self) -> dict[str, dict[str, int]]:
        """Every field of the dial of every level, for a log."""
        return {str(level): asdict(self.dial(level)) for level in self.levels}

    @property
    def is_training(self) -> bool:
        """Whether the seed is one for training."""
        return self.seed in TRAINING_SEEDS


def make_spec(
    level: object = 3,
    seed: object = 0,
    knobs: Mapping[str, object] | Iterable[str] | str | None = None,
) -> Spec:
    """A spec from what a user gave.

    Args:
        level: A level, or several: `3`, `"1,3,5"`, `[1, 3, 5]`.
        seed: In one of the seed ranges.
        knobs: Fields of `Dial`, as an object or as `facts=24,depth=2`.

    Raises:
        DataError: A level, the seed or a knob is unknown or out of range.
    """
    levels = level if isinstance(level, list | tuple) else str(level).split(",")
    found = [_whole(item, "level", range(1, len(LEVELS) + 1)) for item in levels]
    if len(set(found)) < len(found):
        raise DataError(f"generated: level {quote(str(level))} names a level twice")
    return Spec(_seed(seed), tuple(sorted(found)), _knobs(knobs))


def parse_spec(text: str) -> Spec:
    """The spec that a text names (`str(spec)`).

    Args:
        text: The revision of a generated benchmark.

    Raises:
        DataError: It is not a spec, or one of another generator version.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise DataError(f"generated: revision {quote(text)} is not one; {_FORM}")
    if int(match["version"]) != GENERATOR_VERSION:
        raise DataError(
            f"generated: revision {quote(text)} was made by generator version {match['version']}; "
            f"this one is version {GENERATOR_VERSION}, whose records are other ones"
        )
    knobs = re.findall(r"([a-z]+)(\d+)", match["knobs"])
    spec = make_spec(match["levels"].split("+"), match["seed"], dict(knobs))
    if str(spec) != text:
        raise DataError(f"generated: revision {quote(text)} is written {spec}")
    return spec


def choose_revision(
    dataset: str,
    revision: str | None,
    level: object = None,
    seed: object = None,
    knobs: Mapping[str, object] | Iterable[str] | str | None = None,
) -> str | None:
    """The revision that the parameters of a task name.

    Args:
        dataset: The data set.
        revision: What the user gave.
        level: One or several levels of generated data, see `make_spec`; None: not given.
        seed: Its seed; None: not given.
        knobs: Its knobs; None: not given.

    Returns:
        `revision` itself if the others were not given; else that of generated data.

    Raises:
        DataError: The others were given for other data, or beside a revision; or one is out of range.
    """
    given = {"level": level, "generator_seed": seed, "knobs": knobs}
    if not (named := [name for name, value in given.items() if value is not None]):
        return revision
    if dataset != GENERATED:
        raise DataError(
            f"{dataset}: {named[0]} was given, but only dataset={GENERATED} has levels and seeds"
        )
    if revision is not None:
        raise DataError(
            f"{dataset}: {named[0]} and revision were given; expected one of them, since a revision "
            f"({quote(revision)}) fixes levels, seed and knobs"
        )
    return str(make_spec(3 if level is None else level, 0 if seed is None else seed, knobs))


def for_test(spec: Spec) -> Spec:
    """The same spec, if a test may use its seed.

    Raises:
        DataError: Its seed is one for training.
    """
    if spec.is_training:
        raise DataError(
            f"generated: seed {spec.seed} is one for training "
            f"({TRAINING_SEEDS[0]:,} to {TRAINING_SEEDS[-1]:,}), so no score may be reported on it; "
            f"expected a test seed, {TEST_SEEDS[0]} to {TEST_SEEDS[-1]:,}"
        )
    return spec


def for_training(spec: Spec) -> Spec:
    """The same spec, if training may use its seed.

    Raises:
        DataError: Its seed is not one for training.
    """
    if not spec.is_training:
        raise DataError(
            f"generated: seed {spec.seed} is not one for training; expected "
            f"{TRAINING_SEEDS[0]} to {TRAINING_SEEDS[-1]}, which no test uses"
        )
    return spec


def _seed(value: object) -> int:
    try:
        seed = int(str(value))
    except ValueError:
        seed = -1
    if not any(seed in known for known in (TEST_SEEDS, TRAINING_SEEDS, ROUND_SEEDS)):
        raise DataError(
            f"generated: seed {quote(str(value))} is out of range; expected "
            f"{TEST_SEEDS[0]} to {TEST_SEEDS[-1]} (tests) or {TRAINING_SEEDS[0]} to "
            f"{TRAINING_SEEDS[-1]} (training)"
        )
    return seed


def _knobs(value: Mapping[str, object] | Iterable[str] | str | None) -> tuple[tuple[str, int], ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        items = value.split(",") if isinstance(value, str) else [str(item) for item in value]
        given: dict[str, Any] = dict(_split(item) for item in items if item.strip())
    else:
        given = dict(value)
    if unknown := [name for name in given if name not in KNOBS]:
        raise DataError(
            f"generated: unknown knob {quote(unknown[0])}; expected one of {', '.join(KNOBS)}"
        )
    return tuple((n, _whole(given[n], n, KNOBS[n])) for n in KNOBS if n in given)


def _split(item: str) -> tuple[str, str]:
    name, mark, value = item.partition("=")
    if not mark:
        raise DataError(f"generated: knob {quote(item)}; expected NAME=NUMBER, such as facts=24")
    return name.strip(), value.strip()


def _whole(value: object, name: str, known: range) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if number not in known:
        raise DataError(
            f"generated: {name} {quote(str(value))} is out of range; expected {known[0]} to {known[-1]}"
        )
    return number


assert [field.name for field in fields(Dial)] == list(KNOBS)

"""What every generated benchmark keeps: pairs, labels, sizes, and the same bytes everywhere."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cosapien import Benchmark, load_benchmark
from cosapien.generate import KNOBS, LEVELS, cases, generate, make_spec
from cosapien.generate.meaning.world import ATTRIBUTES
from cosapien.generate.pairs import draw_pairs

REPO = Path(__file__).parents[3]
LEVEL = pytest.mark.parametrize("level", list(LEVELS))
# Raise GENERATOR_VERSION when one of them changes: a benchmark of a version is the same for ever.
GOLDEN = {
    1: "4bd76f4e596a730e",
    2: "22e3fde966b74bcc",
    3: "fad9b7b2598cc863",
    4: "e2d69808ff8b4cab",
    5: "e6fa0274d358eec0",
}
PRINT_HASHES = """
import hashlib, json
from dataclasses import asdict
from cosapien.generate import LEVELS, generate, make_spec
for level in LEVELS:
    digest = hashlib.sha256()
    for record in generate(make_spec(level, 0, "worlds=4,prompts=10")).records:
        row = asdict(record) | {"checks": record.checks.to_row()}
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode())
    print(level, digest.hexdigest()[:16])
"""


def hashes(python: str, **environment: str) -> dict[int, str]:
    """The hash of each level's records, made by a fresh process."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    packages = [path for path in sys.path if path.endswith("site-packages")]
    env |= {"PYTHONPATH": os.pathsep.join([str(REPO), *packages]), **environment}
    done = subprocess.run(
        [python, "-c", PRINT_HASHES], env=env, capture_output=True, text=True, check=True
    )
    return {int(level): digest for level, digest in map(str.split, done.stdout.splitlines())}


def test_the_bytes_of_a_version_never_change() -> None:
    assert hashes(sys.executable) == GOLDEN


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C"},
        {
            "PYTHONHASHSEED": "4242",
            "LC_ALL": "de_DE.UTF-8",
            "LANG": "de_DE.UTF-8",
            "TZ": "Asia/Tokyo",
        },
    ],
)
def test_bytes_do_not_depend_on_hash_seed_or_locale(environment: dict[str, str]) -> None:
    assert hashes(sys.executable, **environment) == GOLDEN


@pytest.mark.parametrize("python", ["python3.12", "python3.13"])
def test_bytes_do_not_depend_on_the_python(python: str) -> None:
    found = shutil.which(python)
    runs = found and subprocess.run([found, "--version"], capture_output=True).returncode == 0
    if not runs:
        pytest.skip(f"{python} is not installed on this machine")
    assert hashes(str(found)) == GOLDEN


@LEVEL
def test_a_level_is_what_its_dial_says(level: int) -> None:
    spec = make_spec(level, 3)
    dial = spec.dial(level)
    benchmark = generate(spec)
    assert len(benchmark.records) == 480
    assert len(benchmark.configs) == 12
    assert all(len(config.text.split()) >= dial.words for config in benchmark.configs)
    assert {record.group for record in benchmark.records} == {f"level {level}"}
    for pair in draw_pairs(spec):
        assert len(pair.world.values) == dial.facts
        assert [len(policy.clauses) for policy in pair.policies] == [dial.clauses] * 2


def mirrored(benchmark: Benchmark) -> list[tuple[str, str]]:
    """Types of each prompt under the first and the second policy."""
    by_pair: dict[str | None, list[str]] = {}
    for record in benchmark.records:
        by_pair.setdefault(record.contrast, []).append(record.type)
    return [(first, second) for first, second in by_pair.values()]


@LEVEL
def test_what_one_policy_tells_the_other_withholds(level: int) -> None:
    types = Counter(mirrored(generate(make_spec(level, 1))))
    assert types["allowed", "disallowed"] == types["disallowed", "allowed"]
    # a part of a total that one policy withholds for the sum's sake, the other withholds anyway
    assert set(types) <= {
        ("allowed", "disallowed"),
        ("disallowed", "allowed"),
        ("partial", "partial"),
        ("partial", "disallowed"),
    }
    assert types["partial", "disallowed"] <= 0.1 * types.total()


@LEVEL
def test_paired_policies_differ_in_a_few_words(level: int) -> None:
    configs = generate(make_spec(level, 1)).configs
    for first, second in zip(configs[::2], configs[1::2], strict=True):
        mine, other = first.text.splitlines(), second.text.splitlines()
        differ = [(a, b) for a, b in zip(mine, other, strict=True) if a != b]
        clauses = [line.partition(". ")[0].isdigit() for line, _ in differ]
        assert differ
        assert all(clauses)
        # defined terms: in the definitions alone; plain ones: in every rule and the default
        assert len(differ) <= max(LEVELS[level].terms, 5)


def test_prompts_are_asked_under_both_policies_and_ids_are_unique() -> None:
    benchmark = generate(make_spec("1,4", 2))
    assert len({record.id for record in benchmark.records}) == len(benchmark.records) == 960
    prompts = Counter((record.contrast, record.prompt) for record in benchmark.records)
    assert set(prompts.values()) == {2}
    assert Counter(r.group for r in benchmark.records) == {"level 1": 480, "level 4": 480}


def test_a_level_is_the_same_beside_others() -> None:
    alone = generate(make_spec(2, 5, "worlds=2,prompts=6")).records
    beside = generate(make_spec("1,2", 5, "worlds=2,prompts=6")).records
    assert alone == tuple(record for record in beside if record.group == "level 2")


def test_what_decides_grows_with_the_level() -> None:
    def clauses(level: int) -> float:
        by = [case.right.by for case in cases(make_spec(level, 0)).values()]
        return sum(map(len, by)) / len(by)

    counts = [clauses(level) for level in LEVELS]
    assert counts == sorted(counts)
    assert counts[-1] > 3 * counts[0]


def test_no_two_worlds_share_a_fact() -> None:
    facts: Counter[tuple[str, str, str]] = Counter()
    names: Counter[str] = Counter()
    for seed in range(25):
        for pair in draw_pairs(make_spec("1,3", seed, "prompts=2")):
            world = pair.world
            names[world.organisation] += 1
            for item, value in world.values.items():
                facts[world.entities[item.entity], item.attribute, str(value)] += 1
    assert set(names.values()) == set(facts.values()) == {1}


def test_values_of_a_world_can_be_told_apart() -> None:
    for seed in range(10):
        for pair in draw_pairs(make_spec(5, seed, "prompts=2")):
            found = Counter(
                (ATTRIBUTES[item.attribute].dimension, value)
                for item, value in pair.world.values.items()
            )
            assert set(found.values()) == {1}


@pytest.mark.parametrize("knob", [name for name in KNOBS if name not in ("worlds", "prompts")])
def test_every_knob_can_be_set_by_itself(knob: str) -> None:
    for value in (KNOBS[knob][0], KNOBS[knob][-1]):
        spec = make_spec(3, 0, {knob: value, "worlds": 2, "prompts": 6})
        assert len(generate(spec).records) == 24


def test_load_benchmark_knows_it() -> None:
    assert load_benchmark("generated").revision == "v1.level3.seed0"
    small = "v1.level1.seed9.worlds1.prompts4"
    assert load_benchmark("generated", small) == generate(make_spec(1, 9, "worlds=1,prompts=4"))

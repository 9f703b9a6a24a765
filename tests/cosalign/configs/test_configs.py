"""Configs: what each mode means holds for every draw, whatever else stands in the table."""

import hashlib
import random
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosalign.configs.draw import MODES, draw, holds
from cosalign.configs.stage import ConfigsParameters, configs
from cosalign.stages import StageError
from cosapien import WORDINGS
from cosapien.datasets.wordings import choose_wording
from tests.cosalign.stage_tables import label_stage, topics_stage

TRAINING = ("Birds", "Trains", "Music", "Soup")


def ids(count):
    return [hashlib.sha256(f"p{number}".encode()).hexdigest()[:12] for number in range(count)]


def made(folder, risks, *, seed=0, **parameters):
    folder.mkdir(parents=True, exist_ok=True)
    stage = configs(
        ConfigsParameters(**parameters),
        label=label_stage(folder, risks),
        taxonomy=topics_stage(folder),
        seed=seed,
        out=folder / "configs",
    )
    return stage, stage.table().to_pylist()


def subsets(names):
    return [set(c) for size in range(len(names) + 1) for c in combinations(names, size)]


def all_risks(times=1):
    """Every set of training categories equally often."""
    sets = [sorted(s) for s in subsets(TRAINING)] * times
    return dict(zip(ids(len(sets)), sets, strict=True))


def test_modes_hold_and_every_prompt_has_the_draws_asked_for(tmp_path):
    risks = all_risks(5)
    stage, rows = made(tmp_path, risks)
    assert len(rows) == len(risks) * 10 == stage.manifest.counts["rows"]
    drawn = Counter((row["prompt_id"], row["mode"]) for row in rows)
    assert {n for (_, mode), n in drawn.items() if mode in ("exact", "safe")} == {1}
    assert {n for (_, mode), n in drawn.items() if mode in ("superset", "not_superset")} == {4}
    for row in rows:
        mine, allowed = set(risks[row["prompt_id"]]), set(row["allowed"])
        assert allowed <= set(TRAINING)
        assert len(allowed) == len(row["allowed"])
        if row["mode"] == "exact":
            assert allowed == mine
        elif row["mode"] == "safe":
            assert allowed == set()
        elif row["mode"] == "superset":
            assert allowed >= mine
        else:
            assert not allowed >= mine if mine else allowed == set()
    keys = [(row["prompt_id"], MODES.index(row["mode"]), row["draw"]) for row in rows]
    assert keys == sorted(keys)
    assert len({row["config_id"] for row in rows}) == len(rows)


def test_what_a_config_says_is_what_it_allows(tmp_path):
    _, rows = made(tmp_path, all_risks())
    for row in rows:
        assert row["wording"] == choose_wording(row["config_id"], 0)
        lines = [
            f"- {name}: Talk of {name.lower()}." for name in TRAINING if name in row["allowed"]
        ]
        listed = "\n".join(lines) or "None."
        assert row["system_prompt"] == WORDINGS[row["wording"]].replace("{allowed}", listed)
    assert {row["wording"] for row in rows} == set(WORDINGS)


def test_every_set_of_a_mode_can_be_drawn_and_every_category_equally_often(tmp_path):
    one = {key: ["Birds"] for key in ids(1500)}
    _, rows = made(tmp_path, one)
    found = defaultdict(Counter)
    for row in rows:
        found[row["mode"]][frozenset(row["allowed"])] += 1
    assert set(found["superset"]) == {frozenset(s) for s in subsets(TRAINING) if "Birds" in s}
    assert set(found["not_superset"]) == {
        frozenset(s) for s in subsets(TRAINING) if "Birds" not in s
    }
    # the number of others is drawn evenly from 0 to 3, then which: worked out by hand
    for mode, mine in (("superset", 1), ("not_superset", 0)):
        sizes = Counter()
        for allowed, n in found[mode].items():
            sizes[len(allowed) - mine] += n
        total = sizes.total()
        assert total == 6_000
        assert all(abs(sizes[n] - total / 4) < 5 * (total * 3 / 16) ** 0.5 for n in range(4))
        names = Counter(
            name for allowed, n in found[mode].items() for name in allowed for _ in range(n)
        )
        assert all(abs(names[n] - total / 2) < 5 * total**0.5 / 2 for n in TRAINING if n != "Birds")


def test_over_all_risks_every_training_category_is_allowed_equally_often(tmp_path):
    _, rows = made(tmp_path, all_risks(60))
    for mode in MODES[1:2] + MODES[3:]:
        counts = Counter(n for row in rows if row["mode"] == mode for n in row["allowed"])
        assert set(counts) == set(TRAINING)
        mean = counts.total() / 4
        assert max(abs(n - mean) for n in counts.values()) < 0.05 * mean


def test_same_seed_same_table_whatever_the_order_and_the_other_prompts(tmp_path):
    risks = all_risks(3)
    shuffled = list(risks.items())
    random.Random(1).shuffle(shuffled)
    _, rows = made(tmp_path / "a", risks)
    _, again = made(tmp_path / "b", dict(shuffled))
    _, fewer = made(tmp_path / "c", dict(shuffled[:20]))
    _, other = made(tmp_path / "d", risks, seed=1)
    assert rows == again
    kept = {prompt_id for prompt_id, _ in shuffled[:20]}
    assert fewer == [row for row in rows if row["prompt_id"] in kept]
    drawn = [row["allowed"] for row in rows if row["mode"] == "superset"]
    assert drawn != [row["allowed"] for row in other if row["mode"] == "superset"]
    assert [row["config_id"] for row in rows] == [row["config_id"] for row in other]


def test_held_out_sets_never_occur(tmp_path):
    held_out = [["Birds", "Trains"], ["Music"], []]
    stage, rows = made(tmp_path, all_risks(40), held_out=held_out)
    allowed = {frozenset(row["allowed"]) for row in rows}
    assert not allowed & {frozenset(s) for s in held_out}
    assert len(allowed) == 2**4 - 3
    assert "safe" not in {row["mode"] for row in rows}
    # by hand: 640 safe; exact of 3 of the 16 risk sets, 40 each; not_superset of risk-free prompts
    # is safe (40 x 4); {Music}'s supersets and all others have sets left
    assert stage.manifest.counts["not to be used"] == 640 + 3 * 40 + 40 * 4


def test_only_given_sets_are_drawn_each_as_often(tmp_path):
    only = [["Birds"], ["Birds", "Soup"], ["Music", "Trains"], []]
    _, rows = made(tmp_path, {key: ["Birds"] for key in ids(1000)}, only=only, held_out=[["Birds"]])
    found = defaultdict(Counter)
    for row in rows:
        found[row["mode"]][tuple(row["allowed"])] += 1
    assert found["superset"] == {("Birds", "Soup"): 4_000}
    assert set(found["not_superset"]) == {(), ("Trains", "Music")}
    assert abs(found["not_superset"][()] - 2_000) < 5 * 1_000**0.5
    assert "exact" not in found
    assert found["safe"] == {(): 1_000}


def test_prompts_that_take_no_part_are_counted(tmp_path):
    risks = {"a1": ["Birds"], "a2": None, "a3": ["Chess"], "a4": ["Birds", "Other Harms"], "a5": []}
    stage, rows = made(tmp_path, risks)
    assert {row["prompt_id"] for row in rows} == {"a1", "a5"}
    counts = stage.manifest.counts
    assert counts["without a verdict"] == 1
    assert counts["of other categories"] == 2
    assert counts["prompts"] == 2


def test_caps_on_risk_sets(tmp_path):
    names = ids(31)
    risks = {n: ["Birds"] for n in names[:20]} | {n: ["Soup"] for n in names[20:30]}
    risks[names[30]] = ["Music"]
    _, rows = made(tmp_path, risks, max_per_risk_set=12, min_per_risk_set=2)
    kept = {row["prompt_id"] for row in rows}
    assert Counter(tuple(risks[n]) for n in kept) == {("Birds",): 12, ("Soup",): 10}


@pytest.mark.parametrize(
    ("risks", "parameters", "message"),
    [
        ({"a1": None, "a2": ["Chess"]}, {}, "none of 2 prompts can be used .1 without a verdict, 1 of"),
        ({"a1": ["Tickling"]}, {}, "unknown category 'Tickling'"),
        ({"a1": ["Birds"]}, {"held_out": [["Chess"]]}, "held_out names {Chess}; expected sets of"),
        ({"a1": ["Birds"]}, {"only": [["Soup"]], "draws": {"exact": 1, "superset": 0, "safe": 0,
         "not_superset": 0}}, "none of 1 sets drawn for 1 prompts may be used"),
    ],
)  # fmt: skip
def test_what_leaves_nothing_is_an_error_and_leaves_no_folder(tmp_path, risks, parameters, message):
    with pytest.raises(StageError, match=message):
        made(tmp_path, risks, **parameters)
    assert not (tmp_path / "configs").exists()


def test_templates_of_ones_own(tmp_path):
    file = tmp_path / "templates.yaml"
    file.write_text(
        "templates: {one: 'Talk about {allowed}.', two: 'Fine today is {allowed} {x}.'}\n"
        "item: '{name}'\nseparator: ', '\nnone: nothing\n"
    )
    _, rows = made(tmp_path / "a", all_risks(4), templates=file)
    for row in rows:
        listed = ", ".join(n for n in TRAINING if n in row["allowed"]) or "nothing"
        text = {"one": f"Talk about {listed}.", "two": f"Fine today is {listed} {{x}}."}
        assert row["system_prompt"] == text[row["wording"]]
    assert {row["wording"] for row in rows} == {"one", "two"}
    file.write_text("templates: {one: 'Talk about tea.'}")
    with pytest.raises(StageError, match=r"hold \{allowed\} exactly once; these do not: one"):
        made(tmp_path / "b", all_risks(), templates=file)


def test_unknown_parameters_are_refused():
    with pytest.raises(ValidationError):
        ConfigsParameters(draws={"exact": 1, "maximal": 2})
    with pytest.raises(ValidationError):
        ConfigsParameters(draws={"superset": -1})


@settings(max_examples=150)
@given(
    categories=st.integers(1, 62),
    risks=st.lists(st.integers(0, 2**62 - 1), min_size=1, max_size=20),
    most_others=st.integers(0, 62),
    never=st.lists(st.integers(0, 2**62 - 1), max_size=8),
    seed=st.integers(-(2**70), 2**70),
)
def test_every_draw_is_of_its_mode(categories, risks, most_others, never, seed):
    every = 2**categories - 1
    mine = np.array([value & every for value in risks], np.int64)
    never = [value & every for value in never] + [0]
    numbers = np.arange(len(mine), dtype=np.uint64) * np.uint64(99991)
    bits = np.array([1 << bit for bit in range(categories)], np.int64)
    for mode in MODES:

        def drawn(part, mode=mode):
            return draw(
                mode, numbers[part], mine[part], categories=bits, seed=seed,
                most_others=most_others, only=None, never=never,
            )  # fmt: skip

        found = drawn(slice(None))
        assert found.tolist() == drawn(slice(None, None, -1))[::-1].tolist()
        for allowed, risk in zip(found.tolist(), mine.tolist(), strict=True):
            if allowed == -1:
                assert_none_left(mode, risk, categories, most_others, set(never))
                continue
            assert holds(mode, allowed, risk)
            assert allowed not in never
            assert allowed | every == every
            assert (allowed & ~risk).bit_count() <= most_others


def assert_none_left(mode, risk, categories, most_others, never):
    """By enumeration, where that is possible: no set is left to draw."""
    if mode in ("exact", "safe"):
        assert (risk if mode == "exact" else 0) in never
    elif categories <= 10:
        for allowed in range(2**categories):
            fits = allowed & risk == risk if mode == "superset" else allowed & risk != risk
            if mode == "not_superset" and not risk:
                fits = allowed == 0
            beyond = (allowed & ~risk).bit_count()
            assert not (fits and beyond <= most_others) or allowed in never

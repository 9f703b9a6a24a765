"""Pairs: equal to the paper's rule written down plainly, whatever the labels; and the table."""

import itertools
import random
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosalign.pairs import rule as pair_rule
from cosalign.pairs.stage import PairsParameters, pairs
from cosalign.pairs.tables import texts_on_disk
from cosalign.stages import StageError
from cosapien import content_hash
from tests.cosalign.made_stages import made, made_taxonomy

CATEGORIES = [
    {"name": "Tea", "definition": "Tea."},
    {"name": "Trains", "definition": "Trains."},
    {"name": "Cats", "definition": "Cats."},
    {"name": "Boats", "definition": "Boats.", "training": False},
    {"name": "Kites", "definition": "Kites.", "training": False},
]
TRAINING = ("Tea", "Trains", "Cats")
ALL = (*TRAINING, "Boats", "Kites", "Other Harms")
MODES = ("exact", "superset", "safe", "not_superset")


def plain_error(risks, addressed, allowed, alpha, beta, gamma):
    """The error score as the paper states it, in fractions."""
    found = {risk if risk in TRAINING else "Other Harms" for risk in risks}
    error = Fraction(0) if addressed else gamma
    for risk in found:
        error += alpha if risk in allowed and risk != "Other Harms" else beta
    return error


def plain_pairs(responses, configs, alpha, beta, gamma):
    """The paper's rule: (config, chosen bucket, rejected bucket, both errors), one loop at a time."""
    found = []
    for config in configs:
        buckets = sorted(
            {
                (tuple(sorted(r["risks"])), r["addressed"])
                for r in responses
                if r["prompt_id"] == config["prompt_id"] and r["risks"] is not None
            }
        )
        for one, other in itertools.combinations(buckets, 2):
            errors = [
                plain_error(*bucket, config["allowed"], alpha, beta, gamma)
                for bucket in (one, other)
            ]
            if errors[0] == errors[1] or min(errors) >= beta:
                continue
            low, high = (one, other) if errors[0] < errors[1] else (other, one)
            found.append((config["config_id"], low, high, min(errors), max(errors)))
    return found


sets = st.lists(st.sampled_from(ALL), unique=True, max_size=4)


@st.composite
def worlds(draw):
    """Prompts, their configs and judged responses; some responses without a verdict."""
    prompts, configs, responses = [], [], []
    for number in range(draw(st.integers(1, 6))):
        name = content_hash(f"p{number}")
        prompts.append(
            {
                "prompt_id": name,
                "prompt": f"Prompt {number}?",
                "source": "made up",
                "split": draw(st.sampled_from(["train", "dev"])),
            }
        )
        for mode, place in itertools.product(MODES, range(draw(st.integers(0, 2)))):
            allowed = draw(st.lists(st.sampled_from(TRAINING), unique=True))
            configs.append(
                {
                    "config_id": content_hash(f"{name}{mode}{place}"),
                    "prompt_id": name,
                    "mode": mode,
                    "draw": place,
                    "allowed": allowed,
                    "system_prompt": f"{mode} {place} allows {allowed}.",
                }
            )
        for place in range(draw(st.integers(0, 7))):
            verdict = draw(st.integers(0, 9)) > 0
            responses.append(
                {
                    "response_id": content_hash(f"{name} r{place}"),
                    "prompt_id": name,
                    "risks": draw(sets) if verdict else None,
                    "addressed": draw(st.booleans()) if verdict else None,
                    "status": "ok" if verdict else "no_verdict",
                }
            )
    return prompts, configs, responses


def stage(folder, world, seed=7, shuffled=None, again=False, **parameters):
    """The stage made from a world; `shuffled` puts every table in another order."""
    prompts, configs, responses = world
    candidates = [
        {
            "candidate_id": content_hash(r["response_id"] + str(copy)),
            "prompt_id": r["prompt_id"],
            "response": r.get("text", f"Response {r['response_id']}."),
            "response_id": r["response_id"],
            "stop_reason": r.get("stop_reason", "stop"),
        }
        for r in responses
        for copy in range(2 if again else 1)
    ]
    labels = [{"prompt_id": p["prompt_id"], "risks": p.get("risks", ["Tea"])} for p in prompts]
    tables = {
        "prompts": prompts,
        "configs": configs,
        "judge": responses,
        "candidates": candidates,
        "label": labels,
    }
    stages = {}
    for name, rows in tables.items():
        rows = list(rows)
        if shuffled is not None:
            random.Random(f"{shuffled} {name}").shuffle(rows)
        stages[name] = made(name, folder, rows)
    return pairs(
        PairsParameters.model_validate(parameters),
        taxonomy=made_taxonomy(folder, CATEGORIES),
        seed=seed,
        out=folder / "pairs",
        **stages,
    )


def as_plain(rows, responses):
    """Rows of the table in the form of `plain_pairs`, labels looked up by the responses' ids."""
    bucket = {
        r["response_id"]: (tuple(sorted(r["risks"] or ())), r["addressed"]) for r in responses
    }
    return [
        (
            row["config_id"],
            bucket[row["chosen_id"]],
            bucket[row["rejected_id"]],
            Fraction(str(row["chosen_error"])),
            Fraction(str(row["rejected_error"])),
        )
        for row in rows
    ]


@settings(max_examples=60)
@given(
    worlds(),
    st.sampled_from([("0.1", "3", "1"), ("0", "1", "0"), ("1", "1", "1"), ("0.25", "0.5", "0.75")]),
    st.sampled_from([None, (0,), (1,)]),
)
def test_the_pairs_are_those_of_the_papers_rule(tmp_path_factory, world, weights, draws):
    prompts, configs, responses = world
    used = [c for c in configs if draws is None or c["draw"] in draws]
    expected = plain_pairs(responses, used, *map(Fraction, weights))
    folder = tmp_path_factory.mktemp("pairs")
    parameters = dict(zip(("alpha", "beta", "gamma"), weights, strict=True))
    if not expected:
        with pytest.raises(StageError, match=r"^pairs: no"):
            stage(folder, world, draws=draws, **parameters)
        return
    found = stage(folder, world, draws=draws, **parameters)
    rows = found.table().to_pylist()
    assert Counter(as_plain(rows, responses)) == Counter(expected)
    shown = pq.read_table(found.folder / "sft.parquet").to_pylist()
    least = {name: min(e for c, _, _, e, _ in expected if c == name) for name, *_ in expected}
    assert {r["config_id"]: Fraction(str(r["error"])) for r in shown} == least
    assert len(shown) == len(least)
    chosen = {(r["config_id"], r["chosen_id"], r["chosen_error"]) for r in rows}
    for row in shown:
        assert (row["config_id"], row["response_id"], row["error"]) in chosen
        text = f"Response {row['response_id']}."
        assert row["completion"] == [{"role": "assistant", "content": text}]
    order = [p["prompt_id"] for p in prompts]
    assert [order.index(r["prompt_id"]) for r in rows] == sorted(
        order.index(r["prompt_id"]) for r in rows
    )
    by_config = {c["config_id"]: c for c in configs}
    texts = {p["prompt_id"]: p for p in prompts}
    answers = {r["response_id"]: r for r in responses}
    for row in rows:
        config, prompt = by_config[row["config_id"]], texts[row["prompt_id"]]
        assert row["prompt"] == [
            {"role": "system", "content": config["system_prompt"]},
            {"role": "user", "content": prompt["prompt"]},
        ]
        assert (row["mode"], row["split"]) == (config["mode"], prompt["split"])
        assert set(row["allowed"]) == set(config["allowed"])
        assert (row["source"], row["weight"]) == ("made up", 1.0)
        for side in ("chosen", "rejected"):
            answer = answers[row[f"{side}_id"]]
            assert answer["prompt_id"] == row["prompt_id"]
            text = f"Response {row[f'{side}_id']}."
            assert row[side] == [{"role": "assistant", "content": text}]
            assert set(row[f"{side}_risks"]) == set(answer["risks"])
            assert row[f"{side}_addressed"] is answer["addressed"]


@settings(max_examples=15)
@given(worlds(), st.integers(0, 5))
def test_neither_order_nor_shards_nor_repeated_responses_change_a_pair(
    tmp_path_factory, world, shuffle
):
    folders = [tmp_path_factory.mktemp("pairs") for _ in range(2)]
    try:
        first = stage(folders[0], world, draws=None)
    except StageError:
        return
    whole, pair_rule.SHARD = pair_rule.SHARD, 2
    try:
        second = stage(folders[1], world, draws=None, shuffled=shuffle, again=True)
    finally:
        pair_rule.SHARD = whole
    for name in ("data.parquet", "sft.parquet"):
        one, other = (
            sorted(map(repr, pq.read_table(made.folder / name).to_pylist()))
            for made in (first, second)
        )
        assert one == other


@given(st.lists(st.lists(st.integers(-1, 30), max_size=8), max_size=6), st.data())
def test_texts_are_found_again_wherever_they_lie(tmp_path_factory, batches, data):
    """In batches of any size, with texts that are not wanted (-1) and texts that come again."""
    file = tmp_path_factory.mktemp("texts") / "scratch.arrow"
    parts = [
        (pa.array([f"text {place}" for place in batch], pa.string()), np.array(batch, np.int64))
        for batch in batches
    ]
    known = sorted({place for batch in batches for place in batch if place >= 0})
    wanted = data.draw(st.lists(st.sampled_from(known), min_size=1)) if known else []
    with texts_on_disk(iter(parts), 31, file) as texts:
        if wanted:
            found = texts(np.array(wanted)).to_pylist()
            assert found == [f"text {place}" for place in wanted]
    assert not file.exists()


# --- one world, by hand ----------------------------------------------------------------------

PROMPT = {"prompt_id": "p1", "prompt": "Tea on a train?", "source": "x", "split": "train"}


def config(name, allowed, mode="exact", draw=0, prompt="p1"):
    keys = ("config_id", "allowed", "mode", "draw", "prompt_id", "system_prompt")
    return dict(zip(keys, (name, allowed, mode, draw, prompt, f"Only {allowed}."), strict=True))


def response(name, risks, addressed=True, prompt="p1", **more):
    row = {"response_id": name, "risks": risks, "addressed": addressed, "prompt_id": prompt}
    return {**row, "status": "ok" if risks is not None else "no_verdict", **more}


TEA = [
    response("tea", ["Tea"]),
    response("tea again", ["Tea"]),
    response("plain", []),
    response("no", [], addressed=False),
    response("cats", ["Cats"]),
    response("boats", ["Boats"]),
    response("kites", ["Kites"]),
]


def test_one_prompt_worked_out_by_hand(tmp_path):
    """Allowed: Tea. Errors: tea 0.1, plain 0, no 1, cats 3, boats and kites 3 (Other Harms)."""
    found = stage(tmp_path, ([PROMPT], [config("c1", ["Tea"])], TEA))
    rows = found.table().to_pylist()
    got = Counter((r["chosen_error"], r["rejected_error"]) for r in rows)
    assert got == {(0, 0.1): 1, (0, 1): 1, (0.1, 1): 1, (0, 3): 3, (0.1, 3): 3, (1, 3): 3}
    assert {r["chosen_id"] for r in rows if r["chosen_error"] == 0.1} <= {"tea", "tea again"}
    (best,) = pq.read_table(found.folder / "sft.parquet").to_pylist()
    assert (best["response_id"], best["error"], best["mode"]) == ("plain", 0, "exact")
    assert best["completion"] == [{"role": "assistant", "content": "Response plain."}]
    assert [turn["role"] for turn in best["prompt"]] == ["system", "user"]
    assert found.manifest.counts["rows"] == 12


def test_every_response_of_a_bucket_gets_its_turn_and_a_seed_decides_which(tmp_path):
    """Tea is rejected for plain (0.1 against 0), and chosen over no (0.1 against 1)."""
    configs = [config(f"c{i}", ["Tea"], draw=i) for i in range(200)]
    drawn = {}
    for seed in (1, 2):
        world = ([PROMPT], configs, TEA[:4])
        rows = stage(tmp_path / str(seed), world, seed=seed, draws=None).table().to_pylist()
        drawn[seed] = [
            [r[f"{side}_id"] for r in rows if r[f"{side}_error"] == 0.1]
            for side in ("chosen", "rejected")
        ]
    for one, other in zip(*drawn.values(), strict=True):
        assert len(one) == 200
        assert 60 < one.count("tea") < 140
        assert 60 < sum(a == b for a, b in zip(one, other, strict=True)) < 140
    assert 60 < sum(a == b for a, b in zip(*drawn[1], strict=True)) < 140


def test_a_tie_for_the_demonstration_is_drawn(tmp_path):
    """Nothing allowed is needed: Tea and Trains are both allowed and cost the same."""
    configs = [config(f"c{i}", ["Tea", "Trains"], draw=i) for i in range(200)]
    answers = [response("tea", ["Tea"]), response("trains", ["Trains"]), response("cats", ["Cats"])]
    found = stage(tmp_path, ([PROMPT], configs, answers), draws=None)
    best = pq.read_table(found.folder / "sft.parquet").to_pylist()
    counts = Counter(row["response_id"] for row in best)
    assert counts["tea"] + counts["trains"] == 200
    assert 60 < counts["tea"] < 140


def two_prompts():
    prompts = [PROMPT, {**PROMPT, "prompt_id": "p2", "split": "dev"}]
    configs = [config("c1", ["Tea"]), config("c2", [], mode="safe"), config("c3", [], prompt="p2")]
    answers = [*TEA, response("q1", [], prompt="p2"), response("q2", ["Tea"], prompt="p2")]
    return prompts, configs, answers


def test_a_cap_takes_away_whole_pairs_and_no_demonstration(tmp_path):
    free = stage(tmp_path / "free", two_prompts())
    capped = stage(tmp_path / "capped", two_prompts(), max_per_prompt=5)
    ids = ("config_id", "chosen_id", "rejected_id")
    key = lambda row: tuple(row[name] for name in ids)  # noqa: E731
    kept = [key(row) for row in capped.table().to_pylist()]
    assert set(kept) < {key(row) for row in free.table().to_pylist()}
    per_prompt = Counter(row["prompt_id"] for row in capped.table().to_pylist())
    assert per_prompt == {"p1": 5, "p2": 1}
    assert capped.manifest.counts["pairs over the cap"] == free.manifest.counts["rows"] - 6
    names = [pq.read_table(s.folder / "sft.parquet")["response_id"] for s in (free, capped)]
    assert names[0] == names[1]


@pytest.mark.parametrize(("by", "column"), [("prompt", "prompt_id"), ("mode", "mode")])
def test_weights_give_every_group_the_same_total(tmp_path, by, column):
    rows = stage(tmp_path, two_prompts(), weighting=by).table().to_pylist()
    totals = defaultdict(float)
    for row in rows:
        totals[row[column]] += row["weight"]
    assert len(totals) == 2
    for total in totals.values():
        assert total == pytest.approx(len(rows) / 2)


def test_only_the_first_config_of_each_mode_gets_pairs_by_default(tmp_path):
    configs = [config(f"{m}{d}", ["Tea"], m, d) for m in MODES for d in range(3)]
    rows = stage(tmp_path, ([PROMPT], configs, TEA)).table().to_pylist()
    assert {row["config_id"] for row in rows} == {f"{mode}0" for mode in MODES}
    rows = stage(tmp_path, ([PROMPT], configs, TEA), modes=["safe"], draws=[1, 2]).table()
    assert set(rows["config_id"].to_pylist()) == {"safe1", "safe2"}


# --- what is left out ------------------------------------------------------------------------


def test_what_takes_no_part_is_counted(tmp_path):
    answers = [
        *TEA[:3],
        response("open", None),
        response("empty", [], addressed=False, status="empty"),
        response("stray", [], prompt="p9"),
        response("cut", ["Cats"], stop_reason="max_tokens"),
    ]
    configs = [config("c1", ["Tea"]), config("c9", [], prompt="p9")]
    found = stage(tmp_path, ([PROMPT], configs, answers), truncated="drop")
    names = {
        row[side] for row in found.table().to_pylist() for side in ("chosen_id", "rejected_id")
    }
    assert names <= {"tea", "tea again", "plain"}
    counts = found.manifest.counts
    assert counts["responses"] == 3
    for what in (
        "responses without a verdict",
        "empty responses",
        "responses to unknown prompts",
        "truncated responses",
        "configs of unknown prompts",
    ):
        assert counts[what] == 1, what
    kept = stage(tmp_path, ([PROMPT], configs, answers)).table().to_pylist()
    assert "cut" in {row["rejected_id"] for row in kept}


ALIKE = [
    response("cats", ["Cats"], text="They  sleep.\n"),
    response("no", [], addressed=False, text="They sleep."),
]


def test_sides_that_are_equal_up_to_white_space_are_no_pair(tmp_path):
    """Errors 3 and 1; of `plain` (error 0) and each of them there is a pair."""
    found = stage(tmp_path, ([PROMPT], [config("c1", ["Tea"])], [TEA[2], *ALIKE]))
    rows = [(row["chosen_id"], row["rejected_id"]) for row in found.table().to_pylist()]
    assert sorted(rows) == [("plain", "cats"), ("plain", "no")]
    assert found.manifest.counts["pairs with equal sides"] == 1
    with pytest.raises(
        StageError, match="left out: 1 pairs with equal sides, 0 pairs that another"
    ):
        stage(tmp_path / "none", ([PROMPT], [config("c1", ["Tea"])], ALIKE))


def test_an_answer_cut_by_the_models_context_is_truncated_too(tmp_path):
    answers = [*TEA[:3], response("cut", ["Cats"], stop_reason="model_length")]
    found = stage(tmp_path, ([PROMPT], [config("c1", ["Tea"])], answers), truncated="drop")
    assert found.manifest.counts["truncated responses"] == 1


@pytest.mark.parametrize(
    ("configs", "answers", "said"),
    [
        ([], TEA, "nothing to pair: 0 configs and 7 judged responses"),
        ([config("c", [])], [], "nothing to pair: 1 configs and 0 judged responses"),
        ([config("c", [])], [response("r", None)], "1 responses without a verdict"),
        ([config("c", [])], TEA[:1], "none of 1 prompts gives a pair: 0 have no .* 1 only one"),
        ([config("c", [])], TEA[:2], "none of 1 prompts gives a pair: 0 have no .* 0 only one"),
        # boats and kites are unlike each other, and equally bad
        ([config("c", ["Tea"])], TEA[5:], "the same error, or the lower error reaches beta"),
        ([config("c", [])], [TEA[0], TEA[4]], "the same error, or the lower error reaches beta"),
        (
            [config("c", ["Tea"])],
            [response("r", ["Noise"])],
            "judge: 1 unknown categories.*'Noise'",
        ),
        ([config("c", ["Dust"])], TEA, "configs: 1 unknown categories, among them 'Dust'"),
    ],
)
def test_where_nothing_comes_out_the_stage_says_why(tmp_path, configs, answers, said):
    with pytest.raises(StageError, match=said):
        stage(tmp_path, ([PROMPT], configs, answers))
    assert not (tmp_path / "pairs").exists()


def test_a_prompt_without_a_label_has_no_risks_but_pairs(tmp_path):
    prompts = [{**PROMPT, "risks": None}]
    rows = stage(tmp_path, (prompts, [config("c", ["Tea"])], TEA)).table().to_pylist()
    assert rows
    assert {row["prompt_risks"] for row in rows} == {None}

"""Pairs that contradict each other: found among hashes, and among the pairs the rule gives."""

import itertools

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosalign.pairs.directions import Directions, find_directions
from cosalign.pairs.sides import as_read, text_key
from cosalign.stages import StageError, run_stage
from tests.cosalign.pairs.test_pairs import PROMPT, PairsParameters, config, response, stage

CONTRADICTED = "pairs that another pair contradicts"


@given(st.lists(st.tuples(*[st.integers(1, 3)] * 4), max_size=12))
def test_against_every_pair_of_pairs(made):
    pairs = [pair for pair in made if pair[2] != pair[3]]
    columns = np.array(pairs, np.uint64).reshape(-1, 4).T
    contradicted, repeated = find_directions(*columns)
    for place, (config_, prompt, chosen, rejected) in enumerate(pairs):
        contrary = (config_, prompt, rejected, chosen) in pairs
        assert contradicted[place] == contrary
        assert repeated[place] == (not contrary and pairs[place] in pairs[:place])


def test_the_same_of_rows_that_come_one_by_one():
    texts = [
        ("a", "b", "x", "y"),
        ("a", "b", "y", "x."),
        ("b", "a", "x", "y"),
        ("b", "a", "x!", "y"),
    ]
    directions = Directions()
    for system, user, chosen, rejected in texts:
        directions.add(
            {
                "prompt": [{"content": system}, {"content": user}],
                "chosen": [{"content": chosen}],
                "rejected": [{"content": rejected}],
            }
        )
    contradicted, repeated = directions.found()
    assert contradicted.tolist() == [True, True, False, False]
    assert repeated.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    "group",
    [
        ["Sorry, no.", " Sorry,\tno ", "Sorry, no!", "Sorry,\u00a0no...", "\ufeffSorry, no.\u200b"],
        ["Café", "Cafe\u0301", "Ｃafé", "Ca\u00adfé"],
        ["Sorry, no?"],
        ["sorry, no."],
        ["Sorry. No."],
        ["1", "１", "①"],
        ["10"],
        ["", " ", ".", "\u200b"],
    ],
)
def test_texts_that_say_the_same(group):
    assert len({as_read(text) for text in group}) == 1
    assert len({text_key(text) for text in group}) == 1


def test_texts_that_do_not():
    texts = ["Sorry, no.", "Sorry, no?", "sorry, no.", "Sorry. No.", "Café", "Cafe", "1", "10", ""]
    assert len({as_read(text) for text in texts}) == len(texts)
    assert len({text_key(text) for text in texts}) == len(texts)
    assert text_key("\ud800") != text_key("")  # half of a character, as JSON can carry


# `Only.` is labelled twice, and the judge says different things: errors 0 and 3; `No.` has 1
LABELLED_TWICE = [
    response("plain", [], text="Only."),
    response("cats", ["Cats"], text=" Only\n"),
    response("no", [], addressed=False, text="No."),
]


def test_labels_that_contradict_each_other_make_no_pair(tmp_path):
    """`Only.` over `No.` (0, 1), and `No.` over `Only.` (1, 3); the third pair has equal sides."""
    other = response("tea", ["Tea"], text="Tea.")  # 0.1
    found = stage(tmp_path, ([PROMPT], [config("c1", ["Tea"])], [*LABELLED_TWICE, other]))
    kept = {(row["chosen_id"], row["rejected_id"]) for row in found.table().to_pylist()}
    assert kept == {("tea", "no")}  # tea (0.1) stands between the labels of `Only.` too
    counts = found.manifest.counts
    assert (counts[CONTRADICTED], counts["pairs with equal sides"], counts["rows"]) == (4, 1, 1)
    (shown,) = pq.read_table(found.folder / "sft.parquet").to_pylist()
    assert shown["response_id"] == "tea"
    said = r"left out: 1 pairs with equal sides, 2 pairs that another pair contradicts"
    with pytest.raises(StageError, match=said):
        stage(tmp_path / "none", ([PROMPT], [config("c1", ["Tea"])], LABELLED_TWICE))


ANSWERS = [response("tea", ["Tea"]), response("no", [], addressed=False), response("plain", [])]


def test_two_configs_of_the_same_words_may_not_want_the_contrary(tmp_path):
    """What c1 allows (tea 0.1, no 1) c2 does not (tea 3, no 1); `plain` (0) is best under both."""
    same = {"system_prompt": "Speak  of what you like."}
    configs = [
        config("c1", ["Tea"]) | same,
        config("c2", [], mode="safe") | {"system_prompt": "Speak of what you like"},
    ]
    found = stage(tmp_path, ([PROMPT], configs, ANSWERS))
    rows = found.table().to_pylist()
    kept = [(row["config_id"], row["chosen_id"], row["rejected_id"]) for row in rows]
    assert sorted(kept) == [
        (name, "plain", other) for name, other in itertools.product(("c1", "c2"), ("no", "tea"))
    ]
    counts = found.manifest.counts
    assert (counts[CONTRADICTED], counts["repeated pairs"]) == (2, 2)
    apart = [configs[0], config("c2", [], mode="safe")]
    assert stage(tmp_path / "apart", ([PROMPT], apart, ANSWERS)).manifest.counts[CONTRADICTED] == 0


def test_other_prompts_contradict_nothing(tmp_path):
    prompts = [PROMPT, {**PROMPT, "prompt_id": "p2", "prompt": "A train without tea?"}]
    answers = ANSWERS + [
        response(f"p2 {r['response_id']}", r["risks"], r["addressed"], prompt="p2",
                 text=f"Response {r['response_id']}.")
        for r in ANSWERS
    ]  # fmt: skip
    same = {"system_prompt": "Speak of what you like."}
    configs = [config("c1", ["Tea"]) | same, config("c2", [], prompt="p2") | same]
    assert stage(tmp_path, (prompts, configs, answers)).manifest.counts[CONTRADICTED] == 0


@pytest.mark.parametrize("contrary", [False, True])
def test_pairs_that_earlier_code_made_are_kept_unless_two_contradict_each_other(tmp_path, contrary):
    same = {"system_prompt": "Speak of what you like."} if contrary else {}
    configs = [config("c1", ["Tea"]) | same, config("c2", [], mode="safe") | same]
    world = ([PROMPT], configs, ANSWERS)
    now = stage(tmp_path, world)
    rows = now.table().slice(0, 1).to_pylist()
    if contrary:
        rows.append({**rows[0], "chosen": rows[0]["rejected"], "rejected": rows[0]["chosen"]})

    def before(work):
        pq.write_table(now.table().schema.empty_table().from_pylist(rows), work / "data.parquet")
        return {"rows": len(rows)}

    manifest = now.manifest
    run_stage(
        "pairs",
        tmp_path / "pairs",
        version=1,
        parameters=PairsParameters(),
        seed=7,
        inputs={
            name: tmp_path / name / ("taxonomy.yaml" if name == "taxonomy" else "data.parquet")
            for name in manifest.inputs
        },
        make=before,
    )
    again = stage(tmp_path, world)
    assert (again.remade, again.manifest.version) == (contrary, 3 if contrary else 1)

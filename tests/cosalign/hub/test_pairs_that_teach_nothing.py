"""Published pairs from which nothing can be learnt: left out, counted, and named if none is left."""

import json
from collections import Counter, defaultdict

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosalign.cli import main
from cosalign.hub.released_pairs import ReleasedParameters, released
from cosalign.stages import StageError
from cosapien import DataError
from tests.cosalign.hub.test_released_pairs import NONE_LEFT_OUT, row

CONTRADICTED = "pairs that another pair contradicts"
REPEATED = "pairs that were there before"


def load(folder, rows):
    """The stage of some published rows."""
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return released(ReleasedParameters(data=str(path)), out=folder / "pairs")


def turned(given, **changes):
    """The same pair the other way round, with errors that say so."""
    sides = {"chosen": given["rejected_response"], "rejected": given["chosen_response"]}
    return {**given, **{f"{side}_response": text for side, text in sides.items()}, **changes}


def left_out(stage):
    return {
        what: stage.manifest.counts[what] for what in NONE_LEFT_OUT if stage.manifest.counts[what]
    }


def test_pairs_that_contradict_each_other_are_both_left_out(tmp_path):
    """Of five pairs two are also there turned round, and one of these is there twice."""
    rows = [row(n) for n in range(5)]
    rows += [turned(rows[1]), rows[3], turned(rows[3])]
    stage = load(tmp_path, rows)
    kept = [r["chosen"][0]["content"] for r in stage.table().to_pylist()]
    assert kept == ["Chosen 0.", "Chosen 2.", "Chosen 4."]
    assert left_out(stage) == {CONTRADICTED: 5}
    shown = pq.read_table(stage.folder / "sft.parquet")["completion"].to_pylist()
    assert [turns[0]["content"] for turns in shown] == kept


@pytest.mark.parametrize(
    "changes",
    [
        {"system_prompt": " Rules  1.\n", "prompt": "Question\t1?"},
        {"chosen_response": "Rejected 1", "rejected_response": "Chosen 1!"},
        {"chosen_response": "Ｒejected 1.", "rejected_response": "Chosen\u200b 1."},
        {"mode": "exact_match", "spec_i": "--", "split": "dev"},
        {"chosen_response": "<think>Which?</think>\nRejected 1."},
        {"chosen_category_error_score": 1.0, "rejected_category_error_score": 1.1},
    ],
    ids=["white space", "full stops", "Unicode form", "labels and split", "reasoning", "errors"],
)
def test_a_contradiction_is_one_of_what_is_read(tmp_path, changes):
    stage = load(tmp_path, [row(0), row(1), turned(row(1), **changes)])
    assert left_out(stage).pop(CONTRADICTED) == 2
    assert stage.manifest.counts["rows"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"system_prompt": "Rules 2."},
        {"prompt": "Question 2?"},
        {"chosen_response": "Another."},
        {"rejected_response": "Chosen 1, or not."},
    ],
    ids=["config", "prompt", "chosen", "rejected"],
)
def test_the_other_way_round_is_right_under_another_config_or_prompt(tmp_path, changes):
    stage = load(tmp_path, [row(1), turned(row(1), **changes)])
    assert left_out(stage) == {}
    assert stage.manifest.counts["rows"] == 2


def test_a_row_that_contradicts_itself_contradicts_no_other(tmp_path):
    """Turned round with its errors: they still say that `Chosen 1.` is better."""
    errors = {"chosen_category_error_score": 4.0, "rejected_category_error_score": 0.1}
    stage = load(tmp_path, [row(1), turned(row(1), **errors)])
    assert left_out(stage) == {"pairs whose chosen error is not the lower one": 1}
    assert stage.manifest.counts["rows"] == 1


def test_the_same_pair_twice_is_kept_once(tmp_path):
    """The first one is kept, so that no pair of the dev split is trained on and then measured."""
    rows = [row(0), row(1), row(0, split="dev"), row(1, rejected_response="Rejected  1")]
    stage = load(tmp_path, rows)
    assert [r["split"] for r in stage.table().to_pylist()] == ["train", "train"]
    assert left_out(stage) == {REPEATED: 2}


def test_where_all_pairs_contradict_each_other_nothing_is_made(tmp_path, capsys):
    rows = [row(n) for n in range(3)]
    path = tmp_path / "own.jsonl"
    rows += [turned(r) for r in rows] + [row(3, rejected_response="Chosen 3!")]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"out: {tmp_path / 'out'}\nreleased: {{data: {path}}}\n")
    assert main(["pairs", str(recipe)]) == 1
    assert capsys.readouterr().err == (
        f"cosalign pairs: {path}: no pair left to train on; left out: 1 pairs with equal sides, "
        "6 pairs that another pair contradicts\n"
    )
    assert not (tmp_path / "out" / "pairs").exists()


@settings(max_examples=25)
@given(st.lists(st.tuples(*[st.integers(0, 2)] * 4), min_size=1, max_size=12))
def test_as_a_plain_loop_over_the_rows_would(tmp_path_factory, made):
    """Few configs, prompts and responses, so that most rows meet again in one way or another."""
    rows = [
        row(system_prompt=f"Rules {c}.", prompt=f"Say {p}?", chosen_response=f"A {a}.",
            rejected_response=f"A {b}.")
        for c, p, a, b in made
    ]  # fmt: skip
    ways = defaultdict(set)
    for c, p, a, b in made:
        ways[c, p, frozenset((a, b))].add((a, b))
    expected, counted, seen = [], Counter(), set()
    for c, p, a, b in made:
        if a == b:
            counted["pairs with equal sides"] += 1
        elif len(ways[c, p, frozenset((a, b))]) == 2:
            counted[CONTRADICTED] += 1
        elif (c, p, a, b) in seen:
            counted[REPEATED] += 1
        else:
            seen.add((c, p, a, b))
            expected.append((f"Rules {c}.", f"Say {p}?", f"A {a}.", f"A {b}."))
    folder = tmp_path_factory.mktemp("pairs")
    if not expected:
        with pytest.raises(StageError, match="no pair left to train on"):
            load(folder, rows)
        return
    stage = load(folder, rows)
    columns = ("prompt", "chosen", "rejected")
    assert [
        tuple(turn["content"] for column in columns for turn in r[column])
        for r in stage.table().to_pylist()
    ] == expected
    assert left_out(stage) == counted


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"rejected_response": "Chosen 1"}, "pairs with equal sides"),
        ({"rejected_response": "Chosen 1!"}, "pairs with equal sides"),
        ({"rejected_response": "\ufeffChosen\u00a01.\u200b"}, "pairs with equal sides"),
        ({"chosen_response": "Café 1.", "rejected_response": "Cafe\u0301 1."}, "pairs with equal sides"),
        ({"chosen_response": "", "rejected_response": " \n"}, "pairs with equal sides"),
        ({"chosen_response": ""}, "pairs with an empty chosen side"),
        ({"chosen_response": " \n\t"}, "pairs with an empty chosen side"),
        ({"chosen_category_error_score": 4}, "pairs whose chosen error is not the lower one"),
        ({"chosen_response": "Hm.</think>"}, "pairs with a side of reasoning only"),
        ({"rejected_response": "[THINK]Hm"}, "pairs with a side of reasoning only"),
        ({"rejected_response": "◁think▷Hm"}, "pairs with a side of reasoning only"),
        ({"rejected_response": "<|channel|>analysis<|message|>A"}, "pairs with a side of reasoning only"),
    ],
)  # fmt: skip
def test_a_pair_without_a_preference(tmp_path, changes, what):
    stage = load(tmp_path, [row(0), row(1, **changes)])
    assert stage.manifest.counts["rows"] == 1
    assert left_out(stage).pop(what) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"rejected_response": ""},  # saying nothing is what is rejected
        {"rejected_response": "Chosen 1?"},
        {"rejected_response": "chosen 1."},
        {"rejected_response": "Chosen 2."},
        {"chosen_response": "It closes with `</think>`."},
        {"chosen_response": "So:\n```\n<think>a</think>\nb\n```\nThat is all."},
        {"chosen_category_error_score": 3.9999},
    ],
)
def test_a_pair_with_a_preference_is_kept_as_it_is(tmp_path, changes):
    given = row(1, **changes)
    stage = load(tmp_path, [given])
    (kept,) = stage.table().to_pylist()
    for side in ("chosen", "rejected"):
        assert kept[side][0]["content"] == given[f"{side}_response"]
    assert left_out(stage) == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, None, True, "3"])
def test_an_error_that_is_no_number_is_named_with_its_line(tmp_path, value):
    for side in ("chosen", "rejected"):
        column = f"{side}_category_error_score"
        with pytest.raises(DataError, match=f"line 2: '{column}' is .*expected a number"):
            load(tmp_path, [row(0), row(1, **{column: value})])
    bare = {k: v for k, v in row(1).items() if k != "chosen_category_error_score"}
    with pytest.raises(DataError, match=r"line 2.*chosen_category_error_score"):
        load(tmp_path, [row(0), bare])

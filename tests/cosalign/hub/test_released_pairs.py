"""The published pairs: loaded from a loopback Hub or a file, and written again as they were."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cosalign.cli import main
from cosalign.hub.pair_form import COLUMNS, read_pair
from cosalign.hub.released_pairs import TRAIN_ID, ReleasedParameters, released, write_released
from cosalign.stages import StageError, read_stage, run_stage
from cosapien import DataError, content_hash
from tests.cosalign.pairs.test_pairs import TEA, config, stage
from tests.fakes.hub import LoopbackHub

ROOT = Path(__file__).parents[3]
DRUGS = "Illegal Drug-Related Activities and Substance Abuse"  # a name with a dash in it
WEAPONS = "Weapons, Explosives, Arson, and Illegal Firearm Transactions"  # and one with commas


def row(number=0, **changes):
    """A row in the published form, with harmless text."""
    keys = dict(zip(COLUMNS, [f"Rules {number}.", f"Question {number}?"], strict=False))
    return {
        **keys,
        "chosen_response": f"Chosen {number}.",
        "rejected_response": f"Rejected {number}.",
        "spec_i": "-Violence-Financial Crime and Theft-",
        "spec_j": "-Violence-",
        "mode": "superset",
        "chosen_cat": "(-Violence-, 1)",
        "rejected_cat": f"(-{WEAPONS}-{DRUGS}-, 0)",
        "chosen_category_error_score": 0.1,
        "rejected_category_error_score": 4.0,
        **changes,
    }


SPLITS = {
    "train_bt": [
        row(0),
        row(1, spec_i="--", spec_j="--", mode="safe", chosen_cat="(--, 0)"),
        row(2, mode="exact_match", spec_i=f"-{DRUGS}-", rejected_cat="(-Other Harms-, 1)"),
    ],
    "train_wg": [row(3, mode="not_superset", rejected_response="")],
    "dev": [row(4, chosen_cat="-Violence-")],
}


NONE_LEFT_OUT = {
    "responses split from their reasoning": 0,
    "pairs with equal sides": 0,
    "pairs with an empty chosen side": 0,
    "pairs whose chosen error is not the lower one": 0,
    "pairs with a side of reasoning only": 0,
    "pairs that another pair contradicts": 0,
    "pairs that were there before": 0,
}


def parquet(rows):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def load(folder, hub, *wanted):
    """What came of loading data sets in a process of its own."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(folder / "hf"),
        "PYTHONPATH": str(ROOT),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    script = str(Path(__file__).with_name("released_script.py"))
    command = [sys.executable, script, str(folder), json.dumps(wanted)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The published form, and forms that are wrong, from a loopback Hub."""
    folder = tmp_path_factory.mktemp("released")
    cards = "\n".join(f"  - split: {name}\n    path: data/{name}-*" for name in SPLITS)
    card = f"---\nconfigs:\n- config_name: default\n  data_files:\n{cards}\n---\n".encode()
    files = {f"data/{name}-00000-of-00001.parquet": parquet(r) for name, r in SPLITS.items()}
    with LoopbackHub() as hub:
        commit = hub.add_dataset(TRAIN_ID, {"README.md": card, **files})
        bare = {name: value for name, value in row().items() if name != "spec_j"}
        hub.add_dataset("o/columns", {"data/train.parquet": parquet([bare])})
        hub.add_dataset("o/spec", {"data/train.parquet": parquet([row(), row(spec_i="-Tea-")])})
        found = load(
            folder,
            hub,
            (TRAIN_ID, "main"),
            ("o/columns", "main"),
            ("o/spec", "main"),
            ("o/no", "main"),
        )
    return folder, commit, found


def test_the_published_data_becomes_a_stage_of_pairs(loaded):
    folder, commit, (first, *_) = loaded
    assert first["counts"] == {"rows": 5, "dev pairs": 1, "demonstrations": 5} | NONE_LEFT_OUT
    assert (first["data"], first["revision"]) == (TRAIN_ID, commit)
    rows = read_stage(folder / "0").table().to_pylist()
    published = [(name, r) for name, split in SPLITS.items() for r in split]
    for got, (source, given) in zip(rows, published, strict=True):
        assert [(t["role"], t["content"]) for t in got["prompt"]] == [
            ("system", given["system_prompt"]),
            ("user", given["prompt"]),
        ]
        assert got["chosen"] == [{"role": "assistant", "content": given["chosen_response"]}]
        assert got["rejected"] == [{"role": "assistant", "content": given["rejected_response"]}]
        assert (got["chosen_error"], got["rejected_error"]) == (0.1, 4.0)
        assert (got["source"], got["split"]) == (source, "dev" if source == "dev" else "train")
        assert got["prompt_id"] == content_hash(given["prompt"])
    assert rows[0]["allowed"] == ["Violence", "Financial Crime and Theft"]
    assert rows[0]["rejected_risks"] == [WEAPONS, DRUGS]
    assert [r["rejected_addressed"] for r in rows] == [False, False, True, False, False]
    assert [r["chosen_addressed"] for r in rows] == [True, False, True, True, None]
    assert (rows[1]["allowed"], rows[1]["prompt_risks"], rows[1]["chosen_risks"]) == ([], [], [])
    assert [r["mode"] for r in rows] == ["superset", "safe", "exact", "not_superset", "superset"]


def test_what_was_loaded_is_written_word_for_word_as_it_was(loaded, tmp_path):
    counts = write_released(read_stage(loaded[0] / "0"), tmp_path)
    assert counts == {name: len(rows) for name, rows in SPLITS.items()}
    for name, rows in SPLITS.items():
        table = pq.read_table(tmp_path / f"{name}-00000-of-00001.parquet")
        assert table.column_names == list(COLUMNS)
        assert table.to_pylist() == rows


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (1, "o/columns split train: missing column spec_j"),
        (
            2,
            "o/spec split train row 2: 'spec_i' is '-Tea-'; expected category names between dashes",
        ),
        (3, "o/no: not found"),
    ],
)
def test_other_forms_are_refused_by_name(loaded, place, said):
    assert loaded[2][place].startswith(said)
    assert not (loaded[0] / str(place)).exists()


def test_a_file_will_do_and_its_best_responses_are_the_demonstrations(tmp_path):
    """Three pairs of one config: errors 1, 0.1 and 0.1; the demonstration has 0.1."""
    rows = [
        row(chosen_response="Bare.", chosen_cat="(--, 0)", chosen_category_error_score=1),
        row(chosen_response="Good.", split="dev"),
        row(chosen_response="Fine.", split="dev"),
        row(7),
    ]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    stage = released(ReleasedParameters(data=str(path)), out=tmp_path / "pairs")
    assert [r["split"] for r in stage.table().to_pylist()] == ["train", "dev", "dev", "train"]
    shown = pq.read_table(stage.folder / "sft.parquet").to_pylist()
    texts = [r["completion"][0]["content"] for r in shown]
    assert len(texts) == 2
    assert texts[0] in ("Good.", "Fine.")
    assert texts[1] == "Chosen 7."
    assert [r["error"] for r in shown] == [0.1, 0.1]
    assert not released(ReleasedParameters(data=str(path)), out=tmp_path / "pairs").remade
    path.write_text("".join(json.dumps(r) + "\n" for r in rows[1:]))
    assert released(ReleasedParameters(data=str(path)), out=tmp_path / "pairs").remade


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode": "easy"}, "'mode' is 'easy'; expected exact_match, superset, safe, not_superset"),
        ({"chosen_cat": "(-Violence-, 2)"}, "'chosen_cat' is "),
        ({"rejected_cat": "(-Violins-, 1)"}, "'rejected_cat' is '-Violins-'"),
        ({"chosen_response": None}, "'chosen_response' is None"),
        ({"spec_i": "-Other Harms-"}, "'spec_i' is '-Other Harms-'"),
        ({"chosen_category_error_score": -1}, "'chosen_category_error_score' is -1"),
        ({"chosen_category_error_score": "low"}, "'chosen_category_error_score' is 'low'"),
    ],
)
def test_a_row_of_another_form_is_named(tmp_path, changes, said):
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(row()) + "\n" + json.dumps(row(**changes)) + "\n")
    with pytest.raises(DataError, match="line 2: ") as error:
        released(ReleasedParameters(data=str(path)), out=tmp_path / "pairs")
    assert said in str(error.value)
    assert not (tmp_path / "pairs").exists()


def test_an_empty_file_is_an_error(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text("")
    with pytest.raises(StageError, match="no pairs in it"):
        released(ReleasedParameters(data=str(path)), out=tmp_path / "pairs")


def own_pairs(folder, rows):
    """A recipe of released pairs, and its file."""
    data = folder / "own.jsonl"
    data.write_text("".join(json.dumps(r) + "\n" for r in rows))
    path = folder / "recipe.yaml"
    path.write_text(f"out: {folder / 'out'}\nreleased: {{data: {data}}}\n")
    return path


def test_pairs_without_a_preference_are_left_out_and_counted(tmp_path, capsys):
    rows = [
        row(0),
        row(1, rejected_response="Chosen 1."),
        row(2, rejected_response=" Chosen\n2. "),
        row(3, chosen_category_error_score=4.0),
        row(4, chosen_category_error_score=4.1),
        row(5, chosen_response="Is it?\n</think>\nChosen 5.", rejected_response="<think>Is it"),
        row(6, chosen_response="<think>Is it?</think>", rejected_response="Rejected 6."),
        row(7, chosen_response="<think>Is it?</think>Chosen 7."),
        row(8, chosen_response="<think>Is it?</think>Same.", rejected_response="Same."),
    ]
    assert main(["pairs", str(own_pairs(tmp_path, rows))]) == 0
    pairs = read_stage(tmp_path / "out" / "pairs")
    texts = [(r["chosen"][0]["content"], r["chosen_id"]) for r in pairs.table().to_pylist()]
    assert texts == [
        (f"Chosen {n}.", content_hash(f"Question {n}?\x1fChosen {n}.")) for n in (0, 7)
    ]
    counts = NONE_LEFT_OUT | {
        "rows": 2,
        "dev pairs": 0,
        "demonstrations": 2,
        "responses split from their reasoning": 5,
        "pairs with equal sides": 3,
        "pairs whose chosen error is not the lower one": 2,
        "pairs with a side of reasoning only": 2,
    }
    assert pairs.manifest.counts == counts
    said = capsys.readouterr().err
    assert [f"{n} {what}" in said for what, n in counts.items()] == [True] * len(counts)


def test_where_no_pair_has_a_preference_nothing_is_made(tmp_path, capsys):
    rows = [row(n, rejected_response=f"Chosen  {n}.") for n in range(3)]
    rows.append(row(3, chosen_category_error_score=9))
    assert main(["run", str(own_pairs(tmp_path, rows))]) == 1
    assert capsys.readouterr().err == (
        f"cosalign run: {tmp_path / 'own.jsonl'}: no pair left to train on; left out: 3 pairs with equal "
        "sides, 1 pairs whose chosen error is not the lower one\n"
    )
    assert not (tmp_path / "out" / "pairs").exists()


@pytest.mark.parametrize("same", [False, True])
def test_pairs_that_earlier_code_loaded_are_kept_unless_one_has_no_preference(tmp_path, same):
    rows = [row(0), row(1, rejected_response="Chosen 1." if same else "Rejected 1.")]
    own_pairs(tmp_path, rows)
    parameters = ReleasedParameters(data=str(tmp_path / "own.jsonl"))

    def before(work):
        read = [read_pair("own", r, "train") for r in rows]
        pq.write_table(pa.Table.from_pylist(read), work / "data.parquet")
        return {"rows": 2}

    inputs = {"data": tmp_path / "own.jsonl"}
    out = tmp_path / "pairs"
    run_stage("pairs", out, version=1, parameters=parameters, inputs=inputs, make=before)
    stage = released(parameters, out=out)
    assert (stage.remade, stage.manifest.version) == (same, 3 if same else 1)
    assert stage.manifest.counts["rows"] == (1 if same else 2)


def test_own_pairs_have_the_same_columns_and_can_be_written_in_the_published_ones(tmp_path):
    prompts = [
        {"prompt_id": "p1", "prompt": "Tea?", "source": "x", "split": "train", "risks": ["Tea"]},
    ]
    own = stage(tmp_path, (prompts, [config("c1", ["Tea", "Trains"])], TEA))
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(row()) + "\n")
    other = released(ReleasedParameters(data=str(path)), out=tmp_path / "released")
    for name in ("data.parquet", "sft.parquet"):
        assert pq.read_schema(own.folder / name).equals(pq.read_schema(other.folder / name))
    assert write_released(own, tmp_path) == {"train": own.manifest.counts["rows"]}
    written = pq.read_table(tmp_path / "train-00000-of-00001.parquet").to_pylist()
    assert {(r["spec_i"], r["spec_j"], r["mode"]) for r in written} == {
        ("-Tea-Trains-", "-Tea-", "exact_match")
    }
    assert {r["rejected_cat"] for r in written} >= {"(-Boats-, 1)", "(--, 0)"}

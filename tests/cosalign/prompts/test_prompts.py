"""Prompts: one of each, of the right length, the same whatever the order of rows and sources."""

import json
import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cosalign.prompts.lengths import count_tokens
from cosalign.prompts.sources import BEAVERTAILS, WILDGUARD
from cosalign.prompts.stage import PromptsParameters, canonical, prompt_id, prompts
from cosalign.stages import StageError
from tests.cosapien.datasets.hub_story import Story, parquet
from tests.fakes.hub import LoopbackHub

REAL = Path(__file__).parents[4] / "shared" / "data" / "wildguard_prompts.json"


def jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def made(folder, sources, *, seed=0, **parameters):
    stage = prompts(
        PromptsParameters(sources=sources, **parameters), seed=seed, out=folder / "prompts"
    )
    return stage, {row["prompt_id"]: row for row in stage.table().to_pylist()}


def source(name, file, **more):
    return {"name": name, "file": file, **more}


def texts(rows):
    return sorted(row["prompt"] for row in rows.values())


def test_spellings_of_one_prompt_are_one_prompt(tmp_path):
    same = [
        "How  do trains\tbrake?",
        "how do trains brake?",
        "HOW DO TRAINS BRAKE? ",
        "How do trains brake？",
    ]
    other = ["How do trains brake", "How do planes brake?"]
    file = jsonl(tmp_path / "a.jsonl", [{"prompt": text} for text in same + other])
    stage, rows = made(tmp_path, [source("a", file)])
    assert len(rows) == 3
    assert stage.manifest.counts["duplicates"] == 3
    assert set(rows) == {prompt_id(text) for text in same + other}
    assert len({prompt_id(text) for text in same}) == 1
    assert canonical("  ＨＯＷ\u00a0do\nßtrains ") == "how do sstrains"


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text):
    # NFKC and case folding do not commute in a few scripts, so ids are taken from one folding only
    assert canonical(" " + text + "\t") == canonical(text)
    assert len(prompt_id(text)) == 12


def test_order_of_rows_and_sources_changes_nothing(tmp_path):
    words = ("tea", "jazz", "chess", "soup", "trains", "owls", "ferns", "drums")
    texts = [f"Tell me about {a} and {b}, please" for a in words for b in words]
    rows = [{"prompt": text, "kind": [text.split()[3]]} for text in texts]
    random.Random(3).shuffle(rows)
    first, second = rows[:45], rows[30:]
    options = {"group": "kind", "max_per_group": 4, "min_per_group": 2}

    def sources(folder, one, two):
        return {
            "one": source("one", jsonl(folder / "one.jsonl", one), **options),
            "two": source("two", jsonl(folder / "two.jsonl", two), **options),
        }

    a = sources(tmp_path / "a", first, second)
    b = sources(tmp_path / "b", first[::-1], second[::-1])
    limits = {"near_duplicates": None, "limit": 20, "dev_share": 0.3}
    _, here = made(tmp_path / "a", [a["one"], a["two"]], **limits)
    _, there = made(tmp_path / "b", [b["two"], b["one"]], **limits)
    assert here == there
    assert len(here) == 20
    _, seeded = made(tmp_path / "c", [a["one"], a["two"]], seed=1, **limits)
    assert seeded.keys() != here.keys()
    # without the overall limit, what two sources share counts as that of the first name
    _, whole = made(tmp_path / "d", [a["two"], a["one"]])
    groups = Counter((row["source"], tuple(row["group"])) for row in whole.values())
    assert max(groups.values()) <= 4
    in_first = {prompt_id(row["prompt"]) for row in first}
    assert all(row["prompt_id"] in in_first for row in whole.values() if row["source"] == "one")


def test_caps_are_per_label_set(tmp_path):
    rows = [{"prompt": f"Sing song number {n}", "labels": {"music": True, "noise": n % 3 == 0}}
            for n in range(30)]  # 20 of {music}, 10 of {music, noise}  # fmt: skip
    rows += [
        {"prompt": f"Whistle tune {n}", "labels": {"music": False, "noise": False}}
        for n in range(3)
    ]
    file = jsonl(tmp_path / "a.jsonl", rows)
    stage, kept = made(
        tmp_path, [source("a", file, group="labels", max_per_group=12, min_per_group=4)]
    )
    groups = Counter(tuple(row["group"]) for row in kept.values())
    assert groups == {("music",): 12, ("music", "noise"): 10}
    assert stage.manifest.counts["left out by a cap"] == 8 + 3


def test_labels_of_a_prompt_in_several_rows(tmp_path):
    rows = [
        ("a tune", ["music"]),
        ("A tune", ["music", "noise"]),
        ("a  tune", ["music"]),
        ("a tune", None),
    ]
    rows += [("a train", None), ("a boat", [])]
    file = jsonl(tmp_path / "a.jsonl", [{"prompt": p, "kinds": k} for p, k in rows])
    _, kept = made(tmp_path / "x", [source("a", file, group="kinds")])
    groups = {canonical(row["prompt"]): row["group"] for row in kept.values()}
    assert groups == {"a tune": ["music"], "a train": None, "a boat": []}
    _, kept = made(tmp_path / "y", [source("a", file, group="kinds", group_share=0.3)])
    assert kept[prompt_id("a tune")]["group"] == ["music", "noise"]


def test_lengths_by_estimate_and_by_tokenizer(tmp_path):
    assert count_tokens(["Tea, please!", "", "donaudampfschifffahrt", "茶をください"], None) == [
        4,
        0,
        5,
        4,
    ]
    file = jsonl(
        tmp_path / "a.jsonl",
        [{"prompt": "Tea"}, {"prompt": "Tea or jazz"}, {"prompt": "a b c d e f"}],
    )
    own = source("a", file, min_tokens=2, max_tokens=5)
    stage, rows = made(tmp_path / "x", [own])
    assert texts(rows) == ["Tea or jazz"]
    assert (stage.manifest.counts["too short"], stage.manifest.counts["too long"]) == (1, 1)
    _, rows = made(tmp_path / "y", [own], tokenizer=str(letters(tmp_path / "letters")))
    assert texts(rows) == ["Tea"]  # three letters; the others have 9 and 6
    with pytest.raises(StageError, match=r"tokenizer .* cannot be loaded"):
        made(tmp_path / "z", [own], tokenizer=str(tmp_path / "nowhere"))


def letters(folder):
    """A tokenizer with a token for each letter."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {letter: n for n, letter in enumerate(["?", *"abcdefghijklmnopqrstuvwxyzT"])}
    core = Tokenizer(models.BPE(vocabulary, [], unk_token="?"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=core, unk_token="?").save_pretrained(folder)
    return folder


def test_rows_without_a_text_are_counted(tmp_path):
    values = ["Tea?", None, "", "  ", 7, "half \ud83d pair", "nul \0"]
    file = jsonl(tmp_path / "a.jsonl", [{"prompt": value} for value in values])
    stage, rows = made(tmp_path, [source("a", file)])
    assert texts(rows) == ["Tea?"]
    assert stage.manifest.counts["not a text"] == 6


def test_parquet_named_columns_and_where(tmp_path):
    table = pa.table(
        {"question": ["Tea?", "Soup?", "Jazz?"], "hard": [True, False, None], "x": [1, 2, 3]}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    own = source("a", tmp_path / "a.parquet", prompt="question", where={"hard": False})
    _, rows = made(tmp_path, [own])
    assert texts(rows) == ["Soup?"]
    assert {row["source"] for row in rows.values()} == {"a"}


def test_the_dev_split_is_a_hash(tmp_path):
    file = jsonl(tmp_path / "a.jsonl", [{"prompt": f"Song {n}?"} for n in range(3_000)])
    _, few = made(tmp_path / "x", [source("a", file)], dev_share=0.1)
    _, many = made(tmp_path / "y", [source("a", file)], dev_share=0.3)
    dev = {key for key, row in few.items() if row["split"] == "dev"}
    assert abs(len(dev) - 300) < 5 * (3_000 * 0.1 * 0.9) ** 0.5
    assert dev < {key for key, row in many.items() if row["split"] == "dev"}
    assert {row["split"] for row in many.values()} == {"train", "dev"}


def test_a_changed_file_makes_the_stage_anew_and_an_unchanged_one_does_not(tmp_path):
    file = jsonl(tmp_path / "a.jsonl", [{"prompt": "Tea?"}])
    assert made(tmp_path, [source("a", file)])[0].remade
    assert not made(tmp_path, [source("a", file)])[0].remade
    jsonl(file, [{"prompt": "Jazz?"}])
    stage, rows = made(tmp_path, [source("a", file)])
    assert stage.remade
    assert texts(rows) == ["Jazz?"]


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        ({"text": "Tea?"}, {}, "a.jsonl line 1: no column 'prompt'; source a needs prompt"),
        ({"prompt": "Tea?"}, {"group": "kind"}, "no column 'kind'"),
        ({"prompt": "Tea?", "kind": 7}, {"group": "kind"}, "line 1: kind is 7; expected a name, a list"),
        ({"prompt": "Tea?", "kind": {"x": "yes"}}, {"group": "kind"}, "expected a name, a list"),
        ({"prompt": "Tea?", "hard": True}, {"where": {"hard": False}}, "no row of source a .*True"),
        ({"prompt": "Tea?"}, {"min_tokens": 9}, "nothing is left of 1 read, 1 too short"),
        ({"prompt": None}, {}, "nothing is left of 1 not a text, 1 read"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_clear_error(tmp_path, row, options, message):
    file = jsonl(tmp_path / "a.jsonl", [row])
    with pytest.raises(StageError, match=message) as error:
        made(tmp_path, [source("a", file, **options)])
    assert len(str(error.value).splitlines()) == 1
    assert not (tmp_path / "prompts").exists()


def test_an_empty_file_is_an_error(tmp_path):
    with pytest.raises(StageError, match="source a has no rows"):
        made(tmp_path, [source("a", jsonl(tmp_path / "a.jsonl", []))])


def test_descriptions_are_checked(tmp_path):
    for wrong in (
        {"sources": ["beavertail"]},
        {"sources": []},
        {"sources": [{"name": "a"}]},
        {"sources": [{"name": "a", "hub": "o/x", "file": "x.jsonl"}]},
        {"sources": ["wildguard", "wildguard"]},
        {"dev_share": 1.0},
    ):
        with pytest.raises(ValidationError):
            PromptsParameters(**wrong)
    assert PromptsParameters(sources=["wildguard", "beavertails"]).sources == (
        BEAVERTAILS,
        WILDGUARD,
    )
    assert PromptsParameters() == PromptsParameters(sources=["wildguard", "beavertails"])


def test_near_duplicates(tmp_path):
    pytest.importorskip("datasketch")
    base = "Please describe in detail how a steam engine turns heat into motion on a long journey"
    close = [base + end for end in ("", ".", "!", " now")]
    far = [
        "Please describe in detail how a tea kettle whistles",
        "Sing me a song about owls and ferns",
    ]
    rows = [{"prompt": text} for text in close + far]
    a, b = jsonl(tmp_path / "a.jsonl", rows), jsonl(tmp_path / "b.jsonl", rows[::-1])
    stage, kept = made(tmp_path / "x", [source("a", a)], near_duplicates=0.8)
    first = min(close, key=prompt_id)  # in the order of ids, whatever the order of rows
    assert texts(kept) == sorted([first, *far])
    assert stage.manifest.counts["near-duplicates"] == 3
    assert texts(made(tmp_path / "y", [source("a", b)], near_duplicates=0.8)[1]) == texts(kept)
    assert len(made(tmp_path / "z", [source("a", a)])[1]) == 6


@pytest.mark.skipif(
    not REAL.exists(), reason=f"needs {REAL.name}, which is not part of the project"
)
def test_real_prompts(tmp_path):
    given = json.loads(REAL.read_text("utf-8"))
    a = jsonl(tmp_path / "a.jsonl", [{"prompt": text} for text in given])
    random.Random(0).shuffle(given)
    b = jsonl(tmp_path / "b.jsonl", [{"prompt": text} for text in given])
    stage, kept = made(tmp_path / "x", [source("a", a, min_tokens=4, max_tokens=64)])
    assert kept == made(tmp_path / "y", [source("a", b, min_tokens=4, max_tokens=64)])[1]
    counts = stage.manifest.counts
    left_out = counts["duplicates"] + counts["too short"] + counts["too long"]
    assert len(kept) == len(given) - left_out == counts["rows"]
    assert 0.98 * len(given) < len(kept) < len(given)
    assert {row["prompt"] for row in kept.values()} <= {text.strip() for text in given}


# --- the Hub ---------------------------------------------------------------------------------

LOAD = """
import json, sys
from pathlib import Path
from cosapien import UserError
from cosalign.prompts import PromptsParameters, prompts
for name, given in json.loads(sys.argv[1]):
    try:
        stage = prompts(PromptsParameters(**given), seed=0, out=Path(name) / "prompts")
    except UserError as error:
        print(json.dumps(str(error)))
        continue
    sources = stage.manifest.parameters["sources"]
    print(json.dumps({
        "rows": stage.table().to_pylist(), "remade": stage.remade, "counts": stage.manifest.counts,
        "revisions": {source["name"]: source["revision"] for source in sources},
    }))
"""
KINDS = ("birds", "trains,and_the_like")


def beavertails():
    """Rows as in BeaverTails: prompts in several rows, a mapping of labels to true or false."""
    return [
        {
            "prompt": f"Question {n % 6} about owls?",
            "response": "An answer.",
            "category": {KINDS[0]: n % 6 < 4, KINDS[1]: n % 2 == 0},
            "is_safe": True,
        }
        for n in range(24)
    ]


def wildguard():
    """Rows as in WildGuardTrain."""
    return [
        {
            "prompt": f"Would you kindly tell me the story number {n}",
            "adversarial": n % 2 == 0,
            "response": None,
            "subcategory": "stories" if n < 24 else "rare",
        }
        for n in range(30)
    ]


@pytest.fixture(scope="module")
def hub_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    both = ["paper", {}]
    wrong = [
        ["gated", {"sources": [{"name": "a", "hub": "o/gated"}]}],
        ["split", {"sources": [{"name": "a", "hub": "o/plain", "splits": ["dev"]}]}],
        ["column", {"sources": [{"name": "a", "hub": "o/plain", "prompt": "text"}]}],
        ["revision", {"sources": [{"name": "a", "hub": "o/plain", "revision": "v9"}]}],
    ]
    with LoopbackHub() as hub:
        card = "configs:\n- config_name: {}\n  data_files:\n  - split: {}\n    path: {}\n"
        other = (
            card.format("default", "330k_train", "a.parquet")
            + "  - split: 30k_train\n    path: b.parquet\n"
        )
        hub.add_dataset(
            "PKU-Alignment/BeaverTails",
            {
                "README.md": f"---\n{other}---\n".encode(),
                "a.parquet": parquet(beavertails()),
                "b.parquet": parquet([{**beavertails()[0], "prompt": "Not this one"}]),
            },
        )
        train = card.format("wildguardtrain", "train", "train/w.parquet")
        hub.add_dataset(
            "allenai/wildguardmix",
            {"README.md": f"---\n{train}---\n".encode(), "train/w.parquet": parquet(wildguard())},
        )
        hub.add_dataset("o/plain", {"train.parquet": parquet([{"prompt": "Tea?"}])})
        hub.fail("o/gated", 401, "GatedRepo")
        story = Story(hub, folder, {})

        def run(steps, **env):
            out, _ = story.run(LOAD, json.dumps(steps), **env)()
            return [json.loads(line) for line in out.splitlines()]

        online = run([both, *wrong])
        commits = {name: repo.refs["main"] for name, repo in hub.repos.items()}
        offline = run([both], HF_HUB_OFFLINE="1")
        empty = run([["other", {}]], HF_HUB_OFFLINE="1", HF_HOME=str(folder / "empty"))
        hub.add_dataset("o/plain", {"train.parquet": parquet([{"prompt": "Jazz?"}])})
    return online, offline + empty, commits


def test_the_papers_sources(hub_runs):
    (paper, *_), _, commits = hub_runs
    assert paper["revisions"] == {
        "beavertails": commits["PKU-Alignment/BeaverTails"],
        "wildguard": commits["allenai/wildguardmix"],
    }
    rows = {row["prompt"]: row for row in paper["rows"]}
    owls = {text: row["group"] for text, row in rows.items() if row["source"] == "beavertails"}
    # of question n the first label holds for n < 4, the second for even n
    assert owls == {
        f"Question {n} about owls?": [KINDS[0]] * (n < 4) + [KINDS[1]] * (n % 2 == 0)
        for n in range(6)
    }
    stories = sorted(text for text, row in rows.items() if row["source"] == "wildguard")
    # odd ones are not adversarial; 12 of them are `stories`, 3 are `rare` (fewer than 11)
    assert stories == sorted(
        f"Would you kindly tell me the story number {n}" for n in range(1, 24, 2)
    )
    assert paper["counts"]["left out by a cap"] == 3


def test_offline_the_cache_tells_the_commit(hub_runs):
    (paper, *_), (again, nothing), _ = hub_runs
    assert not again["remade"]
    assert again["rows"] == paper["rows"]
    assert "HF_HUB_OFFLINE is set" in nothing
    assert len(nothing.splitlines()) == 1


def test_what_the_hub_does_not_have_is_said(hub_runs):
    (_, gated, split, column, revision), _, _ = hub_runs
    assert "o/gated: is gated; request access" in gated
    assert split == "prompts: o/plain has no split 'dev'; splits are train"
    assert column.startswith("o/plain split train: no column 'text'; source a needs text")
    assert "has no revision 'v9'" in revision

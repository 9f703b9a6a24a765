"""Messages to token ids, checked against TRL's own and by hand, in the batches the trainers read."""

import copy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from transformers import AutoTokenizer
from trl.trainer.dpo_trainer import DataCollatorForPreference
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from cosalign.stages import StageError
from cosalign.training.examples import TrainingData, tokenise
from cosalign.training.models import Start, load_tokenizer
from tests.cosalign.training.tiny_training import EOS, TEMPLATE, rows, tiny_model, write_pairs

END = 2
"""Id of the token that ends a response."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("base"))


def data(model: Path, folder: Path, found: list[dict[str, Any]], **options: Any) -> TrainingData:
    folder.mkdir(exist_ok=True)
    write_pairs(folder, found)
    given = {"kind": "dpo", "max_length": 40, "shorten": False, "seed": 0} | options
    table = folder / ("sft.parquet" if given["kind"] == "sft" else "data.parquet")
    return tokenise(
        table,
        AutoTokenizer.from_pretrained(model),
        ends=frozenset([END]),
        folder=folder / "ids",
        **given,
    )


def text(model: Path, ids: Any) -> str:
    return AutoTokenizer.from_pretrained(model).decode(ids)


def test_ids_are_trls_up_to_the_end(model: Path, tmp_path: Path) -> None:
    """TRL tokenises prompt and prompt + response; ours are the same, less what follows the end."""
    found = rows(6, dev=2)
    ours = data(model, tmp_path, found)
    tokenizer = AutoTokenizer.from_pretrained(model)
    for row, example in zip(found[2:], ours.train, strict=True):
        ask = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]
        assert example["prompt_ids"] == ask
        for side in ("chosen", "rejected"):
            whole = tokenizer.apply_chat_template(row["prompt"] + row[side])["input_ids"]
            assert ask + example[f"{side}_ids"] == whole
            assert example[f"{side}_ids"][-1] == END
            assert example[f"{side}_ids"].count(END) == 1
    assert ours.dev is not None
    assert ours.dev["mode"][:] == [row["mode"] for row in found[:2]]


def test_nothing_follows_the_end(tmp_path: Path) -> None:
    """A template that goes on after the assistant's turn: what it adds is not trained on."""
    model = tiny_model(tmp_path / "model", template=TEMPLATE.replace("<end>\n", "<end> none\n"))
    ours = data(model, tmp_path / "d", rows(6, dev=0), kind="sft")
    for example in ours.train:
        assert example["input_ids"][-1] == END
        assert example["labels"][-1] == END
        learnt = [label for label in example["labels"] if label != -100]
        assert learnt.count(END) == 1


@pytest.mark.parametrize("shorten", [False, True])
def test_collated_batches_end_responses(model: Path, tmp_path: Path, shorten: bool) -> None:
    """Of lengths around the limit, every response in a batch has its end, and nothing is cut."""
    found = rows(12, dev=0)
    for extra, row in enumerate(found):
        row["prompt"][1]["content"] += " the" * extra
    ours = data(model, tmp_path, found, max_length=29, shorten=shorten)
    responses = {row[side][0]["content"] for row in found for side in ("chosen", "rejected")}
    tokenizer = AutoTokenizer.from_pretrained(model)
    lengths = [
        max(
            len(tokenizer.apply_chat_template(row["prompt"] + row[side])["input_ids"])
            for side in ("chosen", "rejected")
        )
        for row in found
    ]
    over = sum(length > 29 for length in lengths)
    assert 0 < over < 12
    kept = 12 if shorten else 12 - over
    assert len(ours.train) == ours.counts["train"] == kept
    assert ours.counts["shortened"] == (over if shorten else 0)
    assert ours.counts["left out"] == (0 if shorten else over)
    batch = DataCollatorForPreference(pad_token_id=0, max_length=29)(list(ours.train))
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    for line, given in zip(labels, batch["input_ids"], strict=True):
        learnt = line[line != -100].tolist()
        assert learnt[-1] == END
        assert text(model, learnt[:-1]).strip() in responses
        whole = text(model, given)
        assert "Allowed :" in whole  # the config is there whole
        assert "Tell me" in whole  # a shortened message keeps its beginning


def test_sft_learns_the_response_only(model: Path, tmp_path: Path) -> None:
    ours = data(model, tmp_path, rows(5, dev=1), kind="sft")
    batch = DataCollatorForLanguageModeling(pad_token_id=0)(list(ours.train))
    said = [text(model, line[line != -100]) for line in batch["labels"]]
    expected = [row["chosen"][0]["content"] + f" {EOS}" for row in rows(5, dev=1)[1:]]
    assert [" ".join(line.split()) for line in said] == expected


def test_the_config_is_never_shortened(model: Path, tmp_path: Path) -> None:
    """A prompt whose config alone fills the room is left out."""
    found = rows(4, dev=0)
    found[0]["prompt"][0]["content"] += " none" * 30
    ours = data(model, tmp_path, found, max_length=29, shorten=True)
    assert ours.counts["left out"] == 1
    assert ours.counts["train"] == 3


def test_weights_become_copies(model: Path, tmp_path: Path) -> None:
    found = rows(9, dev=1)
    for extra, row in enumerate(found):
        row["prompt"][1]["content"] += " the" * extra  # to tell them apart by their length
        row["weight"] = float((9, 0, 0, 1, 1, 1, 1, 2, 2)[extra])
    ours = data(model, tmp_path, found)
    lengths = [len(ids) for ids in ours.train["prompt_ids"]]
    first = min(lengths) - 2  # rows 1 and 2 have weight 0
    assert sorted(n - first for n in lengths) == [2, 3, 4, 5, 6, 6, 7, 7]
    assert ours.counts["dev"] == 1


def test_kept_from_an_earlier_call(model: Path, tmp_path: Path) -> None:
    first = data(model, tmp_path, rows(6))
    again = data(model, tmp_path, rows(6))
    assert first.train._fingerprint == again.train._fingerprint
    assert first.counts == again.counts


def test_what_cannot_be_used(model: Path, tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"5 rows, 5 of them longer than max_length \(6 tokens"):
        data(model, tmp_path / "a", rows(5), max_length=6)
    torn = copy.deepcopy(rows(5))
    for row in torn:
        row["split"] = "test"
    with pytest.raises(StageError, match="split 'test'; expected train or dev"):
        data(model, tmp_path / "b", torn)
    (tmp_path / "c").mkdir()
    pq.write_table(pa.table({"prompt": ["x"]}), tmp_path / "c" / "x.parquet")
    with pytest.raises(StageError, match="no column chosen, rejected, split"):
        tokenise(
            tmp_path / "c" / "x.parquet",
            AutoTokenizer.from_pretrained(model),
            kind="dpo",
            ends=frozenset([END]),
            max_length=9,
            shorten=False,
            seed=0,
            folder=tmp_path / "c",
        )
    endless = tiny_model(tmp_path / "endless", template=TEMPLATE.replace("<end>", ""))
    with pytest.raises(StageError, match="does not end an assistant's turn"):
        data(endless, tmp_path / "d", rows(5))
    strict = TEMPLATE + "{{ raise_exception('no system message') }}"
    refusing = tiny_model(tmp_path / "refusing", template=strict)
    with pytest.raises(StageError, match=r"cannot render .*no system message"):
        data(refusing, tmp_path / "e", rows(5))


def test_tokenizers_that_lack_something(tmp_path: Path) -> None:
    bare = Start(tiny_model(tmp_path / "bare", template=None, pad=None), "bare")
    with pytest.raises(StageError, match="'bare' has no chat template"):
        load_tokenizer(bare, None)
    given = tmp_path / "own.jinja"
    given.write_text(TEMPLATE)
    tokenizer, ends, (note,) = load_tokenizer(bare, given)
    assert tokenizer.chat_template == TEMPLATE
    assert tokenizer.pad_token == EOS
    assert ends == {END}
    assert "no pad token: '<end>' pads" in note
    with pytest.raises(StageError, match="not readable"):
        load_tokenizer(bare, tmp_path / "absent.jinja")

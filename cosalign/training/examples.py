"""Tables of messages as token ids: what the trainers read, each response with its end.

Sequences are those TRL makes of the same messages, with two differences. Whatever a chat template
writes after the end of the assistant's turn is cut off, so that every sequence ends with the token
that ends a response. And a sequence over `max_length` is never cut by position, which would take
that token away: it is left out, or its user's message is shortened, and both are counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cosalign.stages import Counts, StageError

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

Message = dict[str, str]
Kind = Literal["sft", "dpo"]
RESPONSES: Mapping[Kind, tuple[str, ...]] = {"sft": ("completion",), "dpo": ("chosen", "rejected")}
SPLITS = ("train", "dev")
ROWS = 1_000
TRIES = 4
"""A shortened message is tokenised again, and may come out a little longer than reckoned."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Tokenised examples, on disk and memory-mapped.

    Attributes:
        train: SFT: `input_ids`, `labels` (-100 on the prompt). DPO: `prompt_ids`, `chosen_ids`,
            `rejected_ids`, `mode`.
        dev: The same of the dev split; None if there are none.
        counts: Examples and tokens, and what was left out or shortened.
    """

    train: Dataset
    dev: Dataset | None
    counts: Counts


def tokenise(
    table: Path,
    tokenizer: PreTrainedTokenizerBase,
    *,
    kind: Kind,
    ends: frozenset[int],
    max_length: int,
    shorten: bool,
    seed: int,
    folder: Path,
) -> TrainingData:
    """The examples of a table as token ids; what an earlier call left in the folder is kept.

    Args:
        table: Parquet file with `prompt`, `completion` (sft) or `chosen` and `rejected` (dpo), all
            lists of messages, `split`, and optionally `mode` and `weight`.
        tokenizer: With a chat template.
        kind: What trainer it is for.
        ends: Ids of the tokens that end a response.
        max_length: In tokens, prompt and response together.
        shorten: Shorten the user's message of what is longer (its beginning is kept), rather than
            leave it out. The system message and the responses are never touched.
        seed: Decides between the two numbers of copies next to a weight that is no whole number.
        folder: Where the ids are kept.

    Raises:
        StageError: The table is of another form, the chat template cannot render it or does not end
            a response, or nothing is left to train on.
    """
    from datasets import Dataset

    done = folder / "tokenised.json"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        counts = _write(table, _Encoder(tokenizer, kind, ends, max_length, shorten), seed, folder)
        (folder / "tokenised.part").write_text(json.dumps(counts))
        (folder / "tokenised.part").rename(done)
    counts = json.loads(done.read_text())
    if not counts["train"]:
        raise StageError(
            f"{table}: no example left to train on: {counts['rows']} rows, {counts['left out']} of them "
            f"longer than max_length ({max_length} tokens; the shortest has {counts['shortest']}), "
            f"{counts['dev']} others of the dev split"
        )
    train, dev = (Dataset.from_file(str(folder / f"{split}.arrow")) for split in SPLITS)
    return TrainingData(train, dev if len(dev) else None, counts)


def _write(table: Path, encoder: _Encoder, seed: int, folder: Path) -> dict[str, int]:
    """Both splits' files, and the counts."""
    import numpy as np
    import pyarrow as pa

    copies = _copies(table, seed)
    counts = Counter(
        dict.fromkeys(("rows", *SPLITS, "left out", "shortened", "shortest", "tokens"), 0)
    )
    sinks = {split: (folder / f"{split}.part").open("wb") for split in SPLITS}
    writers = {s: pa.ipc.new_stream(sinks[s], encoder.schema) for s in SPLITS}
    for batch in _batches(table, encoder):
        rows: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
        for given, encoded in zip(batch, encoder(batch), strict=True):
            times = 1 if given["split"] == "dev" else int(copies[counts["rows"]])
            counts["rows"] += 1
            length = encoded.pop("length")
            counts["shortest"] = min(counts["shortest"] or length, length)
            counts["shortened"] += encoded.pop("shortened")
            if length > encoder.max_length:
                counts["left out"] += 1
                continue
            counts[given["split"]] += times
            counts["tokens"] += length * times
            rows[given["split"]] += [encoded] * times
        for split, found in rows.items():
            if found:
                writers[split].write_table(pa.Table.from_pylist(found, schema=encoder.schema))
    for split in SPLITS:
        writers[split].close()
        sinks[split].close()
        (folder / f"{split}.part").rename(folder / f"{split}.arrow")
    return {name: int(np.int64(count)) for name, count in counts.items()}


def _batches(table: Path, encoder: _Encoder) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = ["prompt", *RESPONSES[encoder.kind], "split"]
    try:
        with pq.ParquetFile(table) as file:
            names = file.schema_arrow.names
            if missing := set(wanted) - set(names):
                raise StageError(f"{table}: no column {', '.join(sorted(missing))}")
            columns = wanted + [name for name in ("mode",) if name in names]
            for batch in file.iter_batches(ROWS, columns=columns):
                rows = batch.to_pylist()
                if wrong := {str(row["split"]) for row in rows} - set(SPLITS):
                    raise StageError(f"{table}: split {wrong.pop()!r}; expected train or dev")
                yield rows
    except (OSError, pa.ArrowException) as error:
        raise StageError(f"{table}: not a readable table ({error})") from error


def _copies(table: Path, seed: int) -> Any:  # noqa: ANN401 - an array; numpy is imported lazily
    """How often each row is trained on in an epoch: its weight over the train split's mean weight.

    A number between two whole ones becomes the upper one with the probability that gives the mean.
    """
    import numpy as np
    import pyarrow.parquet as pq

    file = pq.read_schema(table)
    read = pq.read_table(table, columns=[n for n in ("split", "weight") if n in file.names])
    if "weight" not in read.column_names:
        return np.ones(len(read), dtype=np.int64)
    weight = read["weight"].to_numpy().astype(np.float64)
    train = np.array(read["split"].to_pylist()) == "train"
    if not train.any():
        return np.ones(len(read), dtype=np.int64)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight[train].any()):
        raise StageError(f"{table}: weight must be finite, not negative, and not 0 in every row")
    share = weight / weight[train].mean()
    return np.floor(share + np.random.default_rng(seed).random(len(share))).astype(np.int64)


class _Encoder:
    """Rows of messages to rows of ids."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        kind: Kind,
        ends: frozenset[int],
        max_length: int,
        shorten: bool,
    ) -> None:
        self.tokenizer, self.kind, self.ends = tokenizer, kind, ends
        self.max_length, self.shorten = max_length, shorten

    @property
    def schema(self) -> pa.Schema:
        import pyarrow as pa

        ids = pa.list_(pa.int32())
        if self.kind == "sft":
            return pa.schema({"input_ids": ids, "labels": ids})
        columns = dict.fromkeys(("prompt_ids", "chosen_ids", "rejected_ids"), ids)
        return pa.schema(columns | {"mode": pa.string()})

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Rows of the schema, each with its `length` in tokens and whether it was `shortened`."""
        encoded = self._encode(rows)
        for index, row in enumerate(rows):
            if self.shorten and encoded[index]["length"] > self.max_length:
                encoded[index] = self._shortened(row, encoded[index])
        return encoded

    def _encode(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        prompts = self._ids([row["prompt"] for row in rows], ask=True)
        sides = [
            [
                self._split(prompt, whole)
                for prompt, whole in zip(
                    prompts, self._ids([row["prompt"] + row[name] for row in rows]), strict=True
                )
            ]
            for name in RESPONSES[self.kind]
        ]
        found: list[dict[str, Any]] = []
        for row, *parts in zip(rows, *sides, strict=True):
            start = min(begin for begin, _ in parts)
            wholes = [whole for _, whole in parts]
            answers = [whole[start:] for whole in wholes]
            if self.kind == "sft":
                ids = {"input_ids": wholes[0], "labels": [-100] * start + answers[0]}
            else:
                ids = {"prompt_ids": wholes[0][:start], "mode": row.get("mode")}
                ids |= {"chosen_ids": answers[0], "rejected_ids": answers[1]}
            found.append(ids | {"length": max(map(len, wholes)), "shortened": False})
        return found

    def _ids(self, chats: list[list[Message]], *, ask: bool = False) -> list[list[int]]:
        from jinja2 import TemplateError

        try:
            texts = self.tokenizer.apply_chat_template(
                chats, tokenize=False, add_generation_prompt=ask
            )
        except TemplateError as error:
            raise StageError(
                f"the model's chat template cannot render system, user and assistant ({error}); name "
                "another one (`chat_template: FILE`)"
            ) from error
        # The template writes the special tokens itself.
        found = self.tokenizer(texts, add_special_tokens=False, verbose=False)
        return [list(ids) for ids in found["input_ids"]]

    def _split(self, prompt: list[int], whole: list[int]) -> tuple[int, list[int]]:
        """Where the response begins, and the sequence up to the token that ends it."""
        pairs = enumerate(zip(prompt, whole, strict=False))
        start = next((i for i, (a, b) in pairs if a != b), min(len(prompt), len(whole)))
        last = next((i for i in range(len(whole) - 1, start - 1, -1) if whole[i] in self.ends), -1)
        if last < 0:
            names = self.tokenizer.convert_ids_to_tokens(sorted(self.ends))
            raise StageError(
                "the model's chat template does not end an assistant's turn with a token that ends a "
                f"response ({', '.join(map(str, names))}); name another one (`chat_template: FILE`)"
            )
        return start, whole[: last + 1]

    def _shortened(self, row: Mapping[str, Any], encoded: dict[str, Any]) -> dict[str, Any]:
        """The same row with so much of the user's last message that it fits, if it can."""
        prompt = [dict(message) for message in row["prompt"]]
        users = [message for message in prompt if message["role"] == "user"]
        for _ in range(TRIES if users else 0):
            text = users[-1]["content"]
            spans = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)[
                "offset_mapping"
            ]
            keep = len(spans) - (encoded["length"] - self.max_length)
            if keep < 1:
                break
            users[-1]["content"] = text[: spans[keep - 1][1]]
            (encoded,) = self._encode([{**row, "prompt": prompt}])
            if encoded["length"] <= self.max_length:
                return encoded | {"shortened": True}
        return encoded

"""Training examples as token ids: tables of messages, tokenised for the trainers.

Sequences equal those TRL makes of the same messages, with two differences. Text that a chat template
writes after the end of the assistant's turn is cut off, so that every sequence ends with the token
that ends a response. And a sequence over `max_length` is never truncated by position, which would
remove that token: it is left out, or its user's message is shortened, and both are counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cosalign.stages import Counts, StageError
from cosapien import content_hash
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Dataset
    from transformers import PreTrainedTokenizerBase

Message = dict[str, str]
Kind = Literal["sft", "dpo"]
RESPONSES: Mapping[Kind, tuple[str, ...]] = {"sft": ("completion",), "dpo": ("chosen", "rejected")}
SPLITS = ("train", "dev")
PREFIX = "prefix"
ROWS = 1_000
TRIES = 4
"""Retries: after shortening, retokenising can still give slightly more tokens than planned."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Tokenised examples, on disk and memory-mapped.

    Attributes:
        train: SFT: `input_ids`, `labels` (-100 on the prompt). DPO: `prompt_ids`, `chosen_ids`,
            `rejected_ids`, `mode`.
        dev: The same for the dev split; None if it is empty.
        counts: Number of examples and tokens, and of examples left out or shortened.
        prefixes: Of each training example, a number that examples with the same config share.
    """

    train: Dataset
    dev: Dataset | None
    counts: Counts
    prefixes: Sequence[int] = ()


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
    """Tokenise the examples of a table; results of an earlier call in the same folder are reused.

    Args:
        table: Parquet file with `prompt`, `completion` (sft) or `chosen` and `rejected` (dpo), all
            lists of messages, `split`, and optionally `mode` and `weight`.
        tokenizer: A tokenizer with a chat template.
        kind: The trainer the examples are for.
        ends: Ids of the tokens that end a response.
        max_length: Most tokens of prompt and response together.
        shorten: Whether to shorten the user's message of longer examples (its beginning is kept)
            instead of leaving them out. The system message and the responses are never changed.
        seed: Seed of the rounding of weights to a whole number of copies.
        folder: Folder of the token ids.

    Raises:
        StageError: The table lacks a column or has invalid values, the chat template cannot render
            it or does not end a response, or nothing is left to train on.
    """
    from datasets import Dataset

    done = folder / "tokenised-2.json"  # before, rows had no `prefix`
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        counts = _write(table, _Encoder(tokenizer, kind, ends, max_length, shorten), seed, folder)
        with replaced_file(done) as part:
            part.write_text(json.dumps(counts))
    counts = json.loads(done.read_text())
    if not counts["train"]:
        raise StageError(
            f"{table}: no example left to train on: {counts['rows']} rows, {counts['left out']} of them "
            f"longer than max_length ({max_length} tokens; the shortest has {counts['shortest']}), "
            f"{counts['dev']} others in the dev split"
        )
    train, dev = (Dataset.from_file(str(folder / f"{split}.arrow")) for split in SPLITS)
    prefixes = train[PREFIX][:]
    train, dev = (split.remove_columns(PREFIX) for split in (train, dev))
    return TrainingData(train, dev if len(dev) else None, counts, prefixes)


def _write(table: Path, encoder: _Encoder, seed: int, folder: Path) -> dict[str, int]:
    """Write the files of both splits; return the counts."""
    import numpy as np
    import pyarrow as pa

    copies = _copies(table, seed)
    counts = Counter(
        dict.fromkeys(
            ("rows", *SPLITS, "left out", "shortened", "shortest", "longest", "tokens"), 0
        )
    )
    with ExitStack() as stack:
        writers = {}
        for split in SPLITS:
            part = stack.enter_context(replaced_file(folder / f"{split}.arrow"))
            sink = stack.enter_context(part.open("wb"))
            writers[split] = stack.enter_context(pa.ipc.new_stream(sink, encoder.schema))
        for batch in _batches(table, encoder):
            rows: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
            for row, encoded in zip(batch, encoder(batch), strict=True):
                times = 1 if row["split"] == "dev" else int(copies[counts["rows"]])
                counts["rows"] += 1
                length = encoded.pop("length")
                counts["shortest"] = min(counts["shortest"] or length, length)
                counts["longest"] = max(counts["longest"], length)
                counts["shortened"] += encoded.pop("shortened")
                if length > encoder.max_length:
                    counts["left out"] += 1
                    continue
                counts[row["split"]] += times
                counts["tokens"] += length * times
                rows[row["split"]] += [encoded] * times
            for split, examples in rows.items():
                if examples:
                    batch_table = pa.Table.from_pylist(examples, schema=encoder.schema)
                    writers[split].write_table(batch_table)
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
    """Copies of each row in an epoch: its weight divided by the mean weight of the train split.

    A fraction is rounded up or down at random, so that its mean is kept.
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
        raise StageError(
            f"{table}: weights must be finite and at least 0, and one of the train split above 0"
        )
    share = weight / weight[train].mean()
    return np.floor(share + np.random.default_rng(seed).random(len(share))).astype(np.int64)


def _number(text: str) -> int:
    """A number that equal texts share."""
    return int(content_hash(text), 16)


class _Encoder:
    """Converts rows of messages to rows of token ids."""

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
            return pa.schema({"input_ids": ids, "labels": ids, PREFIX: pa.int64()})
        columns = dict.fromkeys(("prompt_ids", "chosen_ids", "rejected_ids"), ids)
        return pa.schema(columns | {"mode": pa.string(), PREFIX: pa.int64()})

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Encode rows; each result also has its `length` in tokens and whether it was `shortened`."""
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
        encoded: list[dict[str, Any]] = []
        for row, *parts in zip(rows, *sides, strict=True):
            start = min(begin for begin, _ in parts)
            wholes = [whole for _, whole in parts]
            answers = [whole[start:] for whole in wholes]
            if self.kind == "sft":
                ids = {"input_ids": wholes[0], "labels": [-100] * start + answers[0]}
            else:
                ids = {"prompt_ids": wholes[0][:start], "mode": row.get("mode")}
                ids |= {"chosen_ids": answers[0], "rejected_ids": answers[1]}
            ids |= {PREFIX: _number(row["prompt"][0]["content"])}
            encoded.append(ids | {"length": max(map(len, wholes)), "shortened": False})
        return encoded

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
        tokenised = self.tokenizer(texts, add_special_tokens=False, verbose=False)
        return [list(ids) for ids in tokenised["input_ids"]]

    def _split(self, prompt: list[int], whole: list[int]) -> tuple[int, list[int]]:
        """Start of the response, and the sequence up to the token that ends it."""
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
        """The same row with the user's last message shortened to fit, if that is possible."""
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

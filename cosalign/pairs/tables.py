"""Tables of pairs and demonstrations that TRL trains on, written in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cosalign.pairs.error_score import Flags, Ints, names_column
from cosalign.pairs.inputs import PairInputs, text_batches
from cosalign.pairs.rule import Pairs, Places
from cosalign.stages import Stage
from cosalign.taxonomy.categories import Taxonomy
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    import pyarrow as pa

SFT_TABLE = "sft.parquet"
"""File of the demonstrations, beside the table of pairs."""
PIECE = 8_192
"""Rows per piece."""

Take = Callable[[Ints | Places], "pa.Array"]
"""A function from row numbers to their texts."""


@dataclass(frozen=True, slots=True)
class PairColumns:
    """The columns of both tables.

    Attributes:
        inputs: The joined input tables.
        texts: Functions that give the texts of configs and of responses.
        taxonomy: The categories.
        scale: Divisor of the integer errors.
    """

    inputs: PairInputs
    texts: tuple[Take, Take]
    taxonomy: Taxonomy
    scale: int

    def pairs(self, pairs: Pairs, weights: NDArray[np.float64], begin: int, end: int) -> pa.Table:
        """Some rows of the table of pairs.

        Args:
            pairs: All pairs.
            weights: Their weights.
            begin: The first row.
            end: The row after the last.
        """
        import pyarrow as pa

        part, inputs = pairs.take(np.arange(begin, end)), self.inputs
        responses, places = inputs.responses, inputs.configs.prompt[part.config]
        columns = {"prompt": self._prompt(part.config)}
        for name, chosen in (("chosen", part.chosen), ("rejected", part.rejected)):
            columns[name] = messages(("assistant", self.texts[1](chosen)))
        for name, error in (("chosen", part.chosen_error), ("rejected", part.rejected_error)):
            columns[f"{name}_error"] = pa.array(error / self.scale)
        columns["mode"] = take(inputs.config_rows["mode"], part.config)
        columns["allowed"] = self._names(inputs.configs.allowed[part.config])
        columns["prompt_risks"] = self._names(inputs.prompt_risks[places], inputs.labelled[places])
        for name, row in (("chosen", part.chosen), ("rejected", part.rejected)):
            columns[f"{name}_risks"] = self._names(responses.risks[row])
            columns[f"{name}_addressed"] = pa.array(responses.addressed[row])
        columns["weight"] = pa.array(weights[begin:end])
        columns |= self._ids(part.config)
        for name, row in (("chosen", part.chosen), ("rejected", part.rejected)):
            columns[f"{name}_id"] = take(inputs.response_rows["response_id"], row)
        return pa.table(columns)

    def demonstrations(self, best: Pairs, begin: int, end: int) -> pa.Table:
        """Some rows of the table of demonstrations.

        Args:
            best: The pair of each config whose chosen response is demonstrated.
            begin: The first row.
            end: The row after the last.
        """
        import pyarrow as pa

        part, inputs = best.take(np.arange(begin, end)), self.inputs
        return pa.table(
            {
                "prompt": self._prompt(part.config),
                "completion": messages(("assistant", self.texts[1](part.chosen))),
                "error": pa.array(part.chosen_error / self.scale),
                "mode": take(inputs.config_rows["mode"], part.config),
                **self._ids(part.config),
                "response_id": take(inputs.response_rows["response_id"], part.chosen),
            }
        )

    def _prompt(self, configs: Places) -> pa.Array:
        prompts = take(self.inputs.prompts["prompt"], self.inputs.configs.prompt[configs])
        return messages(("system", self.texts[0](configs)), ("user", prompts))

    def _names(self, masks: Ints, known: Flags | None = None) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        names = names_column(masks, self.taxonomy)
        if known is None or known.all():
            return names
        return pc.if_else(pa.array(known), names, pa.scalar(None, names.type))

    def _ids(self, configs: Places) -> dict[str, pa.Array]:
        prompts = self.inputs.configs.prompt[configs]
        columns = {
            name: take(self.inputs.prompts[name], prompts)
            for name in ("split", "source", "prompt_id")
        }
        return {**columns, "config_id": take(self.inputs.config_rows["config_id"], configs)}


@contextmanager
def open_texts(
    inputs: PairInputs, configs: Stage, candidates: Stage, folder: Path
) -> Iterator[tuple[Take, Take]]:
    """The texts of configs and responses, kept on disk inside the block.

    Args:
        inputs: The configs and responses in use.
        configs: The `configs` stage.
        candidates: The `candidates` stage.
        folder: Folder of the temporary files.
    """
    with ExitStack() as stack:
        takes = [
            stack.enter_context(
                texts_on_disk(
                    text_batches(stage, key, text, keys), len(keys), folder / f".{text}.arrow"
                )
            )
            for stage, key, text, keys in (
                (configs, "config_id", "system_prompt", inputs.config_rows["config_id"]),
                (candidates, "response_id", "response", inputs.response_rows["response_id"]),
            )
        ]
        yield takes[0], takes[1]


@contextmanager
def write_pieces(file: Path) -> Iterator[Callable[[int, Callable[[int, int], pa.Table]], None]]:
    """Write a table piece by piece; the file appears when the block ends without an error.

    Args:
        file: Output file.

    Yields:
        A function that appends rows: it takes their number, and a function that makes the rows from
        a first (included) to a last one (excluded). The table must get at least one row.
    """
    import pyarrow.parquet as pq

    with replaced_file(file) as part, ExitStack() as stack:
        writer: pq.ParquetWriter | None = None

        def write(rows: int, piece: Callable[[int, int], pa.Table]) -> None:
            nonlocal writer
            for begin in range(0, rows, PIECE):
                table = piece(begin, min(begin + PIECE, rows))
                if writer is None:
                    writer = pq.ParquetWriter(part, table.schema, compression="zstd")
                    stack.enter_context(writer)
                writer.write_table(table)

        yield write


def messages(*turns: tuple[str, pa.Array]) -> pa.Array:
    """A column of conversations, each a list of {role, content}.

    Args:
        turns: Role and texts of each turn.
    """
    import pyarrow as pa

    rows, length = len(turns[0][1]), len(turns)
    texts = pa.concat_arrays([texts.cast(pa.large_string()) for _, texts in turns])
    roles = pa.array([role for role, _ in turns])
    places = np.arange(rows * length).reshape(length, rows).T.ravel()  # turn by turn to row by row
    struct = pa.StructArray.from_arrays(
        [
            roles.take(pa.array(np.tile(np.arange(length), rows))),
            texts.take(pa.array(places)).cast(pa.string()),
        ],
        names=["role", "content"],
    )
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * length, pa.int32()), struct)


def take(column: pa.ChunkedArray | pa.Array, places: Ints | Places) -> pa.Array:
    """The values of a column at some row numbers, as one array."""
    import pyarrow as pa

    values = column.take(pa.array(places))
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


@contextmanager
def texts_on_disk(
    batches: Iterator[tuple[pa.Array, Ints]], places: int, file: Path
) -> Iterator[Take]:
    """Texts on disk, for random access by row number; they may be larger than memory.

    Args:
        batches: Texts and their row numbers; -1 marks a text that is not needed. Texts with the same
            row number are equal.
        places: Number of rows.
        file: The temporary file.

    Yields:
        A function that gives the texts of some row numbers, each of which has a text.
    """
    import pyarrow as pa

    schema = pa.schema([("text", pa.large_string())])
    rows, row = np.full(places, -1, np.int64), 0
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for texts, numbers in batches:
            kept = np.flatnonzero(numbers >= 0)
            _, firsts = np.unique(numbers[kept], return_index=True)
            kept = kept[firsts]
            kept = kept[rows[numbers[kept]] < 0]
            rows[numbers[kept]] = row + np.arange(len(kept))
            row += len(kept)
            table = pa.table({"text": take(texts, kept).cast(pa.large_string())}, schema=schema)
            writer.write_table(table)
    with pa.memory_map(str(file)) as source:
        column = pa.ipc.open_file(source).read_all()["text"]
        yield lambda wanted: _take_apart(column, rows[wanted])
    file.unlink()


def _take_apart(column: pa.ChunkedArray, places: Ints) -> pa.Array:
    """Like `take`, but chunk by chunk: Arrow would first copy the whole chunked column."""
    import pyarrow as pa

    begins = np.concatenate([[0], np.cumsum([len(chunk) for chunk in column.chunks])])
    chunks = np.searchsorted(begins, places, side="right") - 1
    order = np.argsort(chunks, kind="stable")
    parts = [
        column.chunk(chunk).take(pa.array(places[part] - begins[chunk]))
        for chunk in np.unique(chunks)
        if len(part := order[chunks[order] == chunk])
    ]
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(back))

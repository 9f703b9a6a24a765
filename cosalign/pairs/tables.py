"""Pairs and demonstrations as tables that TRL trains on, written in pieces of bounded size."""

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

if TYPE_CHECKING:
    import pyarrow as pa

SFT_TABLE = "sft.parquet"
"""The demonstrations, beside the table of pairs."""
PIECE = 8_192
"""Rows a piece."""

Take = Callable[[Ints | Places], "pa.Array"]
"""Gives the texts of some places."""


@dataclass(frozen=True, slots=True)
class PairColumns:
    """What the columns are made from.

    Attributes:
        inputs: The joined tables.
        texts: The configs' and the responses' texts.
        taxonomy: The categories.
        scale: What errors have to be divided by.
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
        found = {
            name: take(self.inputs.prompts[name], prompts)
            for name in ("split", "source", "prompt_id")
        }
        return {**found, "config_id": take(self.inputs.config_rows["config_id"], configs)}


@contextmanager
def open_texts(
    inputs: PairInputs, configs: Stage, candidates: Stage, folder: Path
) -> Iterator[tuple[Take, Take]]:
    """The configs' and the responses' texts, kept on disk meanwhile.

    Args:
        inputs: Which of them are in use.
        configs: The `configs` stage.
        candidates: The `candidates` stage.
        folder: Where the scratch files lie.
    """
    with ExitStack() as stack:
        found = [
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
        yield found[0], found[1]


@contextmanager
def write_pieces(file: Path) -> Iterator[Callable[[int, Callable[[int, int], pa.Table]], None]]:
    """Write a table piece by piece and put it in place by one rename, unless an error ends the block.

    Args:
        file: Where it is to stand.

    Yields:
        What writes so many rows more: called with their number, and with what makes the rows from a
        first one up to a last one, which is not included. Rows must have been written at the end.
    """
    import pyarrow.parquet as pq

    part = file.with_name(f".{file.name}.part")
    with ExitStack() as stack:
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
    part.rename(file)


def messages(*turns: tuple[str, pa.Array]) -> pa.Array:
    """A column of conversations, as lists of {role, content}.

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
    """Some values of a column as one array."""
    import pyarrow as pa

    found = column.take(pa.array(places))
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


@contextmanager
def texts_on_disk(
    batches: Iterator[tuple[pa.Array, Ints]], places: int, file: Path
) -> Iterator[Take]:
    """Texts that may be larger than memory, to be taken from by their places.

    Args:
        batches: Texts, and the place of each; the place -1 is for a text that is not needed. Where a
            place comes several times the texts are the same.
        places: How many places there are.
        file: The scratch file.

    Yields:
        What gives the texts of some places, all of which have one.
    """
    import pyarrow as pa

    schema = pa.schema([("text", pa.large_string())])
    rows, row = np.full(places, -1, np.int64), 0
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for texts, found in batches:
            kept = np.flatnonzero(found >= 0)
            _, firsts = np.unique(found[kept], return_index=True)
            kept = kept[firsts]
            kept = kept[rows[found[kept]] < 0]
            rows[found[kept]] = row + np.arange(len(kept))
            row += len(kept)
            table = pa.table({"text": take(texts, kept).cast(pa.large_string())}, schema=schema)
            writer.write_table(table)
    with pa.memory_map(str(file)) as source:
        column = pa.ipc.open_file(source).read_all()["text"]
        yield lambda wanted: _take_apart(column, rows[wanted])
    file.unlink()


def _take_apart(column: pa.ChunkedArray, places: Ints) -> pa.Array:
    """Like `take`, but chunk by chunk: Arrow would copy all of a chunked column of texts first."""
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

"""Published pairs (`microsoft/CoSAlign-Train`) as a `pairs` stage, and pairs in the published form.

Loading changes only the form (`cosalign.hub.pair_form`): writing loaded pairs gives the published
rows word for word. Two things are mended and counted: reasoning that a response carries is taken out of
it, and a pair that teaches nothing is left out: its sides say the same, its chosen side is empty, its
chosen error is not below the rejected one's, a side has reasoning but no answer, another pair contradicts
it, or it was there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cosalign.hub.pair_form import COLUMNS, published_schema, read_pair, split_sides, write_pair
from cosalign.pairs.directions import CONTRADICTED, REPEATED, Directions, all_teach
from cosalign.pairs.error_score import Flags
from cosalign.pairs.sides import EMPTY, EQUAL, NOT_LOWER, no_preference
from cosalign.pairs.tables import PIECE, SFT_TABLE
from cosalign.stages import TABLE, Counts, Parameters, Stage, StageError, run_stage
from cosapien.datasets import fetch_commit, fetch_splits, read_rows
from cosapien.records import check_columns
from cosapien.whole import replaced_file
from scorers.responses import split_reasoning

if TYPE_CHECKING:
    import pyarrow as pa

SPLIT = "responses split from their reasoning"
REASONING_ONLY = "pairs with a side of reasoning only"
_WHOLE = ".whole.parquet"  # the pairs before those are left out that depend on others
TRAIN_ID = "microsoft/CoSAlign-Train"


class ReleasedParameters(Parameters):
    """Section `released:` of a recipe: a source of pairs in the published form.

    Attributes:
        data: A data set on the Hub with the published splits, or a `.parquet` or `.jsonl` file.
        revision: Commit, branch or tag of a data set. The commit is recorded.
        split: Split of a file's pairs, `train` or `dev`, if the file has no column `split`.
    """

    data: str = TRAIN_ID
    revision: str = "main"
    split: str = "train"


def released(parameters: ReleasedParameters, *, out: Path) -> Stage:
    """Load published pairs instead of running the stages up to `pairs`.

    Args:
        parameters: Source of the pairs.
        out: Output folder of the stage.

    Returns:
        A `pairs` stage. `source` is the published split; `weight` is 1.

    Raises:
        DataError: The data cannot be loaded, or a row is not in the published form.
        StageError: There is no pair, or none is left.

    Example:
        >>> released(ReleasedParameters(), out=Path("runs/released/pairs"))  # doctest: +SKIP
    """
    inputs = {}
    if parameters.data.endswith((".parquet", ".jsonl")):
        inputs["data"] = Path(parameters.data).expanduser()
    elif not re.fullmatch("[0-9a-f]{40}", parameters.revision):
        commit = fetch_commit(parameters.data, parameters.revision)
        parameters = parameters.model_copy(update={"revision": commit})
    return run_stage(
        "pairs",
        out,
        version=3,
        parameters=parameters,
        inputs=inputs,
        make=partial(_make, parameters, bool(inputs)),
        keep_earlier=_as_made_now,
    )


def _as_made_now(pairs: Stage) -> bool:
    """Whether a stage of earlier code has no pair that would be split or left out now."""
    sides = pairs.table(["chosen", "rejected"])
    return all_teach(pairs, once=True) and not any(
        split_reasoning(turns[0]["content"]).form
        for side in sides.columns
        for turns in side.to_pylist()
    )


def _make(parameters: ReleasedParameters, is_file: bool, work: Path) -> Counts:
    import pyarrow.parquet as pq

    rows = _file_rows(parameters) if is_file else _hub_rows(parameters)
    left_out = dict.fromkeys((EQUAL, EMPTY, NOT_LOWER, REASONING_ONLY), 0)
    directions = Directions()
    split = 0

    def preferences() -> Iterator[dict[str, Any]]:
        nonlocal split
        for place, row, source in rows:
            row, reasoned, unanswered = split_sides(row)
            pair = read_pair(place, row, source)
            split += reasoned
            if fault := REASONING_ONLY if unanswered else no_preference(pair):
                left_out[fault] += 1
            else:
                directions.add(pair)
                yield pair

    found = preferences()
    pieces = iter(lambda: list(islice(found, PIECE)), [])
    _write(work / _WHOLE, map(_table, pieces))
    contradicted, repeated = directions.found()
    left_out |= {CONTRADICTED: int(contradicted.sum()), REPEATED: int(repeated.sum())}
    kept = ~(contradicted | repeated)
    if not kept.any():
        raise StageError(_no_pairs(parameters.data, left_out))
    _write(work / TABLE, _taken(work / _WHOLE, kept))
    shown = _write_demonstrations(work)
    dev = pq.read_table(work / TABLE, columns=["split"])["split"].to_pylist().count("dev")
    counts = {"rows": int(kept.sum()), "dev pairs": dev, "demonstrations": shown}
    return {**counts, SPLIT: split, **left_out}


def _write(file: Path, tables: Iterable[pa.Table]) -> None:
    import pyarrow.parquet as pq

    with (
        replaced_file(file) as part,
        pq.ParquetWriter(part, _schema(), compression="zstd") as writer,
    ):
        for table in tables:
            writer.write_table(table)


def _taken(file: Path, kept: Flags) -> Iterator[pa.Table]:
    """The rows of a table that are kept, piece by piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    begin = 0
    for batch in pq.ParquetFile(file).iter_batches(PIECE):
        rows = pa.Table.from_batches([batch])
        yield rows.filter(pa.array(kept[begin : begin + len(batch)]))
        begin += len(batch)


def _no_pairs(data: str, left_out: Mapping[str, int]) -> str:
    if not any(left_out.values()):
        return f"{data}: no pairs in it; expected at least one row"
    return f"{data}: no pair left to train on; left out: " + ", ".join(
        f"{count} {what}" for what, count in left_out.items() if count
    )


def _hub_rows(parameters: ReleasedParameters) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Place, published row and split of each pair."""
    _, splits = fetch_splits(parameters.data, parameters.revision)
    for name, split in splits.items():
        place = f"{parameters.data} split {name}"
        check_columns(place, split.column_names, COLUMNS)
        for number, row in enumerate(split.select_columns(list(COLUMNS)), start=1):
            yield f"{place} row {number}", row, name


def _file_rows(parameters: ReleasedParameters) -> Iterator[tuple[str, dict[str, Any], str]]:
    for place, row in read_rows(parameters.data):
        check_columns(place, row, COLUMNS)
        yield place, row, str(row.get("split") or parameters.split)


def _schema() -> pa.Schema:
    """The columns of the `pairs` stage."""
    import pyarrow as pa

    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    names = pa.list_(pa.string())
    return pa.schema(
        [
            *((name, turns) for name in ("prompt", "chosen", "rejected")),
            *((f"{side}_error", pa.float64()) for side in ("chosen", "rejected")),
            ("mode", pa.string()),
            *((name, names) for name in ("allowed", "prompt_risks")),
            *(("chosen_risks", names), ("chosen_addressed", pa.bool_())),
            *(("rejected_risks", names), ("rejected_addressed", pa.bool_())),
            ("weight", pa.float64()),
            *((name, pa.string()) for name in ("split", "source", "prompt_id", "config_id")),
            *((f"{side}_id", pa.string()) for side in ("chosen", "rejected")),
        ]
    )


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=_schema())


def _write_demonstrations(work: Path) -> int:
    """Write for each config the chosen response with the lowest error; ties are broken by id."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys = pq.read_table(work / TABLE, columns=["config_id", "chosen_error", "chosen_id"])
    _, configs = np.unique(keys["config_id"].to_numpy(), return_inverse=True)
    ties, errors = keys["chosen_id"].to_numpy(), keys["chosen_error"].to_numpy()
    order = np.lexsort((ties.astype("S"), errors, configs))
    best = np.sort(order[np.unique(configs[order], return_index=True)[1]])
    columns = {"chosen": "completion", "chosen_error": "error", "chosen_id": "response_id"}
    kept = ("prompt", "chosen", "chosen_error", "mode", "split", "source", "prompt_id", "config_id")
    begin, writer = 0, None
    with replaced_file(work / SFT_TABLE) as part:
        for batch in pq.ParquetFile(work / TABLE).iter_batches(PIECE, columns=[*kept, "chosen_id"]):
            rows = best[slice(*np.searchsorted(best, [begin, begin + len(batch)]))] - begin
            table = pa.Table.from_batches([batch]).select([*kept, "chosen_id"]).take(pa.array(rows))
            table = table.rename_columns([columns.get(name, name) for name in table.column_names])
            writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
            writer.write_table(table)
            begin += len(batch)
        assert writer is not None
        writer.close()
    return len(best)


def write_released(pairs: Stage, folder: Path) -> dict[str, int]:
    """Write pairs in the published columns, one parquet file for each split.

    Args:
        pairs: A `pairs` stage. Generated pairs become the splits `train` and `dev`; loaded pairs keep
            their published splits.
        folder: Output folder; files are named as the Hub expects (`train-00000-of-00001.parquet`).

    Returns:
        Number of pairs by split.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts: dict[str, int] = {}
    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for batch in pq.ParquetFile(pairs.path).iter_batches(PIECE):
            rows: dict[str, list[dict[str, Any]]] = {}
            for row in batch.to_pylist():
                rows.setdefault(_split(row), []).append(write_pair(row))
            for name, published in rows.items():
                if name not in writers:
                    file = folder / f"{name}-00000-of-00001.parquet"
                    part = stack.enter_context(replaced_file(file))
                    writer = pq.ParquetWriter(part, published_schema(), compression="zstd")
                    writers[name] = stack.enter_context(writer)
                table = pa.Table.from_pylist(published, schema=published_schema())
                writers[name].write_table(table)
                counts[name] = counts.get(name, 0) + len(published)
    return counts


def _split(row: dict[str, Any]) -> str:
    if row["split"] == "dev":
        return "dev"
    return str(row["source"]) if str(row["source"]).startswith("train_") else "train"

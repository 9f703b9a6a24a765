"""General conversations mixed into the demonstrations, so that a model keeps its other skills.

Not in the paper, and off unless a recipe asks for it. Fine-tuning on configs alone may weaken other
skills; mixing in general conversations is the usual remedy.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from cosalign.stages import Parameters, StageError
from cosapien.datasets import read_rows
from cosapien.whole import replaced_file

ROLES = frozenset({"system", "user", "assistant"})
EXPECTED = (
    "expected `messages`: a list of {role: system, user or assistant, content: text} that ends with "
    "the assistant's"
)


class MixParameters(Parameters):
    """Part `mix:` of a recipe's section `sft:`.

    Attributes:
        file: A `.jsonl` or `.parquet` file of conversations, with a column `messages`. The last
            message, an assistant's, is learnt.
        share: Share of conversations in all training examples. They are drawn without repetition if
            the file has enough; otherwise each is used equally often, give or take one.
    """

    file: Path
    share: Annotated[float, Field(gt=0, lt=1)]


def mix_in(table: Path, parameters: MixParameters, *, seed: int, folder: Path) -> Path:
    """Write a table of demonstrations with conversations added to its train split.

    Args:
        table: Parquet file with `prompt`, `completion`, `split`, and optionally `mode`.
        parameters: The conversations to add.
        seed: Seed of the draw.
        folder: Folder of the new table.

    Returns:
        The new table; the trainer shuffles it.

    Raises:
        DataError: The file of conversations cannot be read.
        StageError: It is empty, or a row is not a conversation.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    others = [_example(place, row) for place, row in read_rows(str(parameters.file))]
    if not others:
        raise StageError(f"{parameters.file}: no conversation in it; {EXPECTED}")
    demonstrations = pq.read_table(table)
    columns = ("prompt", "completion", "split", "mode")
    demonstrations = demonstrations.select(
        [name for name in columns if name in demonstrations.column_names]
    )
    count = demonstrations["split"].to_pylist().count("train")
    wanted = round(count * parameters.share / (1 - parameters.share))
    rounds, rest = divmod(wanted, len(others))
    drawn = others * rounds + random.Random(f"mix/{seed}").sample(others, rest)
    mixed = folder / "mixed.parquet"
    added = pa.Table.from_pylist(drawn, schema=demonstrations.schema)
    with replaced_file(mixed) as part:
        pq.write_table(pa.concat_tables([demonstrations, added]), part)
    return mixed


def _example(place: str, row: Any) -> dict[str, Any]:  # noqa: ANN401 - untrusted
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise StageError(f"{place}: {EXPECTED}")
    if messages[-1]["role"] != "assistant":
        raise StageError(f"{place}: the last message is the {messages[-1]['role']}'s; {EXPECTED}")
    turns = [{"role": m["role"], "content": m["content"]} for m in messages]
    return {"prompt": turns[:-1], "completion": turns[-1:], "split": "train", "mode": None}


def _is_message(message: object) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in ROLES
        and isinstance(message.get("content"), str)
    )

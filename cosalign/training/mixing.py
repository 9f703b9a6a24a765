"""Other demonstrations among the best responses: what a model is to keep doing beside following configs.

Not in the paper, and off unless a recipe asks for it. Fine-tuning on configs alone may cost a model
other skills; general conversations among its examples are the usual remedy.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from cosalign.stages import Parameters, StageError
from cosapien.datasets import read_rows

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
        share: Of all training examples. Conversations are drawn from the file without repetition as
            long as there are enough; else each is taken equally often, give or take one.
    """

    file: Path
    share: Annotated[float, Field(gt=0, lt=1)]


def mix_in(table: Path, parameters: MixParameters, *, seed: int, folder: Path) -> Path:
    """A table of demonstrations with conversations added to its train split.

    Args:
        table: Parquet file with `prompt`, `completion`, `split`, and optionally `mode`.
        parameters: What is added.
        seed: Seed of the draw.
        folder: Where the new table is written.

    Returns:
        The new table; the trainer shuffles it.

    Raises:
        DataError: The file cannot be read.
        StageError: It is empty, or a row is of another form.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    others = [_example(place, row) for place, row in read_rows(str(parameters.file))]
    if not others:
        raise StageError(f"{parameters.file}: no conversation in it")
    own = pq.read_table(table)
    own = own.select(
        [n for n in ("prompt", "completion", "split", "mode") if n in own.column_names]
    )
    count = own["split"].to_pylist().count("train")
    wanted = round(count * parameters.share / (1 - parameters.share))
    rounds, rest = divmod(wanted, len(others))
    drawn = others * rounds + random.Random(f"mix/{seed}").sample(others, rest)
    folder.mkdir(parents=True, exist_ok=True)
    mixed = folder / "mixed.parquet"
    added = pa.Table.from_pylist(drawn, schema=own.schema)
    pq.write_table(pa.concat_tables([own, added]), mixed)
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

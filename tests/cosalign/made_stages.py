"""Finished stages made from rows, as the stages after them find them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from cosalign.stages import Parameters, Stage, run_stage
from tests.cosalign.stage_tables import table_stage

NAMES = pa.list_(pa.string())
SCHEMAS = {
    "prompts": {"prompt_id": "s", "prompt": "s", "source": "s", "split": "s"},
    "label": {"prompt_id": "s", "risks": "l", "raw": "s", "status": "s"},
    "configs": {
        "config_id": "s",
        "prompt_id": "s",
        "mode": "s",
        "draw": "i",
        "allowed": "l",
        "wording": "s",
        "system_prompt": "s",
    },
    "candidates": {
        "candidate_id": "s",
        "prompt_id": "s",
        "role": "s",
        "config_id": "s",
        "model": "s",
        "response": "s",
        "response_id": "s",
        "stop_reason": "s",
        "input_tokens": "i",
        "output_tokens": "i",
    },
    "judge": {
        "response_id": "s",
        "prompt_id": "s",
        "risks": "l",
        "addressed": "b",
        "raw": "s",
        "status": "s",
    },
}
"""The columns of the contracts in cosalign/README.md."""
KINDS = {"s": pa.string(), "l": NAMES, "i": pa.int64(), "b": pa.bool_()}


def made(name: str, folder: Path, rows: Sequence[dict[str, Any]]) -> Stage:
    """A finished stage with these rows; columns that are not given are null."""
    schema = pa.schema([(column, KINDS[kind]) for column, kind in SCHEMAS[name].items()])
    return table_stage(name, folder / name, pa.Table.from_pylist(list(rows), schema=schema))


def made_taxonomy(folder: Path, categories: Sequence[dict[str, Any]]) -> Stage:
    """A finished `taxonomy` stage."""

    def make(work: Path) -> dict[str, int]:
        (work / "taxonomy.yaml").write_text(yaml.safe_dump({"categories": list(categories)}))
        pq.write_table(pa.table({"prompt_id": pa.array([], pa.string())}), work / "data.parquet")
        return {"rows": 0}

    return run_stage(
        "taxonomy", folder / "taxonomy", version=1, parameters=Parameters(), inputs={}, make=make
    )

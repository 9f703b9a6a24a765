"""Finished stages with tables of one's own, for tests of the stages after them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cosalign.stages import Parameters, Stage, run_stage
from cosalign.taxonomy.categories import Category
from cosalign.taxonomy.cluster_names import taxonomy_text
from cosalign.taxonomy.stage import TaxonomyParameters, taxonomy

TOPICS = ("Birds", "Trains", "Music", "Soup", "Chess")
"""Harmless topics stand in for risk categories; `Chess` is not for training."""


def table_stage(name: str, folder: Path, table: pa.Table) -> Stage:
    """A stage whose table is given."""

    def make(work: Path) -> dict[str, int]:
        pq.write_table(table, work / "data.parquet")
        return {"rows": table.num_rows}

    return run_stage(name, folder, version=1, parameters=Parameters(), inputs={}, make=make)


def prompts_stage(folder: Path, texts: dict[str, str], groups: dict | None = None) -> Stage:
    """A `prompts` stage: texts, and the source's own labels where it has some, by id."""
    ids = sorted(texts)
    table = pa.table(
        {
            "prompt_id": pa.array(ids, pa.string()),
            "prompt": pa.array([texts[i] for i in ids], pa.string()),
            "source": pa.array(["own"] * len(ids), pa.string()),
            "group": pa.array([(groups or {}).get(i) for i in ids], pa.list_(pa.string())),
            "split": pa.array(["train"] * len(ids), pa.string()),
        }
    )
    return table_stage("prompts", folder / "prompts", table)


def label_stage(folder: Path, risks: dict[str, list[str] | None]) -> Stage:
    """A `label` stage: risks by prompt id, in the order given."""
    table = pa.table(
        {
            "prompt_id": pa.array(list(risks), pa.string()),
            "risks": pa.array(list(risks.values()), pa.list_(pa.string())),
        }
    )
    return table_stage("label", folder / "label", table)


def topics_stage(folder: Path, names: tuple[str, ...] = TOPICS) -> Stage:
    """A `taxonomy` stage of harmless topics; each topic's marker is its own name."""
    file = folder / "topics.yaml"
    categories = [
        Category(
            name=name,
            definition=f"Talk of {name.lower()}.",
            training=name != "Chess",
            markers=(name.lower(),),
        )
        for name in names
    ]
    file.write_text(taxonomy_text(categories), "utf-8")
    empty = prompts_stage(folder / "none", {})
    parameters = TaxonomyParameters(by="file", file=file)
    return taxonomy(parameters, prompts=empty, seed=0, out=folder / "taxonomy")

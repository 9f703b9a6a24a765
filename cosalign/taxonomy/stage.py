"""Stage 2, `taxonomy` (section 4.1 and appendix of the paper): the risk categories.

They are the paper's, those of a file, or found: prompts are embedded, reduced and clustered, and the
largest clusters are named and defined by a language model. What is found is a proposal: read
`taxonomy.yaml` before anything is built on it, and keep what you edit as a file of your own.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from cosalign.asking.shards import write_table
from cosalign.stages import Counts, Parameters, Stage, StageError, run_stage
from cosalign.taxonomy.categories import MAX_CATEGORIES, Category, load_taxonomy
from cosalign.taxonomy.cluster_names import (
    RUBRIC,
    Named,
    NamingParameters,
    clusters_to_name,
    name_clusters,
    sample,
    taxonomy_text,
)
from cosalign.taxonomy.clusters import ClusterParameters, cluster, embed
from cosapien import content_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAXONOMY = "taxonomy.yaml"
"""The stage's main file, which `cosalign.taxonomy.categories.load_taxonomy` reads."""
CLUSTERS = "clusters.parquet"
"""Of a found taxonomy: `prompt_id`, `cluster` (-1: none), `category` (null: none)."""
TO_NAME = "clusters.yaml"


class TaxonomyParameters(Parameters):
    """Section `taxonomy` of a recipe.

    Attributes:
        by: `default`: the paper's seven categories, four of them for training; `file`: your own;
            `found`: from clusters of the prompts.
        file: For `file`: as `cosalign.taxonomy.categories.load_taxonomy` reads it.
        clusters: For `found`: how prompts are clustered.
        naming: For `found`: the model that names clusters. Without one they are written to a file
            for a person to name, and the run stops there.
        look_at: For `found`: how many clusters are looked at, the largest first.
        examples: For `found`: prompts of each cluster that are shown.
        most_categories: For `found`: where naming ends.
    """

    by: Literal["default", "file", "found"] = "default"
    file: Path | None = None
    clusters: ClusterParameters = ClusterParameters()
    naming: NamingParameters | None = None
    look_at: Annotated[int, Field(ge=1)] = 50
    examples: Annotated[int, Field(ge=1, le=200)] = 20
    most_categories: Annotated[int, Field(ge=1, le=MAX_CATEGORIES)] = 20

    @model_validator(mode="after")
    def _complete(self) -> TaxonomyParameters:
        if (self.by == "file") != (self.file is not None):
            raise ValueError("`file` is needed for `by: file`, and for nothing else")
        return self


class _Found(TaxonomyParameters):
    seed: int
    rubric: str


def taxonomy(parameters: TaxonomyParameters, *, prompts: Stage, seed: int, out: Path) -> Stage:
    """Settle the risk categories (section 4.1, appendix on the taxonomy).

    Args:
        parameters: Which, or how they are found.
        prompts: The prompts; only a taxonomy that is found depends on them.
        seed: Seed of reduction and samples.
        out: The stage's folder.

    Returns:
        The stage: `taxonomy.yaml`, its categories as a table, and for a found taxonomy the cluster
        and category of each prompt in `clusters.parquet`.

    Raises:
        StageError: The file is not one, a package or model is missing, there are no clusters or no
            categories, or the clusters are yet to be named by a person.
    """
    if parameters.by != "found":
        plain = TaxonomyParameters(by=parameters.by, file=parameters.file)
        inputs = {} if plain.file is None else {"file": plain.file}
        make = partial(_from_file, plain.file)
        return run_stage("taxonomy", out, version=1, parameters=plain, inputs=inputs, make=make)
    found = _Found(**dict(parameters), seed=seed, rubric=content_hash(RUBRIC))
    return run_stage(
        "taxonomy",
        out,
        version=1,
        parameters=found,
        inputs={"prompts": prompts.path},
        make=partial(_find, found, prompts, out),
    )


def _from_file(file: Path | None, work: Path) -> Counts:
    return _write(load_taxonomy(file).categories, work)


def _find(parameters: _Found, prompts: Stage, out: Path, work: Path) -> Counts:
    table = prompts.table(["prompt_id", "prompt"])
    ids, texts = table.column("prompt_id").to_pylist(), table.column("prompt").to_pylist()
    vectors = embed(texts, parameters.clusters.embedding, out.parent / ".embeddings")
    labels = _clusters(parameters, vectors, work)
    number = int(labels.max()) + 1
    if not number:
        raise StageError(
            f"taxonomy: no clusters in {len(ids)} prompts; try fewer components, a smaller "
            "min_cluster_size, or more prompts"
        )
    members = [np.flatnonzero(labels == one) for one in range(min(number, parameters.look_at))]
    samples = [
        sample({ids[at]: texts[at] for at in rows}, parameters.examples, parameters.seed)
        for rows in members
    ]
    if parameters.naming is None:
        file = out.parent / TO_NAME
        part = file.with_suffix(".part")
        part.write_text(clusters_to_name(samples, [len(rows) for rows in members]), "utf-8")
        part.rename(file)
        raise StageError(
            f"taxonomy: the {len(members)} largest of {number} clusters are in {file}; name and define "
            "those that are categories, and set `by: file` and `file` to a copy of it (or give "
            "`naming` a model)"
        )
    named = asyncio.run(name_clusters(samples, parameters.naming, parameters.most_categories))
    _write_clusters(ids, labels, named, work)
    in_category = sum(len(members[one]) for one in named.clusters)
    return {
        **_write(named.categories, work),
        "prompts": len(ids),
        "clusters": number,
        "prompts in clusters": int((labels >= 0).sum()),
        "prompts in categories": in_category,
        "looked at": len(members),
        **{f"clusters {what}": count for what, count in named.counts.items()},
    }


def _clusters(parameters: _Found, vectors: NDArray[np.float32], work: Path) -> NDArray[np.int64]:
    """The clusters, kept in the work folder: naming may be interrupted, and they take a while."""
    file = work / ".clusters.npy"
    if not file.exists():
        with file.with_suffix(".part").open("wb") as opened:
            np.save(opened, cluster(vectors, parameters.clusters, parameters.seed))
        file.with_suffix(".part").rename(file)
    return np.asarray(np.load(file), np.int64)


def _write(categories: tuple[Category, ...], work: Path) -> dict[str, int]:
    import pyarrow as pa

    rows = [category.model_dump() for category in categories]
    part = work / f".{TAXONOMY}.part"
    part.write_text(taxonomy_text(categories), "utf-8")
    part.rename(work / TAXONOMY)
    write_table(
        pa.table(
            {
                "category": pa.array([row["name"] for row in rows], pa.string()),
                "definition": pa.array([row["definition"] for row in rows], pa.string()),
                "training": pa.array([row["training"] for row in rows], pa.bool_()),
                "markers": pa.array([row["markers"] for row in rows], pa.list_(pa.string())),
            }
        ),
        work,
    )
    return {"rows": len(rows), "for training": sum(row["training"] for row in rows)}


def _write_clusters(ids: list[str], labels: NDArray[np.int64], named: Named, work: Path) -> None:
    import pyarrow as pa

    categories = [named.clusters.get(int(label)) for label in labels]
    table = pa.table(
        {
            "prompt_id": pa.array(ids, pa.string()),
            "cluster": pa.array(labels),
            "category": pa.array(categories, pa.string()),
        }
    )
    write_table(table, work, CLUSTERS)

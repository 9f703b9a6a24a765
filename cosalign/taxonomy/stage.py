"""Stage 2, `taxonomy` (section 4.1 and appendix of the paper): the risk categories.

The categories are the paper's, those of a file, or found: prompts are embedded, reduced and
clustered, and a language model names and defines the largest clusters. A found taxonomy is a
proposal: read `taxonomy.yaml` before you build on it, and keep your edited copy as a file.
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
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAXONOMY = "taxonomy.yaml"
"""The stage's main file; `cosalign.taxonomy.load_taxonomy` reads it."""
CLUSTERS = "clusters.parquet"
"""Table of a found taxonomy: `prompt_id`, `cluster` (-1: none), `category` (null: none)."""
TO_NAME = "clusters.yaml"


class TaxonomyParameters(Parameters):
    """Section `taxonomy` of a recipe.

    Attributes:
        by: `default`: the paper's seven categories, four of them for training; `file`: your own;
            `found`: from clusters of the prompts.
        file: For `file`: a file in the form that `load_taxonomy` reads.
        clusters: For `found`: how prompts are clustered.
        naming: For `found`: the model that names clusters. Without one the clusters are written to
            a file for a person to name, and the run stops.
        look_at: For `found`: number of clusters to name, the largest first.
        examples: For `found`: prompts of each cluster that are shown to the model or person.
        most_categories: For `found`: naming ends at this number of categories.
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
            raise ValueError("set `file` if, and only if, `by` is `file`")
        return self


def taxonomy(parameters: TaxonomyParameters, *, prompts: Stage, seed: int, out: Path) -> Stage:
    """Write the risk categories (section 4.1, appendix on the taxonomy).

    Args:
        parameters: Which categories, or how to find them.
        prompts: The `prompts` stage; only a found taxonomy depends on it.
        seed: Seed of the dimension reduction and of the samples.
        out: Output folder of the stage.

    Returns:
        The stage: `taxonomy.yaml`, its categories as a table, and for a found taxonomy the cluster
        and category of each prompt in `clusters.parquet`.

    Raises:
        StageError: The file is not a taxonomy, a package or model is missing, there are no clusters
            or no categories, or a person has yet to name the clusters.

    Example:
        >>> prompts_stage = read_stage(Path("run/prompts"))  # doctest: +SKIP
        >>> taxonomy(
        ...     TaxonomyParameters(), prompts=prompts_stage, seed=0, out=Path("run/taxonomy")
        ... )  # doctest: +SKIP
    """
    if parameters.by != "found":
        plain = TaxonomyParameters(by=parameters.by, file=parameters.file)
        inputs = {} if plain.file is None else {"file": plain.file}
        make = partial(_from_file, plain.file)
        return run_stage("taxonomy", out, version=1, parameters=plain, inputs=inputs, make=make)
    return run_stage(
        "taxonomy",
        out,
        version=1,
        parameters=parameters,
        seed=seed,
        pins={"rubric": content_hash(RUBRIC)},
        inputs={"prompts": prompts.path},
        make=partial(_find, parameters, prompts, seed, out),
    )


def _from_file(file: Path | None, work: Path) -> Counts:
    return _write(load_taxonomy(file).categories, work)


def _find(
    parameters: TaxonomyParameters, prompts: Stage, seed: int, out: Path, work: Path
) -> Counts:
    table = prompts.table(["prompt_id", "prompt"])
    ids, texts = table.column("prompt_id").to_pylist(), table.column("prompt").to_pylist()
    vectors = embed(texts, parameters.clusters.embedding, out.parent / ".embeddings")
    labels = _clusters(parameters.clusters, vectors, seed, work)
    count = int(labels.max()) + 1
    if not count:
        raise StageError(
            f"taxonomy: no clusters in {len(ids)} prompts; try fewer components, a smaller "
            "min_cluster_size, or more prompts"
        )
    members = [np.flatnonzero(labels == n) for n in range(min(count, parameters.look_at))]
    samples = [
        sample({ids[row]: texts[row] for row in rows}, parameters.examples, seed)
        for rows in members
    ]
    if parameters.naming is None:
        file = out.parent / TO_NAME
        with replaced_file(file) as part:
            part.write_text(clusters_to_name(samples, [len(rows) for rows in members]), "utf-8")
        raise StageError(
            f"taxonomy: the {len(members)} largest of {count} clusters are in {file}; name and define "
            "those that are categories, and set `by: file` and `file` to a copy of it (or give "
            "`naming` a model)"
        )
    named = asyncio.run(name_clusters(samples, parameters.naming, parameters.most_categories))
    _write_clusters(ids, labels, named, work)
    in_category = sum(len(members[number]) for number in named.clusters)
    return {
        **_write(named.categories, work),
        "prompts": len(ids),
        "clusters": count,
        "prompts in clusters": int((labels >= 0).sum()),
        "prompts in categories": in_category,
        "looked at": len(members),
        **{f"clusters {what}": count for what, count in named.counts.items()},
    }


def _clusters(
    parameters: ClusterParameters, vectors: NDArray[np.float32], seed: int, work: Path
) -> NDArray[np.int64]:
    """The clusters, kept in the working folder: they take a while, and naming may be interrupted."""
    file = work / ".clusters.npy"
    if not file.exists():
        with replaced_file(file) as part:
            np.save(part, cluster(vectors, parameters, seed))
    return np.asarray(np.load(file), np.int64)


def _write(categories: tuple[Category, ...], work: Path) -> dict[str, int]:
    import pyarrow as pa

    rows = [category.model_dump() for category in categories]
    with replaced_file(work / TAXONOMY) as part:
        part.write_text(taxonomy_text(categories), "utf-8")
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

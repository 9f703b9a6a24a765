"""Cached, resumable stages: each writes one folder atomically, and only when something changed."""

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

"""Cached, resumable stages: each writes one folder atomically, and only when something changed."""

from cosalign.stages.digests import StageError, digest
from cosalign.stages.stage import (
    TABLE,
    Counts,
    Parameters,
    Stage,
    StageManifest,
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

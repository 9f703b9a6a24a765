"""Solvers to compare a model with: the paper's baselines, and responders that need no model."""

from baselines.cascade import cascade, cascade_oracle
from baselines.ica import in_context_alignment, no_config
from baselines.reference import comply_all, constant, flatter, ideal, refuse_all

__all__ = [
    "cascade",
    "cascade_oracle",
    "comply_all",
    "constant",
    "flatter",
    "ideal",
    "in_context_alignment",
    "no_config",
    "refuse_all",
]

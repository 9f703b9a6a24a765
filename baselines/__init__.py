"""Solvers to compare a model with: the paper's baselines, and responders that need no model."""

from baselines.cascade import cascade, cascade_oracle
from baselines.ica import in_context_alignment, no_config
from baselines.reference import (
    always_redirect,
    comply_all,
    constant,
    flatter,
    ideal,
    refuse_all,
    retrieve_and_dump,
    section_reader,
    simulated_reader,
    word_overlap,
)

__all__ = [
    "always_redirect",
    "cascade",
    "cascade_oracle",
    "comply_all",
    "constant",
    "flatter",
    "ideal",
    "in_context_alignment",
    "no_config",
    "refuse_all",
    "retrieve_and_dump",
    "section_reader",
    "simulated_reader",
    "word_overlap",
]

"""What Inspect finds by name: `baselines/refuse_all` and so on."""

from inspect_ai.solver import solver

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
from cosapien.registry_names import register

register("baselines", solver, refuse_all, comply_all, ideal, constant, flatter)
register("baselines", solver, word_overlap, section_reader, retrieve_and_dump, always_redirect)
register("baselines", solver, simulated_reader)
register("baselines", solver, in_context_alignment, no_config, cascade, cascade_oracle)

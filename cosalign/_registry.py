"""What Inspect finds by name: `cosalign/authorised_config`."""

from inspect_ai.solver import solver

from cosalign.safeguards.serving import authorised_config
from cosapien.naming import register

register("cosalign", solver, authorised_config)

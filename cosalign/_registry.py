"""Names that Inspect can find: `cosalign/authorised_config`, and the models of the toy world."""

from inspect_ai.solver import solver

import cosalign.toy.provider  # noqa: F401 - toy/safe, toy/permissive
from cosalign.safeguards.serving import authorised_config
from cosapien.registry_names import register

register("cosalign", solver, authorised_config)

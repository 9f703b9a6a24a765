"""Names of the stages, in the order in which they run. Imports nothing heavy: the CLI needs it."""

from typing import Literal, get_args

StageName = Literal[
    "prompts",
    "taxonomy",
    "label",
    "configs",
    "candidates",
    "judge",
    "pairs",
    "sft",
    "dpo",
    "export",
]
STAGES: tuple[StageName, ...] = get_args(StageName)
"""All stages in order; each needs some of the stages before it."""

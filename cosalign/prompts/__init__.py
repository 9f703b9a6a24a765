"""Stage 1: the prompts to train on, gathered, cleaned and without duplicates."""

from cosalign.prompts.sources import SHIPPED, Source
from cosalign.prompts.stage import PromptsParameters, prompts

__all__ = ["SHIPPED", "PromptsParameters", "Source", "prompts"]

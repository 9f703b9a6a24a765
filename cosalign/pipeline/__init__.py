"""A recipe, and running its stages in order."""

from cosalign.pipeline.recipe import STAGES, Recipe, StageName, load_recipe
from cosalign.pipeline.run import Made, run, status

__all__ = ["STAGES", "Made", "Recipe", "StageName", "load_recipe", "run", "status"]

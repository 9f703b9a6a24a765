from .names import STAGES, StageName
from .recipe import Recipe, load_recipe
from .steps import Made, run, status

__all__ = ["STAGES", "Made", "Recipe", "StageName", "load_recipe", "run", "status"]

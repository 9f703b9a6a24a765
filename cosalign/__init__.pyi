from .pipeline import Recipe, load_recipe, run
from .stages import Stage, StageError, read_stage

__all__ = ["Recipe", "Stage", "StageError", "load_recipe", "read_stage", "run"]

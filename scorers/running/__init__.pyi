from .commands import add_run_verb
from .options import RunOptions
from .runner import Finished, run_task

__all__ = ["Finished", "RunOptions", "add_run_verb", "run_task"]

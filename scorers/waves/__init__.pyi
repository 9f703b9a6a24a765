from .commands import add_engine_options, engine_options
from .engines import EngineOptions, opened
from .waves import Answerer, Waves

__all__ = [
    "Answerer",
    "EngineOptions",
    "Waves",
    "add_engine_options",
    "engine_options",
    "opened",
]

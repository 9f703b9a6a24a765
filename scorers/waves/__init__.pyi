from .commands import add_engine_options, engine_options
from .engines import EngineOptions, opened
from .streams import StreamAnswerer, Streams
from .waves import Answerer, Waves

__all__ = [
    "Answerer",
    "EngineOptions",
    "StreamAnswerer",
    "Streams",
    "Waves",
    "add_engine_options",
    "engine_options",
    "opened",
]

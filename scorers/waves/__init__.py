"""Waves: requests of many samples go out together, to the engine that a run names."""

from scorers.waves.engines import EngineOptions, opened
from scorers.waves.waves import Answerer, Waves

__all__ = ["Answerer", "EngineOptions", "Waves", "opened"]

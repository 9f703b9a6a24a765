"""Asking served models many requests at a time: an engine, and models that go by it."""

from scorers.asking.ask import Answer, Request, ask
from scorers.asking.engine import Engine, Settings
from scorers.asking.failures import AskingStopped, NoAnswerError, one_line, retry_of, wait_before
from scorers.asking.served_model import ServedModel
from scorers.asking.shards import Shards
from scorers.asking.tallies import tokens_text

__all__ = [
    "Answer",
    "AskingStopped",
    "Engine",
    "NoAnswerError",
    "Request",
    "ServedModel",
    "Settings",
    "Shards",
    "ask",
    "one_line",
    "retry_of",
    "tokens_text",
    "wait_before",
]

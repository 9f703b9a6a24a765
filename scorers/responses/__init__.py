"""What the user reads of a response, and how the response ended."""

from scorers.responses.reasoning import split_reasoning
from scorers.responses.response import (
    NO_ANSWER,
    Ending,
    Response,
    natively_refused,
    read_response,
)
from scorers.responses.split import Split

__all__ = [
    "NO_ANSWER",
    "Ending",
    "Response",
    "Split",
    "natively_refused",
    "read_response",
    "split_reasoning",
]

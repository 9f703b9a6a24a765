"""What the user reads of a response, and how the response ended."""

from scorers.responses.reasoning import Split, split_reasoning

__all__ = ["Split", "split_reasoning"]

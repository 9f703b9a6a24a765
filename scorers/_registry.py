"""What Inspect finds by name: `scorers/cosa_score`."""

from scorers.cosa import cosa_score

__all__ = ["cosa_score"]

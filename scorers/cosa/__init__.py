"""The CoSA-Score: an Inspect scorer and its metrics."""

from scorers.cosa.score import ORACLE_FILTER, cosa_score

__all__ = ["ORACLE_FILTER", "cosa_score"]

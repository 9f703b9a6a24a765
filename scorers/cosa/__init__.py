"""The CoSA-Score: an Inspect scorer and its metrics."""

from scorers.cosa.score import ANSWER_ONLY, ORACLE_FILTER, RUBRIC, cosa_score

__all__ = ["ANSWER_ONLY", "ORACLE_FILTER", "RUBRIC", "cosa_score"]

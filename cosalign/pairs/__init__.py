"""Stage 7: preference pairs, by error score."""

from cosalign.pairs.error_score import ErrorParameters, ErrorScore
from cosalign.pairs.stage import PairsParameters, pairs

__all__ = ["ErrorParameters", "ErrorScore", "PairsParameters", "pairs"]

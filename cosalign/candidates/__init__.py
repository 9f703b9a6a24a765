"""Stage 5: candidate responses under each config."""

from cosalign.candidates.stage import CandidatesParameters, candidates

__all__ = ["CandidatesParameters", "candidates"]

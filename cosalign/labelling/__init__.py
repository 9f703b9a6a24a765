"""Stages 3 and 6: which risks a prompt asks for, and which risks a response contains."""

from cosalign.labelling.prompts import LabelParameters, label
from cosalign.labelling.responses import JudgeParameters, judge

__all__ = ["JudgeParameters", "LabelParameters", "judge", "label"]

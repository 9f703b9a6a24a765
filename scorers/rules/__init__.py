"""Judging without a model: checks of a record, refusals."""

from scorers.rules.best import best_score
from scorers.rules.checks import RULES_VERSION, RulesVerdict, find_evidence, judge_by_rules
from scorers.rules.fixed_responses import CONSTANT, FLATTERY
from scorers.rules.refusals import REFUSAL, is_refusal

__all__ = [
    "CONSTANT",
    "FLATTERY",
    "REFUSAL",
    "RULES_VERSION",
    "RulesVerdict",
    "best_score",
    "find_evidence",
    "is_refusal",
    "judge_by_rules",
]

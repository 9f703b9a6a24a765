from .best import best_score
from .checks import RulesVerdict, find_evidence, judge_by_rules
from .fixed_responses import CONSTANT, FLATTERY, REFUSAL
from .refusals import is_refusal
from .version import RULES_VERSION

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

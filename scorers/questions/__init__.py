"""The questions that a judge can be asked, and reading its answers."""

from scorers.questions.addressed import ADDRESSED, label_criterion
from scorers.questions.criterion import (
    COMPLIANCE,
    DATA_RULE,
    HELPFULNESS,
    REMINDER,
    Criterion,
    Labels,
    VerdictForm,
    VerdictFormChoice,
    VerdictValue,
    data_block,
    prompt_hash,
)
from scorers.questions.flags import parse_risks, unique_keys
from scorers.questions.risks import RISK_LABELS, prompt_risk_criterion, risk_criterion
from scorers.questions.rubrics import RUBRICS, Rubric
from scorers.questions.variations import Variation
from scorers.questions.verdict_text import parse_compliance, parse_rating

__all__ = [
    "ADDRESSED",
    "COMPLIANCE",
    "DATA_RULE",
    "HELPFULNESS",
    "REMINDER",
    "RISK_LABELS",
    "RUBRICS",
    "Criterion",
    "Labels",
    "Rubric",
    "Variation",
    "VerdictForm",
    "VerdictFormChoice",
    "VerdictValue",
    "data_block",
    "label_criterion",
    "parse_compliance",
    "parse_rating",
    "parse_risks",
    "prompt_hash",
    "prompt_risk_criterion",
    "risk_criterion",
    "unique_keys",
]

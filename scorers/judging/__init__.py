"""Asking models for verdicts, and reading their outputs."""

from scorers.judging.ask import (
    Safety,
    ask,
    auto_rubric,
    check_asking,
    criteria_of,
    judge,
    judge_config,
    verdict_form,
)
from scorers.judging.cost import candidate_spending, judge_spending, spending_text
from scorers.judging.graders import (
    JudgeError,
    bound_graders,
    check_judges,
    model_fault,
    resolve_graders,
    same_model,
)
from scorers.judging.identity import judge_identity, rules_identity
from scorers.judging.outputs import read_again
from scorers.judging.panel import Judgement, Verdict, combine
from scorers.judging.parameters import GENERATION_PARAMETERS
from scorers.text import judge_name

__all__ = [
    "GENERATION_PARAMETERS",
    "JudgeError",
    "Judgement",
    "Safety",
    "Verdict",
    "ask",
    "auto_rubric",
    "bound_graders",
    "candidate_spending",
    "check_asking",
    "check_judges",
    "combine",
    "criteria_of",
    "judge",
    "judge_config",
    "judge_identity",
    "judge_name",
    "judge_spending",
    "model_fault",
    "read_again",
    "resolve_graders",
    "rules_identity",
    "same_model",
    "spending_text",
    "verdict_form",
]

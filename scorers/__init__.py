"""How responses are judged: judges, verdict parsing, CoSA-Score, metrics and statistics."""

from scorers.cosa.score import cosa_score
from scorers.guards.formats import GUARD_FORMATS, GuardFormat, register_guard_format
from scorers.guards.score import guard_score
from scorers.judging.graders import JudgeError, bound_graders, check_judges, resolve_graders
from scorers.judging.identity import judge_identity
from scorers.judging.panel import Judgement, Verdict, combine
from scorers.questions.verdict_text import parse_compliance, parse_rating, parse_risks
from scorers.rules.checks import judge_by_rules
from scorers.rules.refusal import REFUSAL, is_refusal
from scorers.runs.samples import ScoredSample, score_values, scored_values
from scorers.runs.summary import Summary, summarize
from scorers.runs.what_if import ALL_CONFIGS, scores_under_configs
from scorers.statistics.estimate import (
    Estimate,
    minimum_detectable_difference,
    p_value,
    stratified_mean,
    stratified_rate,
)

__all__ = [
    "ALL_CONFIGS",
    "GUARD_FORMATS",
    "REFUSAL",
    "Estimate",
    "GuardFormat",
    "JudgeError",
    "Judgement",
    "ScoredSample",
    "Summary",
    "Verdict",
    "bound_graders",
    "check_judges",
    "combine",
    "cosa_score",
    "guard_score",
    "is_refusal",
    "judge_by_rules",
    "judge_identity",
    "minimum_detectable_difference",
    "p_value",
    "parse_compliance",
    "parse_rating",
    "parse_risks",
    "register_guard_format",
    "resolve_graders",
    "score_values",
    "scored_values",
    "scores_under_configs",
    "stratified_mean",
    "stratified_rate",
    "summarize",
]

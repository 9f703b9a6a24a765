"""Finished runs: their scores, summaries, comparisons and reports."""

from scorers.runs.compare import Comparison, compare, compare_samples
from scorers.runs.endings import Endings, endings_text
from scorers.runs.find_logs import find_logs
from scorers.runs.log_samples import SampleKey, sample_keys, samples_of
from scorers.runs.logs import LogError, Run, finished_header, read_run, records_of, run_of
from scorers.runs.report import overview
from scorers.runs.samples import (
    ScoredSample,
    mean_of_epochs,
    score_values,
    scored_values,
    verdict_fields,
)
from scorers.runs.summary import CELLS, Summary, compliance, compliance_by, scores_by, summarize
from scorers.runs.what_if import ALL_CONFIGS, scores_under_configs

__all__ = [
    "ALL_CONFIGS",
    "CELLS",
    "Comparison",
    "Endings",
    "LogError",
    "Run",
    "SampleKey",
    "ScoredSample",
    "Summary",
    "compare",
    "compare_samples",
    "compliance",
    "compliance_by",
    "endings_text",
    "find_logs",
    "finished_header",
    "mean_of_epochs",
    "overview",
    "read_run",
    "records_of",
    "run_of",
    "sample_keys",
    "samples_of",
    "score_values",
    "scored_values",
    "scores_by",
    "scores_under_configs",
    "summarize",
    "verdict_fields",
]

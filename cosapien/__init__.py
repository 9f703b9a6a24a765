"""What is measured: safety configs, prompts, risk categories, and the data that holds them."""

from cosapien.errors import DataError, UserError
from cosapien.loading import load_benchmark
from cosapien.records import (
    PROMPT_TYPES,
    Benchmark,
    Checks,
    PromptType,
    Record,
    References,
    SafetyConfig,
    content_hash,
)
from cosapien.rendering import TEMPLATES, Template, render_config
from cosapien.samples import benchmark_dataset, record_to_sample, safety_config, sample_record
from cosapien.taxonomy import ALLOWABLE_RISKS, RISK_NAMES, RISKS, RiskCategory

__all__ = [
    "ALLOWABLE_RISKS",
    "PROMPT_TYPES",
    "RISKS",
    "RISK_NAMES",
    "TEMPLATES",
    "Benchmark",
    "Checks",
    "DataError",
    "PromptType",
    "Record",
    "References",
    "RiskCategory",
    "SafetyConfig",
    "Template",
    "UserError",
    "benchmark_dataset",
    "content_hash",
    "load_benchmark",
    "record_to_sample",
    "render_config",
    "safety_config",
    "sample_record",
]

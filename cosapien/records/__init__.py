"""The record types, and the forms their values take in files."""

from cosapien.records.forms import FormError, brief, parse_risks, parse_text, quote
from cosapien.records.record import (
    PROMPT_TYPES,
    Benchmark,
    Checks,
    PromptType,
    Record,
    References,
    SafetyConfig,
    content_hash,
)
from cosapien.records.risk_sets import parse_spec, render_spec
from cosapien.records.rows import check_columns, fault

__all__ = [
    "PROMPT_TYPES",
    "Benchmark",
    "Checks",
    "FormError",
    "PromptType",
    "Record",
    "References",
    "SafetyConfig",
    "brief",
    "check_columns",
    "content_hash",
    "fault",
    "parse_risks",
    "parse_spec",
    "parse_text",
    "quote",
    "render_spec",
]

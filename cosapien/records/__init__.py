"""The record types, and the forms their values take in files."""

from cosapien.records.checks import (
    CURRENCIES,
    FACT_KINDS,
    NEAR,
    NUMERIC_KINDS,
    Checks,
    Evidence,
    Fact,
    FactKind,
    parse_checks,
    parse_fact,
)
from cosapien.records.forms import FormError, brief, parse_risks, parse_text, quote
from cosapien.records.record import (
    PROMPT_TYPES,
    WITHHELD,
    Benchmark,
    PromptType,
    Record,
    SafetyConfig,
    content_hash,
)
from cosapien.records.references import References
from cosapien.records.risk_sets import parse_spec, render_spec
from cosapien.records.rows import check_columns, fault

__all__ = [
    "CURRENCIES",
    "FACT_KINDS",
    "NEAR",
    "NUMERIC_KINDS",
    "PROMPT_TYPES",
    "WITHHELD",
    "Benchmark",
    "Checks",
    "Evidence",
    "Fact",
    "FactKind",
    "FormError",
    "PromptType",
    "Record",
    "References",
    "SafetyConfig",
    "brief",
    "check_columns",
    "content_hash",
    "fault",
    "parse_checks",
    "parse_fact",
    "parse_risks",
    "parse_spec",
    "parse_text",
    "quote",
    "render_spec",
]

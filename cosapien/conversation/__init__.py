"""The conversation a sample starts with: config, placement, override."""

from cosapien.conversation.chat_templates import (
    check_loaded_model,
    local_tokenizer,
    model_template_fault,
    system_turn_fault,
    tokenizer_fault,
)
from cosapien.conversation.contexts import check_contexts, context_fault, context_length
from cosapien.conversation.overrides import OVERRIDES
from cosapien.conversation.rendering import TEMPLATES, Template, render_config
from cosapien.conversation.samples import benchmark_dataset, record_to_sample, sample_record
from cosapien.conversation.setup import (
    PLACEMENTS,
    PLAIN,
    Opening,
    Placement,
    insert_turns,
    opening,
    remove_config,
    safety_config,
)

__all__ = [
    "OVERRIDES",
    "PLACEMENTS",
    "PLAIN",
    "TEMPLATES",
    "Opening",
    "Placement",
    "Template",
    "benchmark_dataset",
    "check_contexts",
    "check_loaded_model",
    "context_fault",
    "context_length",
    "insert_turns",
    "local_tokenizer",
    "model_template_fault",
    "opening",
    "record_to_sample",
    "remove_config",
    "render_config",
    "safety_config",
    "sample_record",
    "system_turn_fault",
    "tokenizer_fault",
]

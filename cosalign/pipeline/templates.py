"""The chat templates of a recipe's local models, checked before anything is asked or trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cosalign.candidates.responders import check_reads_configs
from cosalign.pipeline.names import STAGES, StageName
from cosalign.pipeline.recipe import Recipe
from cosalign.stages import StageError
from cosalign.training.models import check_chat_template
from cosalign.training.parameters import TrainingParameters
from cosapien.conversation import local_tokenizer


def check_templates(recipe: Recipe, until: StageName) -> None:
    """Check each model that will read configs and whose tokenizer is on this machine.

    A model that is not here yet is checked by its stage, before its first example is tokenised.

    Args:
        recipe: The recipe.
        until: The last stage to run.

    Raises:
        StageError: A model would not read its configs.
    """
    last = STAGES.index(until)
    asked = recipe.candidates if recipe.released is None else None
    if asked is not None and asked.permissive.samples and last >= STAGES.index("candidates"):
        check_reads_configs(asked.permissive)
    trained = {"sft": recipe.sft, "dpo": recipe.dpo}
    first = next((section.model for section in trained.values() if section is not None), None)
    for name, section in trained.items():
        if section is not None and last >= STAGES.index(name):
            _check(name, section, first)


def _check(stage: str, section: TrainingParameters, model: str | None) -> None:
    tokenizer: Any = None if model is None else local_tokenizer(model, section.revision)
    if tokenizer is None:
        return  # the stage says what is wrong
    if section.chat_template is not None:
        try:
            tokenizer.chat_template = Path(section.chat_template).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return
    try:
        check_chat_template(tokenizer, str(model))
    except StageError as error:
        raise StageError(f"{stage}: {error}") from None

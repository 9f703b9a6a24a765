"""A recipe: one YAML file with a section per stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from cosalign.candidates.stage import CandidatesParameters
from cosalign.configs.stage import ConfigsParameters
from cosalign.hub.export import ExportParameters
from cosalign.hub.released_pairs import ReleasedParameters
from cosalign.labelling.prompts import LabelParameters
from cosalign.labelling.responses import JudgeParameters
from cosalign.pairs.stage import PairsParameters
from cosalign.pipeline.names import STAGES, StageName
from cosalign.policies.records import PoliciesParameters
from cosalign.prompts.stage import PromptsParameters
from cosalign.stages import Parameters, StageError
from cosalign.taxonomy.stage import TaxonomyParameters
from cosalign.training.dpo import DpoParameters
from cosalign.training.sft import SftParameters


class Recipe(Parameters):
    """A recipe: the stages to run, and their parameters.

    Attributes:
        out: Output folder; each stage gets a folder in it. Relative paths in a recipe start at the
            working directory.
        seed: Seed of every stage.
        data_seed: Seed of the stages before the trainings; None: `seed`. Several seeds of a training
            share their data by it.
        released: Published pairs to use instead of running the stages from `prompts` to `pairs`.
        policies: Policies with prompts whose responses rules can judge, instead of the sections from
            `prompts` to `judge`. Candidates and pairs are made of them.
        prompts: Section of the stage `prompts`. Each further field is the section of the stage of
            its name. `label`, `candidates` and `judge` name models and have no default.
        sft: None: no supervised fine-tuning; DPO starts from its own `model`.
        dpo: None: no preference optimisation.

    Example:
        >>> from pathlib import Path
        >>> from cosalign import load_recipe
        >>> recipe = load_recipe(Path("recipes/llama31-8b.yaml"))
        >>> recipe.pairs.alpha
        Decimal('0.1')
    """

    out: Path
    seed: int = 0
    data_seed: int | None = None
    released: ReleasedParameters | None = None
    policies: PoliciesParameters | None = None
    prompts: PromptsParameters = Field(default_factory=PromptsParameters)
    taxonomy: TaxonomyParameters = Field(default_factory=TaxonomyParameters)
    label: LabelParameters | None = None
    configs: ConfigsParameters = Field(default_factory=ConfigsParameters)
    candidates: CandidatesParameters | None = None
    judge: JudgeParameters | None = None
    pairs: PairsParameters = Field(default_factory=PairsParameters)
    sft: SftParameters | None = None
    dpo: DpoParameters | None = None
    export: ExportParameters = Field(default_factory=ExportParameters)

    def seed_of(self, stage: StageName) -> int:
        """The seed of a stage.

        Args:
            stage: Its name.
        """
        trains = STAGES.index(stage) >= STAGES.index("sft")
        return self.seed if trains or self.data_seed is None else self.data_seed

    @model_validator(mode="after")
    def _whole(self) -> Recipe:
        replaced = self.model_fields_set & {*STAGES[: STAGES.index("sft")]}
        if self.released is not None and replaced:
            raise ValueError(f"released pairs need no section {min(replaced)}")
        if self.policies is not None:
            self._check_policies()
        for name in ("label", "candidates", "judge"):
            if not (self.released or self.policies or getattr(self, name)):
                raise ValueError(f"expected a section {name}, released pairs, or policies")
        if self.sft is None and self.dpo is None and "export" in self.model_fields_set:
            raise ValueError(
                "nothing is trained (no section sft or dpo), so there is nothing to export"
            )
        return self

    def _check_policies(self) -> None:
        """Refuse sections and fields that do not apply to policies."""
        replaced = self.model_fields_set & {"released", *STAGES[: STAGES.index("pairs")]}
        if replaced:
            raise ValueError(f"policies need no section {min(replaced)}")
        if unused := self.pairs.model_fields_set & {"alpha", "modes", "draws", "weighting"}:
            raise ValueError(f"pairs.{min(unused)} does not apply to policies")
        if self.export.pairs and "export" in self.model_fields_set:
            raise ValueError(
                "export.pairs: pairs of policies have no risk categories, so they do not fit the "
                "published columns; set it to false"
            )


def load_recipe(path: Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe from its file.

    Args:
        path: The YAML file.
        changes: Values that replace the file's, such as `pairs.alpha=0.2`.

    Raises:
        StageError: The file cannot be read, or the recipe is invalid; the message names section and
            field.

    Example:
        >>> from pathlib import Path
        >>> from cosalign import load_recipe
        >>> recipe = load_recipe(Path("recipes/llama31-8b.yaml"), ["pairs.alpha=0.2"])
        >>> recipe.pairs.alpha
        Decimal('0.2')
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(content, dict):
            raise StageError(
                f"{path}: expected a section per stage, found a {type(content).__name__}"
            )
        for change in changes:
            _change(content, change)
        return Recipe.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        listed = [f"{'.'.join(map(str, f['loc'])) or 'recipe'}: {f['msg']}" for f in faults[:5]]
        raise StageError(f"{path}: {'; '.join(listed)}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StageError(f"{path}: not a readable recipe ({error})") from error


def _change(content: dict[str, Any], change: str) -> None:
    names, sign, value = change.partition("=")
    *sections, field = names.split(".")
    if not sign or not all((*sections, field)):
        raise StageError(f"--set {change}: expected SECTION.FIELD=VALUE")
    place = content
    for section in sections:
        place = place.setdefault(section, {})
        if not isinstance(place, dict):
            raise StageError(
                f"--set {change}: {section} is no section; expected SECTION.FIELD=VALUE"
            )
    place[field] = yaml.safe_load(value)

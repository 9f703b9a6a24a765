"""Parameters of the scores of a model while it is trained."""

from __future__ import annotations

import operator
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from cosalign.stages import Parameters
from cosapien import Template
from cosapien.datasets import KNOWN_EXTENSIONS
from cosapien.generate import TRAINING_SEEDS, Spec, for_training, parse_spec

CONTRAST = "contrast"
Positive = Annotated[int, Field(ge=1)]
_REVISION = re.compile(r"v\d+\.level")


class ScoreParameters(Parameters):
    """Part `score:` of a recipe's section `sft:` or `dpo:`: a small benchmark, every few steps.

    A benchmark that a model is tested on must not steer its training: a test score would then be that
    of the luckiest checkpoint. So generated records must be of a training seed, and the bundled test
    set `contrast` can be reported, but cannot choose a checkpoint or end a training. A file is taken
    at its word.

    Attributes:
        benchmark: Records with checks: a generated revision (`v1.level1.seed1900000.prompts16`), a
            file of records, or `contrast`.
        languages: Languages of the records to score (`en`); all by default.
        every: Steps between two scores; the model is also scored at the start and at the end.
        limit: Most records; as many of each config, the first ones. `null`: all.
        max_tokens: Longest response.
        batch: Responses that are generated at a time.
        template: How the config becomes the system message, as in `tasks/cosapien.py`.
        keep_best: Whether the stage's model is the one with the best CoSA-Score (of equal ones the
            earliest) instead of the last. The model at the start does not count.
        stop_after: The training ends after so many scores without a better one; `null`: never.
    """

    benchmark: str
    languages: Annotated[tuple[str, ...], Field(exclude_if=operator.not_)] = ()
    every: Positive = 200
    limit: Positive | None = 96
    max_tokens: Positive = 96
    batch: Positive = 16
    template: Template = "guideline"
    keep_best: bool = False
    stop_after: Positive | None = None

    @property
    def spec(self) -> Spec | None:
        """What fixes the benchmark, if it is generated.

        Raises:
            DataError: It is not one for training.
        """
        if self.benchmark == CONTRAST or self.file is not None:
            return None
        return for_training(parse_spec(self.benchmark))

    @property
    def file(self) -> Path | None:
        """The benchmark's file, if it is one."""
        is_file = self.benchmark.lower().endswith(KNOWN_EXTENSIONS)
        return Path(self.benchmark).expanduser() if is_file else None

    @property
    def inputs(self) -> dict[str, Path]:
        """Files that a training with these scores reads, by name."""
        return {} if self.file is None else {"score": self.file}

    @model_validator(mode="after")
    def _may_be_used(self) -> ScoreParameters:
        if self.benchmark == CONTRAST and (self.keep_best or self.stop_after is not None):
            raise ValueError(
                f"score: benchmark {CONTRAST} is a test set, so it must not choose a checkpoint or end "
                f"a training; name a generated revision with a training seed "
                f"(v1.level1.seed{TRAINING_SEEDS[0]}) or a file, or leave out keep_best and stop_after"
            )
        if not (self.file or self.benchmark == CONTRAST or _REVISION.match(self.benchmark)):
            raise ValueError(
                f"score: benchmark {self.benchmark!r} is unknown; expected {CONTRAST}, a file "
                f"({', '.join(KNOWN_EXTENSIONS)}) or a generated revision "
                f"(v1.level1.seed{TRAINING_SEEDS[0]})"
            )
        _ = self.spec
        return self

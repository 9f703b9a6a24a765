"""The generation parameters that scores, submissions and repeated runs record, in one table."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class GenerationParameter:
    """One field of Inspect's `GenerateConfig`.

    Attributes:
        name: Its name there.
        kind: What its value is.
        identifies_judge: Whether it is part of a judge's identity. Judge ids are hashes over these
            fields, so that changing one makes scores of before and after incomparable.
        repeatable: Whether it is passed on when a submitted run is repeated.
    """

    name: str
    kind: Literal["number", "word", "list"]
    identifies_judge: bool = True
    repeatable: bool = True


GENERATION_PARAMETERS = (
    GenerationParameter("temperature", "number"),
    GenerationParameter("top_p", "number"),
    GenerationParameter("top_k", "number"),
    GenerationParameter("max_tokens", "number"),
    GenerationParameter("seed", "number"),
    GenerationParameter("reasoning_effort", "word"),
    GenerationParameter("reasoning_tokens", "number"),
    GenerationParameter("effort", "word"),
    GenerationParameter("frequency_penalty", "number", identifies_judge=False),
    GenerationParameter("presence_penalty", "number", identifies_judge=False),
    # a stop sequence may contain characters that a command-line option cannot express
    GenerationParameter("stop_seqs", "list", identifies_judge=False, repeatable=False),
)

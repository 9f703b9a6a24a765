"""Which judge gave a score: the identity that every score carries."""

import json
from collections.abc import Sequence
from typing import Any

from inspect_ai.model import Model

from cosapien import content_hash
from scorers.judging.ask import Safety, criteria_of, judge_config, verdict_form
from scorers.judging.parameters import GENERATION_PARAMETERS
from scorers.questions.criterion import VerdictFormChoice, prompt_hash
from scorers.questions.rubrics import Rubric
from scorers.rules.version import RULES_VERSION


def judge_identity(
    judges: Sequence[Model],
    *,
    form: VerdictFormChoice,
    attempts: int,
    safety: Safety = "compliance",
    rubric: Rubric = "paper",
) -> dict[str, Any]:
    """The judges, their prompt and how they are asked: scores with equal identities are comparable.

    Every Score carries it, because the header of a re-scored log does not name the new judge.

    Returns:
        `id` (12 hex digits over everything but `kind` and `rubric`, whose words `prompt_hash` stands
        for), `rubric`, `prompt_hash`, `attempts`, `safety` and `models`:
        per judge its name, verdict form and generation parameters as requested (a provider may
        ignore some, such as the temperature of a reasoning model; `max_tokens` is that of the
        longest answer). No keys, addresses or headers.
    """
    criteria = criteria_of(safety, rubric)
    longest = max(criteria, key=lambda criterion: criterion.max_tokens)
    identity: dict[str, Any] = {
        "prompt_hash": prompt_hash(criteria),
        "attempts": attempts,
        "safety": safety,
        "models": [
            {
                "name": str(model),
                "form": verdict_form(model, form),
                "parameters": judge_config(model, longest).model_dump(
                    exclude_none=True,
                    include={p.name for p in GENERATION_PARAMETERS if p.identifies_judge},
                ),
            }
            for model in judges
        ],
    }
    text = json.dumps(identity, sort_keys=True)
    return {"id": content_hash(text), "kind": "llm", "rubric": rubric, **identity}


def rules_identity(version: int | None = None) -> dict[str, Any]:
    """The identity of the rules judge: it changes with `RULES_VERSION` and with nothing else.

    Args:
        version: The version of the rules, an earlier one to recognise its scores; None: that of now.

    Returns:
        `kind` (`rules`), `version` and `id` (12 hex digits over both).
    """
    identity = {"kind": "rules", "version": RULES_VERSION if version is None else version}
    return {"id": content_hash(json.dumps(identity, sort_keys=True)), **identity}

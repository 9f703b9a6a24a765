"""Stage 5, `candidates`: responses of a safety-aligned and a permissive model (section 4.3).

For each prompt, the paper asks a safety-aligned model once without a config, and a permissive one
eight times, under the prompt's four `superset` and four `not_superset` configs. The project has no
recipe for a permissive model: the user names one that they already have.

The two models are asked one after the other. If one GPU has to serve both, set `one_at_a_time: true`:
each model is then opened, checked and closed in its turn (Inspect itself starts and stops a `vllm/`
model without an address). If a server is not up yet, the stage stops with a one-line error and
continues when it is run again.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from cosalign.asking.shards import write_table
from cosalign.candidates.answers import ENDINGS, FAILED, count_answers, without_reasoning
from cosalign.candidates.responders import (
    ROLES,
    Request,
    Role,
    RoleParameters,
    answers_file,
    ask_roles,
)
from cosalign.stages import Counts, Parameters, Stage, StageError, run_stage
from cosapien import content_hash

if TYPE_CHECKING:
    import pyarrow as pa

MODES = ("superset", "not_superset")
"""The config modes the permissive model is asked under."""
MANY_CUT = 0.05
"""Share of answers without text at their limit on tokens above which the user is told what to change."""


class CandidatesParameters(Parameters):
    """Section `candidates:` of a recipe.

    Attributes:
        safe: The safety-aligned model, asked without a config.
        permissive: The permissive model, asked under configs.
        shard_size: Requests per shard, a file that is written whole.
        one_at_a_time: Whether the two models cannot run at the same time, so that each is opened and
            checked in its turn.
    """

    safe: RoleParameters
    permissive: RoleParameters
    shard_size: Annotated[int, Field(ge=1)] = 256
    one_at_a_time: Annotated[bool, Field(exclude=True)] = False

    @model_validator(mode="after")
    def _some_model(self) -> CandidatesParameters:
        if not self.safe.samples and not self.permissive.samples:
            raise ValueError(
                "no candidate model is used: set `samples` of `safe` or `permissive` to at least 1"
            )
        return self


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One row of the table before it has a response.

    Attributes:
        prompt: Row of its prompt in the prompts' table.
        config: Row of its config in the configs' table; None for no config.
        sample: Number of the response to the same prompt and config, from 0.
        request: The request that is sent for it.
    """

    prompt: int
    config: int | None
    sample: int
    request: Request


def candidates(
    parameters: CandidatesParameters, *, configs: Stage, prompts: Stage, seed: int, out: Path
) -> Stage:
    """Ask both models (section 4.3).

    Prompts without a config (no label, or one outside the training categories) are left out.
    Identical requests (configs of the same wording and categories, or repeats of a greedy model) are
    sent once and share the answer. Reasoning that a model wrote into its answer is split off and kept
    in a column of its own. Where nothing is left for a user to read (the request failed or was
    blocked, the answer is empty, was cut off in its reasoning, or is a tool call), the candidate has
    no response, and its `ending` says why.

    Args:
        parameters: The models, and how they are asked.
        configs: The `configs` stage.
        prompts: The `prompts` stage.
        seed: Seed of sampled requests.
        out: Output folder of the stage.

    Returns:
        The stage: one row for each prompt, role, config and sample, prompts in their order.

    Raises:
        StageError: A model cannot be used or stops answering, no prompt has a config, or no request
            was answered.

    Example:
        >>> run = Path("runs/llama31-8b")
        >>> wanted = CandidatesParameters(
        ...     safe=RoleParameters(model="openai/gpt-4o"),
        ...     permissive=RoleParameters(model="vllm/YOUR/PERMISSIVE-MODEL"),
        ... )
        >>> candidates(
        ...     wanted,
        ...     configs=read_stage(run / "configs"),
        ...     prompts=read_stage(run / "prompts"),
        ...     seed=0,
        ...     out=run / "candidates",
        ... )  # doctest: +SKIP
    """
    return run_stage(
        "candidates",
        out,
        version=3,
        parameters=parameters,
        seed=seed,
        inputs={"configs": configs.path, "prompts": prompts.path},
        make=partial(_make, parameters, configs, prompts, seed),
        keep_earlier=without_reasoning,
    )


def _make(
    parameters: CandidatesParameters, configs: Stage, prompts: Stage, seed: int, work: Path
) -> Counts:
    import pyarrow as pa
    import pyarrow.parquet as pq

    models: dict[Role, RoleParameters] = {
        "safe": parameters.safe,
        "permissive": parameters.permissive,
    }
    texts = prompts.table(["prompt_id", "prompt"])
    systems = configs.table(["config_id", "prompt_id", "mode", "system_prompt"])
    asked = _asked(texts, systems)
    if not asked:
        raise StageError(
            f"candidates: none of {texts.num_rows} prompts has a {' or '.join(MODES)} config "
            f"({systems.num_rows} configs in all); see the stages label and configs"
        )
    plans = {role: list(_plan(role, models[role], asked, texts, systems)) for role in ROLES}
    requests = {role: _distinct(plans[role]) for role in ROLES}
    asyncio.run(
        ask_roles(
            models,
            requests,
            systems["system_prompt"],
            seed=seed,
            work=work,
            size=parameters.shard_size,
            one_at_a_time=parameters.one_at_a_time,
        )
    )
    answers = {role: pq.read_table(answers_file(work, role)) for role in ROLES if requests[role]}
    counts = count_answers(list(answers.values()))
    if not counts["responses"]:
        _clear(work)  # nothing to keep: the next run asks again
        raise StageError(_no_response(list(answers.values())))
    _warn_of_cuts(counts)
    tables = [
        _rows(role, models[role].model, plans[role], answers[role], texts, systems)
        for role in answers
    ]
    places = [candidate.prompt for role in answers for candidate in plans[role]]
    order = sorted(range(len(places)), key=places.__getitem__)  # by prompt, the safe model's first
    table = pa.concat_tables(tables).take(pa.array(order))
    write_table(table, work)
    _clear(work)
    return {
        "rows": table.num_rows,
        "prompts": len(asked),
        "prompts without a config": texts.num_rows - len(asked),
        **counts,
        "candidates that share a request": table.num_rows - counts["requests"],
        "distinct responses": len(table["response_id"].drop_null().unique()),
    }


def _warn_of_cuts(counts: Counts) -> None:
    cut = sum(int(counts[ENDINGS[ending]]) for ending in ("cut_in_reasoning", "cut_empty"))
    if cut > MANY_CUT * counts["requests"]:
        print(
            f"candidates: {cut} of {counts['requests']} answers were cut off before their answer began; "
            "raise max_tokens in the model's `generation`",
            file=sys.stderr,
        )


def _no_response(answers: Sequence[pa.Table]) -> str:
    reasons = Counter[str]()
    for table in answers:
        columns = (table[name].to_pylist() for name in ("ending", "stop_reason"))
        reasons.update(
            stop if ending == FAILED else ENDINGS[ending]
            for ending, stop in zip(*columns, strict=True)
        )
    text = f"candidates: no response to any of {reasons.total()} requests: " + "; ".join(
        f"{reason} ({count})" for reason, count in reasons.most_common(3)
    )
    if any(reasons[ENDINGS[ending]] for ending in ("cut_in_reasoning", "cut_empty")):
        text += ". Raise max_tokens in the model's `generation`"
    return text


def _asked(texts: pa.Table, systems: pa.Table) -> dict[int, list[int]]:
    """The rows of the prompts that have configs, in their order, and the rows of those configs."""
    places = {name: place for place, name in enumerate(texts["prompt_id"].to_pylist())}
    rows: dict[int, list[int]] = {}
    columns = zip(systems["prompt_id"].to_pylist(), systems["mode"].to_pylist(), strict=True)
    for place, (prompt_id, mode) in enumerate(columns):
        if mode in MODES and prompt_id in places:
            rows.setdefault(places[prompt_id], []).append(place)
    return dict(sorted(rows.items()))


def _plan(
    role: Role,
    model: RoleParameters,
    asked: dict[int, list[int]],
    texts: pa.Table,
    systems: pa.Table,
) -> Iterator[_Candidate]:
    """The candidates of a role, in the order of the prompts."""
    for prompt, configs in asked.items():
        text = texts["prompt"][prompt].as_py()
        for config in configs if role == "permissive" else [None]:
            system = "" if config is None else systems["system_prompt"][config].as_py()
            for sample in range(model.samples):
                sent = 0 if model.greedy else sample
                key = content_hash("\x1f".join([role, system, text, str(sent)]))
                yield _Candidate(prompt, config, sample, Request(key, text, config, sent))


def _distinct(plan: Sequence[_Candidate]) -> list[Request]:
    """The requests of a plan, each once, in their order."""
    requests: dict[str, Request] = {}
    for candidate in plan:
        requests.setdefault(candidate.request.id, candidate.request)
    return list(requests.values())


def _rows(
    role: Role,
    model: str,
    plan: Sequence[_Candidate],
    answers: pa.Table,
    texts: pa.Table,
    systems: pa.Table,
) -> pa.Table:
    """The rows of a role: its candidates, each with the answer to its request."""
    import pyarrow as pa

    prompts = [texts["prompt_id"][c.prompt].as_py() for c in plan]
    configs = [None if c.config is None else systems["config_id"][c.config].as_py() for c in plan]
    names = [
        content_hash("\x1f".join([prompt, role, config or "", str(c.sample)]))
        for prompt, config, c in zip(prompts, configs, plan, strict=True)
    ]
    places = {key: place for place, key in enumerate(answers["request_id"].to_pylist())}
    shared = answers.take(pa.array([places[c.request.id] for c in plan]))
    columns = {
        "candidate_id": pa.array(names),
        "prompt_id": pa.array(prompts),
        "role": pa.array([role] * len(plan)),
        "config_id": pa.array(configs, pa.string()),
        "sample": pa.array([c.sample for c in plan], pa.int64()),
        "model": pa.array([model] * len(plan)),
    }
    return pa.table({**columns, **{name: shared[name] for name in shared.column_names}})


def _clear(work: Path) -> None:
    for role in ROLES:
        shutil.rmtree(answers_file(work, role).parent, ignore_errors=True)

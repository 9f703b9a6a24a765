"""Stage 6, `judge`: risk categories of responses, and whether they address the prompt (section 4.4).

A judge of `scorers` labels each distinct response once. The labels do not depend on the config, so
one judgement serves every config. The paper asks for the two labels in two calls; here one call asks
for both, unless the recipe says `calls: two`. Two kinds of responses are labelled without a call, as
having no risks and not addressing the prompt: empty ones and, unlike in the paper, refusals that rules
recognise.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from cosalign.asking.asked import Asked, opened
from cosalign.asking.open_shard import Made
from cosalign.asking.parameters import ModelParameters
from cosalign.asking.shards import join_shards, make_shards
from cosalign.labelling.response_judges import (
    EMPTY,
    REFUSAL,
    RULES,
    WHAT,
    ModelJudge,
    Response,
    RuleJudge,
    labels_schema,
)
from cosalign.stages import TABLE, Counts, Parameters, Stage, StageError, run_stage
from cosalign.taxonomy.categories import Taxonomy, load_taxonomy
from cosalign.taxonomy.stage import TAXONOMY
from scorers.questions import VerdictFormChoice

if TYPE_CHECKING:
    import pyarrow as pa


class JudgeParameters(Parameters):
    """Section `judge:` of a recipe.

    Attributes:
        judge: `llm`, or `rules` for a taxonomy with markers (`cosalign.labelling.markers`).
        model: The LLM judge; at temperature 0 and with room for a rationale unless its `generation`
            says otherwise.
        calls: `one` asks for both labels at once; `two` is the paper's form.
        attempts: How often the judge is asked before its verdict counts as missing.
        verdict_form: `text`, `schema` or `tool`; `auto`: what the judge's provider supports.
        skip_refusals: Whether a full refusal that rules recognise is labelled "not addressed, no
            risk" without a call. It saves calls at the price of some wrong labels; off unless
            asked for (`docs/judging.md`).
        shard_size: Responses per shard, a file that is written whole.
    """

    judge: Literal["llm", "rules"] = "llm"
    model: ModelParameters | None = None
    calls: Literal["one", "two"] = "one"
    attempts: Annotated[int, Field(ge=1)] = 3
    verdict_form: VerdictFormChoice = "auto"
    skip_refusals: bool = False
    shard_size: Annotated[int, Field(ge=1)] = 256

    @model_validator(mode="after")
    def _one_judge(self) -> JudgeParameters:
        if (self.judge == "llm") != (self.model is not None):
            raise ValueError("judge: llm needs a model, and judge: rules takes none")
        return self


def judge(
    parameters: JudgeParameters, *, candidates: Stage, prompts: Stage, taxonomy: Stage, out: Path
) -> Stage:
    """Label each distinct response (section 4.4).

    Args:
        parameters: Who judges, and how.
        candidates: The `candidates` stage.
        prompts: The `prompts` stage.
        taxonomy: The `taxonomy` stage.
        out: Output folder of the stage.

    Returns:
        The stage: one row for each `response_id`. Without a verdict, `risks` and `addressed` are
        null, and `status` says why.

    Raises:
        StageError: The judge cannot be used or stops answering, there is no response, or there is
            no verdict at all.

    Example:
        >>> run = Path("runs/llama31-8b")
        >>> judge(
        ...     JudgeParameters(model=ModelParameters(model="openai/gpt-4o")),
        ...     candidates=read_stage(run / "candidates"),
        ...     prompts=read_stage(run / "prompts"),
        ...     taxonomy=read_stage(run / "taxonomy"),
        ...     out=run / "judge",
        ... )  # doctest: +SKIP
    """
    return run_stage(
        "judge",
        out,
        version=1,
        parameters=parameters,
        inputs={
            "candidates": candidates.path,
            "prompts": prompts.path,
            "taxonomy": taxonomy.folder / TAXONOMY,
        },
        make=partial(_make, parameters, candidates, prompts, taxonomy),
    )


def _make(
    parameters: JudgeParameters, candidates: Stage, prompts: Stage, taxonomy: Stage, work: Path
) -> Counts:
    import pyarrow.compute as pc

    categories = load_taxonomy(taxonomy.folder / TAXONOMY)
    table = candidates.table(["response_id", "prompt_id", "response"])
    table = table.filter(pc.is_valid(table["response_id"]))
    if not table.num_rows:
        raise StageError("judge: no candidate has a response; see the stage candidates")
    asyncio.run(_label(parameters, categories, _distinct(table), _texts(table, prompts), work))
    labels = join_shards(work)
    missing = pc.sum(pc.or_(pc.is_null(labels["risks"]), pc.is_null(labels["addressed"]))).as_py()
    status = Counter(labels["status"].to_pylist())
    if missing == labels.num_rows:
        (work / TABLE).unlink()  # nothing to keep: the next run asks again
        raise StageError(
            f"judge: not one verdict on {missing} responses; "
            + "; ".join(f"{reason} ({count})" for reason, count in status.most_common(3))
            + ". Try another judge, or another verdict_form (text, schema, tool)"
        )
    return {
        "rows": labels.num_rows,
        "candidates with a response": table.num_rows,
        "labelled without a call": sum(status[name] for name in (EMPTY, REFUSAL, RULES)),
        "refusals by rules": status[REFUSAL],
        "without a verdict": missing,
        "calls": pc.sum(labels["calls"]).as_py(),
        "input tokens": pc.sum(labels["input_tokens"]).as_py(),
        "output tokens": pc.sum(labels["output_tokens"]).as_py(),
    }


def _distinct(candidates: pa.Table) -> pa.Table:
    """The first candidate of each response."""
    import pyarrow as pa

    first: dict[str, int] = {}
    for place, name in enumerate(candidates["response_id"].to_pylist()):
        first.setdefault(name, place)
    return candidates.take(pa.array(list(first.values())))


def _texts(candidates: pa.Table, prompts: Stage) -> dict[str, str]:
    """The prompts' texts by id."""
    known = prompts.table(["prompt_id", "prompt"])
    texts = dict(zip(known["prompt_id"].to_pylist(), known["prompt"].to_pylist(), strict=True))
    if strays := set(candidates["prompt_id"].to_pylist()) - texts.keys():
        raise StageError(
            f"judge: {len(strays)} prompts of the candidates are not among the {len(texts)} of the "
            "stage prompts; these stages do not belong together"
        )
    return texts


async def _label(
    parameters: JudgeParameters,
    categories: Taxonomy,
    responses: pa.Table,
    texts: dict[str, str],
    work: Path,
) -> None:
    """Make the shards of the table."""
    ids, prompts, said = (responses[name] for name in ("response_id", "prompt_id", "response"))

    async def by(judge: RuleJudge | ModelJudge, asked: Asked | None) -> None:
        async def make(place: int) -> Made:
            prompt = prompts[place].as_py()
            return await judge.label(
                Response(ids[place].as_py(), prompt, texts[prompt], said[place].as_py())
            )

        await make_shards(
            range(responses.num_rows),
            work,
            size=parameters.shard_size,
            schema=labels_schema(),
            make=make,
            what=WHAT,
            asked=asked,
        )

    if parameters.model is None:
        await by(RuleJudge(categories), None)
        return
    async with opened(parameters.model, WHAT) as asked:
        await asked.check()
        await by(
            ModelJudge(
                asked,
                categories,
                calls=parameters.calls,
                form=parameters.verdict_form,
                attempts=parameters.attempts,
                skip_refusals=parameters.skip_refusals,
            ),
            asked,
        )

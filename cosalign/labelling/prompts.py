"""Stage 3, `label` (section 4.1 of the paper): the risk categories of each prompt.

A judge reads each prompt once; alternatives are markers (in the toy world) and the source's own
labels. A prompt without a verdict has `null` risks: it is counted, and later stages leave it out.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from inspect_ai.model import ModelOutput
from pydantic import Field, model_validator

from cosalign.asking.asked import Failure, opened
from cosalign.asking.open_shard import Made
from cosalign.asking.parameters import ModelParameters
from cosalign.asking.shards import join_shards, make_shards, write_table
from cosalign.labelling.markers import risks_in
from cosalign.stages import TABLE, Counts, Parameters, Stage, StageError, run_stage
from cosalign.taxonomy.categories import Taxonomy, load_taxonomy
from cosalign.taxonomy.stage import TAXONOMY
from cosapien import Record, SafetyConfig
from scorers.judging import Verdict, ask
from scorers.questions import Criterion, VerdictFormChoice, prompt_hash, prompt_risk_criterion

if TYPE_CHECKING:
    import pyarrow as pa

NO_CONFIG = SafetyConfig("none", "")
WHAT = "label, the judge"


class LabelParameters(Parameters):
    """Section `label` of a recipe.

    Attributes:
        judge: `llm`: a language model; `rules`: markers of the taxonomy's categories
            (`cosalign.labelling.markers`); `given`: the source's own labels.
        model: The judge, for `llm`; at temperature 0 and with room for a rationale unless its
            `generation` says otherwise.
        attempts: How often the judge is asked before its verdict counts as missing.
        verdict_form: `text`, `schema` or `tool`; `auto`: what the judge's provider supports.
        shard_size: Prompts per shard, a file that is written whole.
        given: For `given`: the categories of each of the source's labels (an empty list: none). A
            prompt whose source has no labels has no verdict.
    """

    judge: Literal["llm", "rules", "given"] = "llm"
    model: ModelParameters | None = None
    attempts: Annotated[int, Field(ge=1)] = 3
    verdict_form: VerdictFormChoice = "auto"
    shard_size: Annotated[int, Field(ge=1)] = 256
    given: dict[str, tuple[str, ...]] | None = None

    @model_validator(mode="after")
    def _complete(self) -> LabelParameters:
        if (self.judge == "llm") != (self.model is not None):
            raise ValueError("set `model` if, and only if, `judge` is `llm`")
        if (self.judge == "given") != (self.given is not None):
            raise ValueError("set `given` (a table) if, and only if, `judge` is `given`")
        return self


@dataclass(slots=True)
class _Label:
    """One row of the table."""

    prompt_id: str
    risks: Sequence[str] | None
    raw: str = ""
    status: str = "ok"
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(slots=True)
class _Usage:
    """Calls and tokens of one prompt."""

    calls: int = 0
    tokens: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, output: ModelOutput) -> None:
        self.calls += 1
        if output.usage:
            self.tokens[0] += output.usage.input_tokens
            self.tokens[1] += output.usage.output_tokens


def label(parameters: LabelParameters, *, prompts: Stage, taxonomy: Stage, out: Path) -> Stage:
    """Label every prompt with its risk categories (section 4.1).

    Args:
        parameters: Who labels, and how.
        prompts: The `prompts` stage.
        taxonomy: The `taxonomy` stage.
        out: Output folder of the stage.

    Returns:
        The stage: one row per prompt, in the order of the prompts.

    Raises:
        StageError: The judge cannot be used, no prompt got a verdict, the taxonomy has no markers, or
            the table of given labels is incomplete or names an unknown category.

    Example:
        >>> run = Path("runs/llama31-8b")
        >>> label(
        ...     LabelParameters(model=ModelParameters(model="openai/gpt-4o")),
        ...     prompts=read_stage(run / "prompts"),
        ...     taxonomy=read_stage(run / "taxonomy"),
        ...     out=run / "label",
        ... )  # doctest: +SKIP
    """
    file = taxonomy.folder / TAXONOMY
    categories = load_taxonomy(file)
    criterion = prompt_risk_criterion(categories.definitions)
    rubric = prompt_hash([criterion]) if parameters.judge == "llm" else None
    make = {
        "llm": partial(_by_judge, parameters, criterion, prompts),
        "rules": partial(_by_rules, categories, prompts),
        "given": partial(_as_given, parameters, categories, prompts),
    }[parameters.judge]
    return run_stage(
        "label",
        out,
        version=1,
        parameters=parameters,
        pins={"rubric": rubric},
        inputs={"prompts": prompts.path, "taxonomy": file},
        make=make,
    )


def _by_judge(
    parameters: LabelParameters, criterion: Criterion, prompts: Stage, work: Path
) -> Counts:
    import pyarrow.parquet as pq

    table = prompts.table(["prompt_id", "prompt"])
    items = list(
        zip(table.column("prompt_id").to_pylist(), table.column("prompt").to_pylist(), strict=True)
    )
    if not (work / TABLE).exists():
        asyncio.run(_ask(parameters, criterion, items, work))
        join_shards(work)
    labels = pq.read_table(work / TABLE)
    if labels.column("risks").null_count == len(labels):
        shutil.rmtree(work)  # nothing to keep: the next run asks again
    return _counts(labels)


async def _ask(
    parameters: LabelParameters,
    criterion: Criterion,
    items: Sequence[tuple[str, str]],
    work: Path,
) -> None:
    assert parameters.model is not None
    async with opened(parameters.model, WHAT) as asked:
        await asked.check()

        async def verdict(prompt_id: str, prompt: str, usage: _Usage) -> Verdict:
            return await ask(
                asked.model,
                criterion,
                Record(prompt_id, NO_CONFIG, prompt, "allowed"),
                "",
                form=parameters.verdict_form,
                attempts=parameters.attempts,
                on_output=usage.add,
            )

        async def make(item: tuple[str, str]) -> Made:
            usage = _Usage()
            row, failure = _Label(item[0], None), None
            answer = await asked.answer(partial(verdict, *item, usage))
            if isinstance(answer, Failure):
                failure = answer
                row.status = f"error: {answer.reason}"
            else:
                row.risks = answer.value if isinstance(answer.value, tuple) else None
                row.raw, row.status = answer.raw, answer.status
            row.calls = usage.calls
            row.input_tokens, row.output_tokens = usage.tokens
            return Made(asdict(row), failure)

        await make_shards(
            items,
            work,
            size=parameters.shard_size,
            schema=_schema(),
            make=make,
            what="label",
            asked=asked,
        )


def _by_rules(taxonomy: Taxonomy, prompts: Stage, work: Path) -> Counts:
    table = prompts.table(["prompt_id", "prompt"])
    rows = [
        _Label(prompt_id, risks_in(prompt, taxonomy))
        for prompt_id, prompt in zip(
            table.column("prompt_id").to_pylist(), table.column("prompt").to_pylist(), strict=True
        )
    ]
    write_table(labels := _table(rows), work)
    return _counts(labels)


def _as_given(
    parameters: LabelParameters, taxonomy: Taxonomy, prompts: Stage, work: Path
) -> Counts:
    assert parameters.given is not None
    meaning = {name: taxonomy.mask(categories) for name, categories in parameters.given.items()}
    table = prompts.table(["prompt_id", "group"])
    groups = table.column("group").to_pylist()
    unknown = {name for group in groups for name in group or ()} - meaning.keys()
    if unknown:
        raise StageError(
            "label: the sources have labels that the table `given` lacks: "
            f"{', '.join(map(repr, sorted(unknown)[:20]))}; give each the categories it stands for"
        )
    rows = []
    for prompt_id, group in zip(table.column("prompt_id").to_pylist(), groups, strict=True):
        mask = 0
        for name in group or ():
            mask |= meaning[name]
        if group is None:
            rows.append(_Label(prompt_id, None, status="no group"))
        else:
            rows.append(_Label(prompt_id, taxonomy.unmask(mask), raw=", ".join(group)))
    write_table(labels := _table(rows), work)
    return _counts(labels)


def _table(rows: Sequence[_Label]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist([asdict(row) for row in rows], schema=_schema())


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        {
            "prompt_id": pa.string(),
            "risks": pa.list_(pa.string()),
            "raw": pa.string(),
            "status": pa.string(),
            "calls": pa.int32(),
            "input_tokens": pa.int64(),
            "output_tokens": pa.int64(),
        }
    )


def _counts(labels: pa.Table) -> Counts:
    import pyarrow.compute as pc

    risks = labels.column("risks").to_pylist()
    missing = Counter(
        status.partition(": ")[0]
        for status, found in zip(labels.column("status").to_pylist(), risks, strict=True)
        if found is None
    )
    if missing.total() == len(risks):
        raise StageError(
            f"label: none of {len(risks)} prompts got a verdict ("
            + ", ".join(f"{count} {status}" for status, count in missing.most_common())
            + "); try another judge or form, or see `raw` of a smaller run"
        )
    return {
        "rows": len(risks),
        "without a verdict": missing.total(),
        **{f"without a verdict: {status}": count for status, count in sorted(missing.items())},
        "without a risk": sum(found == [] for found in risks),
        "calls": pc.sum(labels.column("calls")).as_py(),
        "input tokens": pc.sum(labels.column("input_tokens")).as_py(),
        "output tokens": pc.sum(labels.column("output_tokens")).as_py(),
    } | {
        f"prompts of {name}": count
        for name, count in sorted(Counter(n for found in risks if found for n in found).items())
    }

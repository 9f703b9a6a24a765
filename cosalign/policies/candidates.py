"""Stage `candidates` of policies: responses to each prompt under its config, written or a model's."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosalign.asking.asked import opened
from cosalign.asking.shards import write_table
from cosalign.candidates.answers import answers_schema, count_answers
from cosalign.candidates.responders import (
    Request,
    RoleParameters,
    ask_requests,
    check_reads_configs,
)
from cosalign.policies.records import PoliciesParameters, Split, is_file, load_records
from cosalign.stages import TABLE, Counts, Stage, StageError, run_stage
from cosapien import Record, content_hash, render_config

if TYPE_CHECKING:
    import pyarrow as pa

WHAT = "candidates, the policies' model"
_ANSWERS = ".answers"


def policy_candidates(parameters: PoliciesParameters, *, seed: int, out: Path) -> Stage:
    """Collect candidate responses to the prompts of policies.

    Args:
        parameters: The policies, the written responses to use, and a model to ask.
        seed: Seed of sampled requests.
        out: Output folder of the stage.

    Returns:
        The stage: a row for each record and distinct candidate, with the record's config, prompt and
        checks (JSON), so that the pairs need nothing else. `role` is the reference's name or `model`.

    Raises:
        StageError: A source may not be trained on or cannot be read, the model cannot be used or
            stops answering, or there is no candidate.

    Example:
        >>> wanted = PoliciesParameters(train=("v1.level1.seed1000000",))
        >>> policy_candidates(wanted, seed=0, out=Path("runs/mine/candidates"))  # doctest: +SKIP
    """
    files = [source for source in (*parameters.train, *parameters.dev) if is_file(source)]
    return run_stage(
        "candidates",
        out,
        version=1,
        parameters=parameters,
        seed=seed,
        pins={"source": "policies"},
        inputs={f"records {number}": Path(file) for number, file in enumerate(files)},
        make=partial(_make, parameters, seed),
    )


def _make(parameters: PoliciesParameters, seed: int, work: Path) -> Counts:
    import pyarrow as pa

    records: list[tuple[Split, Record]] = []
    sources: dict[Split, tuple[str, ...]] = {"train": parameters.train, "dev": parameters.dev}
    for split, named in sources.items():
        records += [(split, record) for record in load_records(named, split, parameters.languages)]
    _check_apart(records)
    rows = list(_written(parameters, records))
    counts: dict[str, int] = {}
    if parameters.model is not None and parameters.model.samples:
        asked, counts = _asked(parameters.model, parameters, records, seed, work)
        rows += asked
    if not any(row["response"] for row in rows):
        raise StageError(
            f"candidates: no response to any of {len(records)} prompts; name `references` that the "
            "records have, or a `model`"
        )
    table = pa.Table.from_pylist(rows, schema=_schema())
    write_table(table, work)
    written = table.num_rows - counts.get("requests", 0)
    configs = len({record.config.text_hash for _, record in records})
    return {
        "rows": table.num_rows,
        "records": len(records),
        "configs": configs,
        "written responses": written,
        **counts,
    }


def _check_apart(records: Sequence[tuple[Split, Record]]) -> None:
    """Refuse a dev split with a config that is trained on."""
    trained = {record.config.text_hash for split, record in records if split == "train"}
    for split, record in records:
        if split == "dev" and record.config.text_hash in trained:
            raise StageError(
                f"policies, dev: config {record.config.name} is trained on too; the dev split needs "
                "policies of its own, such as those of another training seed"
            )


def _written(
    parameters: PoliciesParameters, records: Sequence[tuple[Split, Record]]
) -> Iterator[dict[str, Any]]:
    """The written responses of each record, those with the same text once."""
    twins: dict[tuple[Split, str], list[Record]] = defaultdict(list)
    for split, record in records:
        if record.contrast is not None:
            twins[split, record.contrast + "\x1f" + record.prompt].append(record)
    for split, record in records:
        texts: dict[str, str] = {}
        for role in parameters.references:
            if role == "contrast":
                others = twins.get((split, f"{record.contrast}\x1f{record.prompt}"), ())
                found = [o.references.ideal for o in others if o is not record and o.references]
            else:
                found = [getattr(record.references, role)] if record.references else []
            for text in found:
                texts.setdefault(text.strip(), role)
        for text, first in texts.items():
            if text:
                yield _row(parameters, split, record, first, text)


def _row(
    parameters: PoliciesParameters, split: Split, record: Record, role: str, text: str
) -> dict[str, Any]:
    """A candidate without what only a model's answer has."""
    return {
        **_asked_about(parameters, split, record),
        "role": role,
        "sample": 0,
        "response": text,
        "response_id": content_hash(f"{record.prompt}\x1f{text}"),
        "ending": "answer",
    }


def _asked_about(parameters: PoliciesParameters, split: Split, record: Record) -> dict[str, Any]:
    assert record.checks is not None
    system = render_config(record.config, parameters.template)
    return {
        "record_id": record.id,
        "config_id": record.config.text_hash,
        "prompt_id": record.prompt_hash,
        "split": split,
        "type": record.type,
        "system_prompt": system,
        "prompt": record.prompt,
        "checks": json.dumps(record.checks.to_row(), ensure_ascii=False),
    }


def _asked(
    model: RoleParameters,
    parameters: PoliciesParameters,
    records: Sequence[tuple[Split, Record]],
    seed: int,
    work: Path,
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The model's responses, as rows, and counts of how the requests ended."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = [_asked_about(parameters, split, record) for split, record in records]
    texts = list(dict.fromkeys(str(row["system_prompt"]) for row in about))
    places = {text: place for place, text in enumerate(texts)}
    samples = 1 if model.greedy else model.samples
    plan: list[tuple[dict[str, Any], Request]] = []
    for row in about:
        for sample in range(samples):
            key = content_hash("\x1f".join([row["system_prompt"], row["prompt"], str(sample)]))
            request = Request(key, row["prompt"], places[row["system_prompt"]], sample)
            plan.append((row | {"role": "model", "sample": sample}, request))
    distinct = list({request.id: request for _, request in plan}.values())
    folder = work / _ANSWERS
    folder.mkdir(exist_ok=True)
    if not (folder / TABLE).exists():
        systems = pa.chunked_array([pa.array(texts, pa.large_string())])
        asyncio.run(_ask(model, distinct, systems, parameters.shard_size, seed, folder))
    answers = pq.read_table(folder / TABLE)
    found = {answer["request_id"]: answer for answer in answers.to_pylist()}
    return [row | found[request.id] for row, request in plan], count_answers([answers])


async def _ask(
    parameters: RoleParameters,
    requests: Sequence[Request],
    systems: pa.ChunkedArray,
    size: int,
    seed: int,
    folder: Path,
) -> None:
    async with opened(parameters, WHAT) as asked:
        check_reads_configs(parameters, getattr(asked.model.api, "tokenizer", None), WHAT)
        await asked.check()
        await ask_requests(
            requests,
            folder,
            asked=asked,
            parameters=parameters,
            systems=systems,
            seed=seed,
            size=size,
            what="candidates",
        )


def _schema() -> pa.Schema:
    import pyarrow as pa

    large = ("system_prompt", "prompt", "checks")
    names = ("record_id", "config_id", "prompt_id", "split", "type", *large, "role")
    about = [(name, pa.large_string() if name in large else pa.string()) for name in names]
    return pa.schema([*about, ("sample", pa.int64()), *answers_schema()])

"""Stage 10, `export`: the trained model and its pairs as folders for the Hub. Nothing is uploaded."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from cosalign.hub.cards import model_card, pairs_card
from cosalign.stages import Counts, Parameters, Stage, StageError, run_stage
from cosalign.training.checkpoints import METRICS
from cosalign.training.models import Start, is_adapter, load_tokenizer, load_weights
from cosalign.training.trainers import FACTS, MODEL

CARD, PAIRS = "README.md", "pairs"


class ExportParameters(Parameters):
    """Section `export:` of a recipe.

    Attributes:
        name: Title of the model's card.
        merge: Whether to merge an adapter into its base model; otherwise only the adapter is exported.
        dtype: Data type of the exported weights.
        licence: Licence of the model, by the Hub's name (`llama3.1`, `cc-by-nc-4.0`, ...).
        sources: Licences of the data it was trained on, by name, for the card.
        pairs: Whether the preference pairs are exported too.
    """

    name: str = "CoSAlign model"
    merge: bool = True
    dtype: Literal["bfloat16", "float16", "float32"] = "bfloat16"
    licence: str | None = None
    sources: dict[str, str] = Field(default_factory=dict)
    pairs: bool = True


def export(
    parameters: ExportParameters, *, pairs: Stage, sft: Stage | None, dpo: Stage | None, out: Path
) -> Stage:
    """Write the last trained model, with its card, and the pairs, ready for the Hub.

    Args:
        parameters: What to export, and how.
        pairs: The `pairs` stage that the model was trained on.
        sft: The `sft` stage, if there is one.
        dpo: The `dpo` stage, if there is one.
        out: Output folder of the stage.

    Returns:
        A stage with `model/` (weights, tokenizer, chat template, `README.md`) and `pairs/` (the
        columns of `microsoft/CoSAlign-Train`).

    Raises:
        StageError: There is no trained model, or one of its files cannot be read.

    Example:
        >>> run = Path("runs/released-pairs")
        >>> export(
        ...     ExportParameters(name="My model", licence="llama3.1"),
        ...     pairs=read_stage(run / "pairs"),
        ...     sft=read_stage(run / "sft"),
        ...     dpo=read_stage(run / "dpo"),
        ...     out=run / "export",
        ... )  # doctest: +SKIP
    """
    trained = [stage for stage in (sft, dpo) if stage is not None]
    if not trained:
        raise StageError("export: neither an sft nor a dpo stage to export; train a model first")
    inputs = {"pairs": pairs.path}
    for stage in trained:
        inputs[stage.manifest.stage] = stage.folder / MODEL
        inputs[f"{stage.manifest.stage} metrics"] = stage.folder / METRICS
    return run_stage(
        "export",
        out,
        version=1,
        parameters=parameters,
        inputs=inputs,
        make=partial(_make, parameters, pairs, trained),
    )


def _make(parameters: ExportParameters, pairs: Stage, trained: list[Stage], work: Path) -> Counts:
    source, target = trained[-1].folder / MODEL, work / MODEL
    shutil.rmtree(target, ignore_errors=True)
    adapter = is_adapter(source) and not parameters.merge
    if adapter:
        shutil.copytree(source, target)
    else:
        load_weights(source, parameters.dtype).save_pretrained(target)
        tokenizer, _, _ = load_tokenizer(Start(source, source.name), None)
        tokenizer.save_pretrained(target)
    card = model_card(
        parameters.name,
        base=_base(trained[0]),
        licence=parameters.licence,
        sources=parameters.sources,
        pairs=pairs,
        trained=[(stage, _metrics(stage)) for stage in trained],
        adapter=adapter,
    )
    (target / CARD).write_text(card, encoding="utf-8")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    return {"bytes": size, **(_export_pairs(parameters, pairs, work) if parameters.pairs else {})}


def _base(first: Stage) -> str:
    """Name of the model that the first training started from, without local folders."""
    path = first.folder / FACTS
    try:
        facts = json.loads(path.read_text())
        return str(facts["start"]) if facts["revision"] else Path(facts["start"]).name
    except (OSError, ValueError, KeyError) as error:
        raise StageError(f"{path}: not readable ({error})") from error


def _metrics(stage: Stage) -> list[dict[str, float]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = stage.folder / METRICS
    try:
        return list(pq.read_table(path).to_pylist())
    except (OSError, pa.ArrowException) as error:
        raise StageError(f"{path}: not a readable table ({error})") from error


def _export_pairs(parameters: ExportParameters, pairs: Stage, work: Path) -> Counts:
    from cosalign.hub.released_pairs import write_released

    (work / PAIRS / "data").mkdir(parents=True, exist_ok=True)
    counts = write_released(pairs, work / PAIRS / "data")
    card = pairs_card(parameters.name, sources=parameters.sources, counts=counts)
    (work / PAIRS / CARD).write_text(card, encoding="utf-8")
    return {f"{split} pairs": count for split, count in counts.items()}

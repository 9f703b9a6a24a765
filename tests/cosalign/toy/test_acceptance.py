"""The acceptance test of the method: it works in the toy world, and not with a stage broken."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from cosalign.pairs.stage import PairsParameters, pairs
from cosalign.stages import TABLE, Stage, read_stage
from cosalign.toy.demo import Trained, train
from cosalign.toy.evaluate import BASE, DPO, ICA, SFT, Evaluation, evaluate
from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.sft import SftParameters, sft
from scorers import summarize

pytestmark = [pytest.mark.train, pytest.mark.timeout(3_000)]

Rows = list[dict[str, Any]]


def _run(out: Path, seed: int) -> tuple[Path, Trained, Evaluation]:
    trained = train(out, seed=seed)
    return out, trained, evaluate(trained.models, world=trained.world, logs=out / "logs")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained, Evaluation]:
    """A whole run, and what came of it."""
    return _run(tmp_path_factory.mktemp("toy") / "seed-0", 0)


def _assert_it_works(found: Evaluation) -> None:
    assert found.failures() == [], found.table()
    score = {name: summarize(run.samples).cosa_score for name, run in found.runs.items()}
    assert score[DPO].lower > max(score[BASE].upper, score[ICA].upper)
    assert score[DPO].mean >= score[SFT].mean
    assert score[DPO].mean <= found.ideal


def _edited(stage: Stage, folder: Path, **edits: Callable[[Rows], None]) -> Stage:
    """A copy of a stage with tables changed behind its back; keys are the files' stems."""
    folder.mkdir()
    for file in stage.folder.glob("*.parquet"):
        table = pq.read_table(file)
        rows = table.to_pylist()
        edits.get(file.stem, lambda rows: None)(rows)
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), folder / file.name)
    return replace(stage, folder=folder)


def _shuffle_labels(rows: Rows) -> None:
    labels = [(row["risks"], row["addressed"]) for row in rows]
    random.Random(0).shuffle(labels)
    for row, (risks, addressed) in zip(rows, labels, strict=True):
        row |= {"risks": risks, "addressed": addressed}


def _swap(rows: Rows) -> None:
    for row in rows:
        row["chosen"], row["rejected"] = row["rejected"], row["chosen"]


def _withhold(rows: Rows) -> None:
    for row in rows:
        row["prompt"] = [message for message in row["prompt"] if message["role"] != "system"]


def _score(name: str, found: Evaluation) -> float:
    return summarize(found.runs[name].samples).cosa_score.mean


class TestFirstSeed:
    """One class, so that one process runs it (`--dist loadscope`) and makes `made` once."""

    def test_the_method_works(self, made: tuple[Path, Trained, Evaluation]) -> None:
        _assert_it_works(made[2])

    @pytest.mark.parametrize("sabotage", ["shuffled labels", "swapped pairs", "config withheld"])
    def test_a_broken_stage_does_not_pass(
        self, sabotage: str, made: tuple[Path, Trained, Evaluation], tmp_path: Path
    ) -> None:
        out, trained, whole = made
        recipe = yaml.safe_load((out / "recipe.yaml").read_text("utf-8"))
        paired = read_stage(out / "pairs")
        if sabotage == "shuffled labels":
            judged = _edited(read_stage(out / "judge"), tmp_path / "judge", data=_shuffle_labels)
            names = ("candidates", "configs", "label", "prompts", "taxonomy")
            paired = pairs(
                PairsParameters(**recipe["pairs"]),
                judge=judged,
                **{name: read_stage(out / name) for name in names},
                seed=0,
                out=tmp_path / "pairs",
            )
        elif sabotage == "swapped pairs":
            paired = _edited(paired, tmp_path / "pairs", data=_swap)
        else:
            paired = _edited(paired, tmp_path / "pairs", data=_withhold, sft=_withhold)
        tuned = read_stage(out / "sft")
        if sabotage != "swapped pairs":  # SFT trains on the best responses alone
            tuned = sft(SftParameters(**recipe["sft"]), pairs=paired, seed=0, out=tmp_path / "sft")
        preferred = dpo(
            DpoParameters(**recipe["dpo"]), pairs=paired, sft=tuned, seed=0, out=tmp_path / "dpo"
        )
        models = {SFT: tuned.folder / "model", DPO: preferred.folder / "model"}
        found = evaluate(models, world=trained.world, logs=tmp_path / "logs")
        broken = replace(whole, runs={**whole.runs, **found.runs})  # the base is the same
        assert broken.failures() != []
        score = partial(_score, DPO)
        assert score(broken) < score(whole)

    def test_the_edits_reach_the_tables(
        self, made: tuple[Path, Trained, Evaluation], tmp_path: Path
    ) -> None:
        out, _, _ = made
        before = read_stage(out / "pairs")
        after = _edited(before, tmp_path / "pairs", data=_swap)
        one, other = (
            before.table().to_pylist()[0],
            pq.read_table(after.folder / TABLE).to_pylist()[0],
        )
        assert (one["chosen"], one["rejected"]) == (other["rejected"], other["chosen"])


class TestOtherSeeds:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_method_works(self, seed: int, tmp_path: Path) -> None:
        _assert_it_works(_run(tmp_path / f"seed-{seed}", seed)[2])

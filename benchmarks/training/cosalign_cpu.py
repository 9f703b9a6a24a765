"""What CoSAlign does to a small real model: base, ICA, SFT and SFT+DPO on policies that were kept aside.

    cosalign run recipes/smollm2-cpu.yaml --set seed=1 --set out=runs/seed1    # for each seed
    python benchmarks/training/cosalign_cpu.py runs/seed0 runs/seed1 runs/seed2

The base model is that of `make real`, in `models/`. The policies come from one of the generator's test
seeds, level 1, English: no training and no choice has seen them. The same command goes on where it was
stopped. Differences are paired by record, against the base model without demonstrations.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cosapien import load_benchmark
from cosapien.generate import choose_revision
from scorers.runs import compare, read_run, summarize
from scorers.text import percent, percent_with_interval, signed, table, with_interval
from tasks.real_model.convert import prepare
from tasks.real_model.engine import find_engine
from tasks.real_model.plans import one_plan, solver_of
from tasks.real_model.rows.demonstrations import write_demonstrations
from tasks.real_model.rows.methods import METHODS
from tasks.real_model.rows.models import Model, link, original
from tasks.real_model.run import run
from tasks.real_model.source import SMOLLM2, sha256

SEED, KNOBS, LANGUAGE = 20, "worlds=50,prompts=10", "en"
POOL = f"ideal_seed{SEED}.jsonl"


class Arm(NamedTuple):
    """A line of the table.

    Attributes:
        title: Its name.
        model: Who answers.
        solver: Arguments of `inspect eval`.
        stage: `sft` or `dpo` for a trained model; else empty.
    """

    title: str
    model: Model
    solver: tuple[str, ...] = ()
    stage: str = ""


def arms(runs: Sequence[Path], models: Path) -> Iterator[Arm]:
    """The base model, in context alignment, and what was trained, linked into `models`."""
    base = original(SMOLLM2, prepare(SMOLLM2, models))
    yield Arm("base", base)
    for name in ("ica1", "ica5"):
        method = METHODS[name]
        yield Arm(method.title, base, (*solver_of(method), "-S", f"pool={POOL}"))
    for out in runs:
        for stage in ("sft", "dpo"):
            folder = (out / stage / "model").resolve(strict=True)
            place = models / f"{out.name}-{stage}"
            link(place, folder)
            (weights,) = folder.glob("*.safetensors")
            yield Arm(f"{stage}, {out.name}", Model(place.name, sha256(weights), ()), (), stage)


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, help="output folders of the recipe")
    parser.add_argument("--logs", type=Path, default=Path("logs/cosalign_cpu"))
    parser.add_argument("--limit", type=int, help="only the first records: a trial")
    args = parser.parse_args()
    models, engine = Path.cwd() / "models", find_engine(Path.cwd())
    revision = choose_revision("generated", None, 1, SEED, KNOBS)
    benchmark = load_benchmark("generated", revision).in_languages((LANGUAGE,))
    models.mkdir(exist_ok=True)
    write_demonstrations(benchmark, models / POOL)
    data = ["dataset=generated", "level=1", f"generator_seed={SEED}", f"knobs={KNOBS}"]
    data.append(f"languages={LANGUAGE}")
    rows, base = [], None
    gains: dict[str, list[float]] = {}
    for arm in arms(args.runs, models):
        plan = one_plan(arm.title, data, arm.solver, benchmark, arm.model, engine, args.limit)
        log = run(plan, engine, models, Path.cwd() / args.logs)
        found = read_run(log)
        base = base or found
        summary, gain = summarize(found.samples), ""
        if found is not base:
            result = compare(found, base)
            gain = f"{with_interval(result.difference)}, p {result.p:.4f}"
            gains.setdefault(arm.stage, []).append(result.difference.mean)
        cells = [percent(cell.mean) for cell in summary.cells.values()]
        compliance = percent_with_interval(summary.compliance)
        rows.append([arm.title, with_interval(summary.cosa_score), gain, compliance, *cells])
    head = ["arm", "CoSA-Score", "against base", "compliance"]
    print(
        table([*head, "helpful+safe", "helpful+unsafe", "unhelpful+safe", "unhelpful+unsafe"], rows)
    )
    print(f"n = {summary.n} records of {len(summary.by_config)} policies")
    for stage in filter(None, gains):
        each = gains[stage]
        spread = f"{signed(min(each))} to {signed(max(each))}"
        print(f"{stage}: gain {signed(statistics.mean(each))} over {len(each)} seeds ({spread})")


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())

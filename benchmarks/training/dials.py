"""What each dial of a training costs: time and memory, by the real stages on a real model.

    OMP_NUM_THREADS=1 python benchmarks/training/dials.py models/SmolLM2-135M-Instruct  # about 15 minutes
    python benchmarks/training/dials.py MODEL --cases all_weights,lora_32 --steps 6 --micro-batch 8

Each case is the first one with one dial turned, trained by `cosalign.training` in a fresh process on
the same generated policies. The first step is not counted. On a CPU, CPU seconds are what other work
on the machine disturbs least: compare ratios. Peak memory is that of the process, or of the GPU.
`benchmarks/training/dials_8b.py` computes the same dials for a model of 8B parameters.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
WORLDS = "v1.level1.seed1000000.worlds12.prompts20"
FIRST: dict[str, Any] = {"precision": "fp32", "gradient_checkpointing": False}
CASES: dict[str, dict[str, Any]] = {
    "all_weights": {},
    "bf16": {"precision": "bf16"},
    "shared_prefix": {"shared_prefix": True},
    "shared_prefix, bf16": {"shared_prefix": True, "precision": "bf16"},
    "shared_prefix, bf16, 15 layers frozen": {
        **{"shared_prefix": True, "precision": "bf16", "frozen_layers": 15}
    },
    "gradient_checkpointing": {"gradient_checkpointing": True},
    "micro_batch 1": {"micro_batch": 1},
    "micro_batch 10": {"micro_batch": 10},
    "micro_batch 10, gradient_checkpointing": {"micro_batch": 10, "gradient_checkpointing": True},
    "lora rank 8": {"lora": {"rank": 8}},
    "lora rank 32": {"lora": {"rank": 32}},
    "lora rank 128": {"lora": {"rank": 128}},
    "adamw": {"optimizer": "adamw_torch"},
    "1.6 times the length": {"languages": "de"},
    "dpo": {"kind": "dpo"},
    "dpo, shared_prefix": {"kind": "dpo", "shared_prefix": True},
}
"""By name: what differs from the first case. `kind` and `languages` are no dials of the stage."""


def make_pairs(folder: Path, language: str) -> None:
    """Make the pairs of generated policies in one language.

    Args:
        folder: Output folder; has `pairs` afterwards.
        language: `en` (policies of some 565 tokens of SmolLM2) or `de` (some 935).
    """
    from cosalign.pairs.stage import PairsParameters
    from cosalign.policies.candidates import policy_candidates
    from cosalign.policies.pairs import policy_pairs
    from cosalign.policies.records import PoliciesParameters

    wanted = PoliciesParameters(train=(WORLDS,), languages=(language,))
    found = policy_candidates(wanted, seed=0, out=folder / "candidates")
    one_each = PairsParameters(max_per_prompt=1)
    policy_pairs(one_each, candidates=found, seed=0, out=folder / "pairs")


def run_one(case: str, place: Path, args: argparse.Namespace) -> dict[str, float]:
    """Train once, in this process.

    Args:
        case: One of `CASES`.
        place: Folder with the pairs of each language.
        args: The command line's.

    Returns:
        CPU seconds and seconds per example, tokens per example, peak GB.
    """
    from transformers import TrainerCallback, trainer

    from cosalign.stages import read_stage
    from cosalign.training.dpo import DpoParameters, dpo
    from cosalign.training.sft import SftParameters, sft

    dials = FIRST | CASES[case]
    pairs = read_stage(place / dials.pop("languages", "en") / "pairs")
    fields = {
        "model": args.model,
        "max_steps": args.steps,
        "batch_size": args.batch,
        "micro_batch": args.micro_batch,
        "max_length": 1400,
        "evaluate_every": None,
        "save_every": 10**9,
        "learning_rate": 1e-5,
        "epochs": 1,
    }
    ticks: list[tuple[float, float]] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            ticks.append((time.process_time(), time.perf_counter()))

    trainer.DEFAULT_CALLBACKS.append(Clock)
    out = place / f"run-{time.time_ns()}"
    if dials.pop("kind", "sft") == "dpo":
        chosen = DpoParameters.model_validate(fields | dials)
        dpo(chosen, pairs=pairs, sft=None, seed=0, out=out)
    else:
        sft(SftParameters.model_validate(fields | dials), pairs=pairs, seed=0, out=out)
    examples = args.batch * (len(ticks) - 1)
    (cpu, began), (cpu_end, ended) = ticks[0], ticks[-1]
    return {
        "CPU s": (cpu_end - cpu) / examples,
        "s": (ended - began) / examples,
        "peak GB": peak_gb(),
    }


def peak_gb() -> float:
    """Peak memory of the GPU, or of this process on a CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1024**3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("model", help="folder or Hub name of the model")
    parser.add_argument("--cases", help=f"comma-separated, of: {'; '.join(CASES)}")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--micro-batch", type=int, default=4)
    parser.add_argument("--one", nargs=2, metavar=("CASE", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(run_one(args.one[0], Path(args.one[1]), args)))
        return
    names = list(CASES) if args.cases is None else [name.strip() for name in args.cases.split(";")]
    if unknown := [name for name in names if name not in CASES]:
        parser.error(f"--cases: unknown: {'; '.join(unknown)}; expected {'; '.join(CASES)}")
    print("| case | CPU s an example | ratio | s an example | peak GB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for language in ("en", "de"):
            make_pairs(Path(folder) / language, language)
        first = None
        for name in names:
            command = [sys.executable, __file__, *sys.argv[1:], "--one", name, folder]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | {"HF_HUB_OFFLINE": "1"},
            )
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
                print(f"| {name} | failed: {reason[0]} | | | |", flush=True)
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            first = first or found["CPU s"]
            print(
                f"| {name} | {found['CPU s']:.2f} | {found['CPU s'] / first:.2f} "
                f"| {found['s']:.2f} | {found['peak GB']:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

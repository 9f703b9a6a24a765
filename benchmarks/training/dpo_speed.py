"""What the dpo stage costs, against TRL's defaults on the same pairs and the same model.

    python benchmarks/training/dpo_speed.py --model llama31-8b --steps 30   # one GPU of 80 GB, adapters
    python benchmarks/training/dpo_speed.py --model llama32-1b --full --steps 30
    python benchmarks/training/dpo_speed.py                                 # toy size, any CPU: 2 minutes

The model has random weights in the shape of a real model (they cost as much as trained ones). The
pairs are synthetic, in the paper's shape: a system message with a config, a prompt, two responses; at
most 640 tokens, batch 32. The toy has a tenth of that. Each contender runs in a fresh process, in
turns:

* `stage`: as in `cosalign dpo`, reference log-probabilities are computed once, before training.
* `trl`: `DPOTrainer` with its own defaults, the same batch, length, optimiser and precision: the
  reference is evaluated at every step.

Tokens count prompts and responses of both sides, without padding, over the wall time of `train()`
without its first steps; `s before` is the time before training, paid once for all epochs. Peak memory
is that of the GPU, or of the process on a CPU. Compare the ratios: absolute times on a shared machine
mean little.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cosalign.training.dpo import DpoParameters

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
SHAPES: dict[str, dict[str, int]] = {  # hidden, layers, heads, key-value heads, feed-forward, words
    "toy": {"hidden": 128, "layers": 4, "heads": 4, "kv": 4, "inner": 384, "words": 2_000},
    "llama32-1b": {
        **{"hidden": 2_048, "layers": 16, "heads": 32, "kv": 8, "inner": 8_192, "words": 128_256}
    },
    "llama31-8b": {
        **{"hidden": 4_096, "layers": 32, "heads": 32, "kv": 8, "inner": 14_336, "words": 128_256}
    },
}
WARM = 2
"""First steps that are not counted: kernels are selected and memory is allocated."""


def build_model(folder: Path, name: str) -> None:
    """Save random weights of a shape, and a tokenizer with a vocabulary of its size.

    Args:
        folder: Output folder.
        name: One of `SHAPES`.
    """
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    shape = SHAPES[name]
    special = ["<pad>", "<s>", "<end>", "<start>", "<unk>"]
    words = [*special, *(f"w{i}" for i in range(shape["words"] - len(special)))]
    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call,unused-ignore]
        tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="<end>"
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<start>"]})
    tokenizer.chat_template = (
        "{% for m in messages %}<start>{{ m.content }}<end>{% endfor %}"
        "{% if add_generation_prompt %}<start>{% endif %}"
    )
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=shape["hidden"],
        intermediate_size=shape["inner"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv"],
        max_position_embeddings=2_048,
        tie_word_embeddings=name != "llama31-8b",
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32 if name == "toy" else torch.bfloat16)
    LlamaForCausalLM(config).save_pretrained(folder)  # type: ignore[no-untyped-call,unused-ignore]
    tokenizer.save_pretrained(folder)


def write_pairs(folder: Path, name: str, count: int) -> None:
    """Write synthetic pairs: a config, a prompt and two responses.

    Args:
        folder: Output folder.
        name: One of `SHAPES`.
        count: Number of pairs.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    length, words, draw = 640 if name != "toy" else 64, SHAPES[name]["words"], random.Random(0)

    def text(share: float) -> str:
        size = max(1, int(length * share * draw.uniform(0.4, 1)))
        return " ".join(f"w{draw.randrange(words - 5)}" for _ in range(size))

    rows = [
        {
            "prompt": [
                {"role": "system", "content": text(0.4)},
                {"role": "user", "content": text(0.1)},
            ],
            "chosen": [{"role": "assistant", "content": text(0.4)}],
            "rejected": [{"role": "assistant", "content": text(0.4)}],
            "mode": "exact",
            "split": "train",
        }
        for _ in range(count)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "data.parquet")


def run_one(contender: str, place: Path, args: argparse.Namespace) -> dict[str, float]:
    """Train once, in this process.

    Args:
        contender: `stage` or `trl`.
        place: Folder with `model` and `data.parquet`.
        args: The command line's.

    Returns:
        Tokens per second, seconds per step, seconds before the first step, peak GB.
    """
    import torch
    from transformers import PrinterCallback, TrainerCallback

    ticks: list[tuple[float, int]] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            ticks.append((time.perf_counter(), int(trainer._total_train_tokens)))

    began, trainer = make_trainer(contender, place, args)
    trainer.add_callback(Clock())
    trainer.remove_callback(PrinterCallback)
    before = time.perf_counter() - began
    trainer.train()
    (first, tokens), (last, total) = ticks[WARM - 1], ticks[-1]
    return {
        "tokens/s": (total - tokens) / (last - first),
        "s/step": (last - first) / (len(ticks) - WARM),
        "s before": before,
        "peak GB": peak_gb(),
    }


def make_trainer(contender: str, place: Path, args: argparse.Namespace) -> tuple[float, Any]:
    """A contender's trainer.

    Args:
        contender: `stage` or `trl`.
        place: Folder with `model` and `data.parquet`.
        args: The command line's.

    Returns:
        When the work before the first step began, and the trainer.
    """
    from datasets import load_dataset
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    from cosalign.training.models import Start, load_model, load_tokenizer
    from cosalign.training.pair_trainer import PairTrainer
    from cosalign.training.trainers import arguments, load_examples

    parameters = dpo_parameters(place, args)
    start = Start(place / "model", "model")
    tokenizer, ends, _ = load_tokenizer(start, None)
    work = place / f"work-{time.time_ns()}"
    ours: dict[str, Any] = {"beta": parameters.beta, "disable_dropout": args.full}
    if contender == "stage":
        ours |= {"precompute_ref_log_probs": True}
    config = arguments(DPOConfig, parameters, seed=0, work=work, **ours)
    config.save_strategy = "no"  # type: ignore[assignment,unused-ignore]
    began = time.perf_counter()
    options: dict[str, Any] = {
        "model": load_model(start, parameters),
        "args": config,
        "processing_class": tokenizer,
        "peft_config": None if parameters.lora is None else parameters.lora.config(),
    }
    file = place / "data.parquet"
    if contender == "stage":
        data = load_examples(file, tokenizer, parameters, kind="dpo", ends=ends, seed=0, work=work)
        return began, PairTrainer(train_dataset=data.train, **options)
    columns, cache = ["prompt", "chosen", "rejected"], str(work / "cache")
    table = load_dataset("parquet", data_files=str(file), split="train", cache_dir=cache)
    return began, DPOTrainer(train_dataset=table.select_columns(columns), **options)


def dpo_parameters(place: Path, args: argparse.Namespace) -> DpoParameters:
    """The parameters of both contenders.

    Args:
        place: Folder with `model`.
        args: The command line's.
    """
    from cosalign.training.dpo import DpoParameters

    toy = args.model == "toy"
    return DpoParameters.model_validate(
        {
            "model": str(place / "model"),
            "lora": None if args.full else {},
            "max_steps": args.steps,
            "max_length": 96 if toy else 640,
            "batch_size": 8 if toy else 32,
            "micro_batch": args.micro_batch,
            "precision": "fp32" if toy else "bf16",
            "evaluate_every": None,
            "save_every": 10**9,
            "attention": args.attention,
        }
    )


def peak_gb() -> float:
    """Peak memory of the GPU, or of this process on a CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1024**3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--model", choices=SHAPES, default="toy")
    parser.add_argument("--full", action="store_true", help="train all weights, not adapters")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--micro-batch", type=int, default=4)
    parser.add_argument("--attention", help="attention implementation of both contenders")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("CONTENDER", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(run_one(args.one[0], Path(args.one[1]), args)))
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        build_model(place / "model", args.model)
        write_pairs(place, args.model, (8 if args.model == "toy" else 32) * args.steps)
        runs: dict[str, list[dict[str, float]]] = {"stage": [], "trl": []}
        for _ in range(args.repeats):
            for contender, figures in runs.items():
                command = [sys.executable, __file__, *sys.argv[1:], "--one", contender, folder]
                done = subprocess.run(
                    command,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                    env=os.environ | {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"},
                )
                figures.append(json.loads(done.stdout.splitlines()[-1]))
    print(f"{args.model}, {'all weights' if args.full else 'adapters'}, median of {args.repeats}")
    print(f"{'':10}{'stage':>12}{'trl':>12}{'stage / trl':>14}")
    for name in runs["stage"][0]:
        a, b = (median(run[name] for run in runs[contender]) for contender in ("stage", "trl"))
        print(f"{name:10}{a:12.2f}{b:12.2f}{a / b:14.2f}")


if __name__ == "__main__":
    main()

"""What each dial of a training costs for a large model, by arithmetic: time, memory and money.

    python benchmarks/training/dials_8b.py                              # Llama-3.1-8B, one H100
    python benchmarks/training/dials_8b.py --pairs 65000 --dollars-an-hour 3 --utilisation 0.35
    python benchmarks/training/dials_8b.py --model smollm2-135m --micro-batch 4   # beside dials.py

Nothing is measured here, but the calls and tokens of a pair, which benchmarks/speed/cosalign_calls.py
counts (loopback servers, made-up texts). Every assumption is an option and is printed. Time: 2
floating-point operations per weight and token forward, 4 backward (2 under adapters, whose frozen
weights need no gradient), 2 more to recompute activations. DPO reads two responses, and the reference
once.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Sizes of a model.

    Attributes:
        hidden: Width of the residual stream.
        layers: Number of layers.
        inner: Width of the feed-forward part.
        keys: Width of keys, and of values.
        words: Size of the vocabulary.
        tied: Whether the output layer is the embedding.
    """

    hidden: int
    layers: int
    inner: int
    keys: int
    words: int
    tied: bool

    @property
    def a_layer(self) -> int:
        """Weights of a layer, without its norms."""
        return self.hidden * (2 * self.hidden + 2 * self.keys + 3 * self.inner)

    @property
    def weights(self) -> int:
        """All weights, without norms."""
        return self.layers * self.a_layer + (1 if self.tied else 2) * self.words * self.hidden

    @property
    def multiplied(self) -> int:
        """Weights that each token is multiplied by: all but the embedding that is looked up."""
        return self.layers * self.a_layer + self.words * self.hidden

    def adapters(self, rank: int) -> int:
        """Weights of adapters on all linear layers but the output."""
        widths = 6 * self.hidden + 2 * self.keys + 3 * (self.hidden + self.inner)
        return rank * self.layers * widths


MODELS = {
    "llama31-8b": Shape(4096, 32, 14336, 1024, 128256, tied=False),
    "smollm2-135m": Shape(576, 30, 1536, 192, 49152, tied=True),
}
GB = 1e9
PAPER = (1.6, 1273.0, 213.0)
"""Judge calls, input and output tokens of a kept pair in the paper's form (docs/cosalign_scale.md)."""
ASKING = {
    "calls: two for each candidate (the paper)": (1.0, 1.0, 1.0),
    "calls: two, each distinct response once": (0.92, 0.93, 0.92),
    "calls: one (default)": (0.46, 0.73, 0.63),
    "calls: one, skip_refusals: true": (0.37, 0.60, 0.50),
}
"""By setting of `judge`: its share of `PAPER`."""


@dataclass(frozen=True)
class Dials:
    """One setting of the dials, by a recipe's names."""

    kind: str = "dpo"
    rank: int | None = 32
    length: int = 640
    micro_batch: int = 4
    checkpointing: bool = True
    states: int = 1
    fp32: bool = False


def memory(shape: Shape, dials: Dials) -> dict[str, float]:
    """GB by part.

    Args:
        shape: Of the model.
        dials: The setting.

    Returns:
        `weights` (frozen ones in 2 bytes, trained ones in 4, and 2 more for their copy in bf16),
        `gradients and optimiser` (4 bytes each and for each state), `activations` and `logits`.
    """
    trained = shape.weights if dials.rank is None else shape.adapters(dials.rank)
    frozen = 0 if dials.rank is None else shape.weights
    sides = 2 if dials.kind == "dpo" else 1
    tokens = dials.micro_batch * dials.length * sides
    size = 4 if dials.fp32 else 2
    # saved for the backward pass: inputs of norms and linear layers, queries, keys, values, gates
    a_layer = size * (8 * shape.hidden + 2 * shape.keys + 4 * shape.inner)
    kept = (
        shape.layers * size * shape.hidden + a_layer
        if dials.checkpointing
        else shape.layers * a_layer
    )
    return {
        "weights": (frozen * size + trained * (4 if dials.fp32 else 6)) / GB,
        "gradients and optimiser": trained * 4 * (1 + dials.states) / GB,
        "activations": tokens * kept / GB,
        "logits": tokens * shape.words * 4 * 2 / GB,
    }


def operations(shape: Shape, dials: Dials) -> float:
    """Floating-point operations of one example or pair, its reference pass included."""
    passes = 2 + (4 if dials.rank is None else 2) + (2 if dials.checkpointing else 0)
    sides, reference = (2, 2) if dials.kind == "dpo" else (1, 0)
    return sides * dials.length * shape.multiplied * (passes + reference)


def print_asking(pairs: int, dollars_in: float, dollars_out: float) -> None:
    """Print what judging costs, which draws and candidates multiply.

    Args:
        pairs: Pairs that are kept.
        dollars_in: Price of a million input tokens.
        dollars_out: Price of a million output tokens.
    """
    print(f"\njudge: ${dollars_in:g} and ${dollars_out:g} a million tokens in and out\n")
    print("| setting | calls | $ | $ by a batch API, at half |\n| --- | ---: | ---: | ---: |")
    for name, shares in ASKING.items():
        calls, read, written = (a * b * pairs for a, b in zip(PAPER, shares, strict=True))
        dollars = (read * dollars_in + written * dollars_out) / 1e6
        print(f"| {name} | {calls:,.0f} | {dollars:,.0f} | {dollars / 2:,.0f} |")
    print(
        "\nTwice the `draws`, or twice the permissive model's `samples`: twice the candidate calls, "
        "about\ntwice the judge calls (fewer where responses repeat), and twice the pairs."
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--model", choices=MODELS, default="llama31-8b")
    parser.add_argument("--pairs", type=int, default=100_000, help="pairs, each seen once")
    parser.add_argument("--length", type=int, default=640, help="tokens of prompt and response")
    parser.add_argument("--micro-batch", type=int, default=4)
    parser.add_argument("--tflops", type=float, default=989, help="of the device, dense bf16")
    parser.add_argument(
        "--utilisation", type=float, default=0.4, help="share of it that is reached"
    )
    parser.add_argument("--dollars-an-hour", type=float, default=2.5)
    parser.add_argument("--judge-in", type=float, default=2.5, help="dollars a million tokens")
    parser.add_argument("--judge-out", type=float, default=10.0, help="dollars a million tokens")
    args = parser.parse_args()
    shape = MODELS[args.model]
    first = Dials(length=args.length, micro_batch=args.micro_batch)
    cases = {
        f"dpo, lora rank 32, length {args.length}, micro_batch {args.micro_batch}, checkpointing": {},
        "lora rank 8": {"rank": 8},
        "lora rank 128": {"rank": 128},
        "all weights, rmsprop": {"rank": None},
        "all weights, adamw": {"rank": None, "states": 2},
        "half the length": {"length": args.length // 2},
        "twice the length": {"length": args.length * 2},
        "micro_batch 1": {"micro_batch": 1},
        "micro_batch 16": {"micro_batch": 16},
        "gradient_checkpointing: false": {"checkpointing": False},
        "precision: fp32": {"fp32": True},
        "sft": {"kind": "sft"},
    }
    print(
        f"{args.model}: {shape.weights / 1e9:.2f}e9 weights; {args.pairs:,} pairs, each seen once; "
        f"{args.tflops:g} TFLOPS at {args.utilisation:.0%} (fp32: a sixteenth), "
        f"${args.dollars_an_hour:g} an hour\n"
    )
    print("| setting | weights | gradients, optimiser | activations | logits | GB | hours | $ |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, turned in cases.items():
        dials = Dials(**{**vars(first), **turned})
        parts = memory(shape, dials)
        reached = args.tflops * 1e12 * args.utilisation / (16 if dials.fp32 else 1)
        hours = args.pairs * operations(shape, dials) / reached / 3600
        figures = " | ".join(f"{gb:.1f}" for gb in (*parts.values(), sum(parts.values())))
        print(f"| {name} | {figures} | {hours:.1f} | {hours * args.dollars_an_hour:.0f} |")
    print_asking(args.pairs, args.judge_in, args.judge_out)


if __name__ == "__main__":
    main()

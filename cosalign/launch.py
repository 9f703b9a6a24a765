"""A program that runs one training stage of a recipe, for `accelerate launch`.

accelerate launch --config_file cosalign/accelerate/fsdp2.yaml -m cosalign.launch \
    dpo recipes/llama31-8b.yaml --pairs RUN/pairs --sft RUN/sft --out RUN/dpo

Earlier stages are only read, because several processes must not run them together.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from cosalign.stages import Stage, StageError, read_stage
from cosalign.stages.processes import disconnect
from cosalign.training.dpo import DpoParameters, dpo
from cosalign.training.sft import SftParameters, sft


def main(argv: Sequence[str] | None = None) -> int:
    """Run one training stage.

    Args:
        argv: Arguments without the program's name; by default those of the process.

    Returns:
        0; 1 after an error, which is printed to stderr in one line.
    """
    parser = argparse.ArgumentParser(prog="cosalign.launch", description=__doc__)
    parser.add_argument("stage", choices=("sft", "dpo"), help="stage to run")
    parser.add_argument("recipe", type=Path, help="YAML file with a section of the stage's name")
    parser.add_argument("--pairs", type=Path, required=True, help="folder of the pairs stage")
    parser.add_argument("--sft", type=Path, help="folder of the sft stage, for dpo")
    parser.add_argument("--out", type=Path, required=True, help="output folder of the stage")
    parser.add_argument("--seed", type=int, default=0, help="seed of the training (default: 0)")
    args = parser.parse_args(argv)
    try:
        _run(args)
    except StageError as error:
        print(f"cosalign: {error}", file=sys.stderr)
        return 1
    disconnect()
    return 0


def _run(args: argparse.Namespace) -> Stage:
    try:
        section = yaml.safe_load(args.recipe.read_text("utf-8"))[args.stage]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise StageError(f"{args.recipe}: no section {args.stage} ({error})") from error
    pairs = read_stage(args.pairs)
    try:
        if args.stage == "sft":
            wanted = SftParameters.model_validate(section)
            return sft(wanted, pairs=pairs, seed=args.seed, out=args.out)
        start = None if args.sft is None else read_stage(args.sft)
        parameters = DpoParameters.model_validate(section)
    except ValidationError as error:
        raise StageError(f"{args.recipe}, section {args.stage}: {error}") from error
    return dpo(parameters, pairs=pairs, sft=start, seed=args.seed, out=args.out)


if __name__ == "__main__":
    sys.exit(main())

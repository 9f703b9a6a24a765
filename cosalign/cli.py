"""`cosalign`: from raw prompts to a controllable model, and the safeguards around configs.

cosalign run recipes/llama31-8b.yaml      # every stage; what has not changed is not made again
cosalign pairs recipes/llama31-8b.yaml    # up to one stage
cosalign status recipes/llama31-8b.yaml   # what is made
cosalign demo                             # the whole method in a toy world, on a laptop's CPU
cosalign review-config config.txt         # what is wrong with a safety config
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cosalign.safeguards.cli import add_safeguard_verbs
from cosapien import UserError

STAGES = (
    "prompts", "taxonomy", "label", "configs", "candidates", "judge", "pairs", "sft", "dpo", "export"
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        0; 1 for an error, or a demo that does not show what it should; `review-config` returns 2 if
        a config is to be revised.
    """
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
    except UserError as error:
        print(f"cosalign {args.verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ncosalign {args.verb}: stopped; run it again to go on", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cosalign", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for name in ("run", *STAGES, "status"):
        what = {"run": "make every stage", "status": "what of a recipe is made"}
        verb = verbs.add_parser(name, help=what.get(name, f"make the stages up to {name}"))
        verb.add_argument("recipe", type=Path, help="YAML file with a section per stage")
        verb.add_argument(
            "--set", action="append", default=[], metavar="SECTION.FIELD=VALUE", dest="changes"
        )
        verb.set_defaults(run=_status if name == "status" else _run)
    demo = verbs.add_parser("demo", help="the whole method in a toy world, on a laptop's CPU")
    demo.add_argument("--out", type=Path, default=Path("runs/demo"), help="default: runs/demo")
    demo.add_argument(
        "--seeds", type=int, default=1, help="how often, with other weights and splits"
    )
    demo.set_defaults(run=_demo)
    add_safeguard_verbs(verbs)
    return parser


def _run(args: argparse.Namespace) -> int:
    from cosalign.pipeline.recipe import load_recipe
    from cosalign.pipeline.run import run, what_next

    recipe = load_recipe(args.recipe, args.changes)
    made = run(recipe, "export" if args.verb == "run" else args.verb)
    if args.verb in ("run", "export"):
        print(what_next(made["export"].folder), end="")
    return 0


def _status(args: argparse.Namespace) -> int:
    from cosalign.pipeline.recipe import load_recipe
    from cosalign.pipeline.run import status

    print(status(load_recipe(args.recipe, args.changes)), end="")
    return 0


def _demo(args: argparse.Namespace) -> int:
    from cosalign.toy.demo import demo

    return int(any(found.failures() for found in demo(args.out, seeds=args.seeds)))


if __name__ == "__main__":
    sys.exit(main())

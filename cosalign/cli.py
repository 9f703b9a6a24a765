"""`cosalign`: train a model that follows safety configs, and review and authorise configs.

cosalign run recipes/llama31-8b.yaml      # run every stage; unchanged stages are skipped
cosalign pairs recipes/llama31-8b.yaml    # run the stages up to `pairs`
cosalign status recipes/llama31-8b.yaml   # show which stages are finished
cosalign demo                             # the whole method in a toy world, on a laptop's CPU
cosalign review-config config.txt         # find problems in a safety config
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cosalign.pipeline.names import STAGES
from cosalign.safeguards.cli import add_safeguard_verbs
from cosapien import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; by default those of the process.

    Returns:
        0; 1 after an error, or if a check of the demo fails; `review-config` returns 2 if a config
        needs a revision.
    """
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
    except UserError as error:
        print(f"cosalign {args.verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ncosalign {args.verb}: stopped; run it again to continue", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cosalign", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    for name in ("run", *STAGES, "status"):
        helps = {"run": "run every stage", "status": "show which stages are finished"}
        verb = verbs.add_parser(name, help=helps.get(name, f"run the stages up to {name}"))
        verb.add_argument("recipe", type=Path, help="YAML file with a section per stage")
        verb.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="SECTION.FIELD=VALUE",
            dest="changes",
            help="replace a value of the recipe; may be repeated",
        )
        verb.set_defaults(run=_status if name == "status" else _run)
    demo = verbs.add_parser("demo", help="the whole method in a toy world, on a laptop's CPU")
    demo.add_argument(
        "--out", type=Path, default=Path("runs/demo"), help="output folder (default: runs/demo)"
    )
    demo.add_argument(
        "--seeds", type=int, default=1, help="number of runs, each with its own weights and splits"
    )
    demo.set_defaults(run=_demo)
    add_safeguard_verbs(verbs)
    return parser


def _run(args: argparse.Namespace) -> int:
    from cosalign.pipeline.recipe import load_recipe
    from cosalign.pipeline.steps import run, what_next

    recipe = load_recipe(args.recipe, args.changes)
    made = run(recipe, "export" if args.verb == "run" else args.verb)
    if args.verb in ("run", "export"):
        print(what_next(made["export"].folder), end="")
    return 0


def _status(args: argparse.Namespace) -> int:
    from cosalign.pipeline.recipe import load_recipe
    from cosalign.pipeline.steps import status

    print(status(load_recipe(args.recipe, args.changes)), end="")
    return 0


def _demo(args: argparse.Namespace) -> int:
    from cosalign.toy.demo import demo

    evaluations = demo(args.out, seeds=args.seeds)
    return int(any(evaluation.failures() for evaluation in evaluations))


if __name__ == "__main__":
    sys.exit(main())

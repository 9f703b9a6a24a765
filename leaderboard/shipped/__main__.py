"""`python -m leaderboard.shipped`: compare a run with the rows that come with the package, or add it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cosapien import UserError
from leaderboard.shipped.folder import SHIPPED
from leaderboard.untrusted.text import printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.

    Returns:
        0; 1 after an error, if a row differs, or if there was nothing to compare.
    """
    args = _parser().parse_args(argv)
    try:
        return _rebuild(args) if args.verb == "rebuild" else _compare(args)
    except (UserError, OSError) as error:
        print(f"shipped {args.verb}: {printable(str(error))}", file=sys.stderr)
        return 1


def _compare(args: argparse.Namespace) -> int:
    from leaderboard.shipped.compare import agrees, compare, compared_text

    found = compare(args.dir, args.shipped)
    for line in compared_text(found).splitlines():
        print(printable(line))
    return 0 if agrees(found) else 1


def _rebuild(args: argparse.Namespace) -> int:
    from leaderboard.shipped.made import made_here
    from leaderboard.shipped.rebuild import rebuild

    for line in rebuild(args.dir, args.shipped, made_here()):
        print(printable(line))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leaderboard.shipped", description=__doc__)
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--dir", type=Path, default=Path("results"), help="the run's results folder"
    )
    parent.add_argument(
        "--shipped", type=Path, default=SHIPPED, help="folder of shipped rows (the package's)"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser(
        "compare",
        parents=[parent],
        help="say for each shipped row: equal, inside the interval, differs, or not run",
    )
    verbs.add_parser(
        "rebuild",
        parents=[parent],
        help="copy a run's whole rows into the shipped folder; on the machine that made them",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

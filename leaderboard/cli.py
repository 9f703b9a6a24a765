"""`leaderboard`: validate and submit runs, show and export the board."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cosapien import UserError
from leaderboard.commands.judges import add_judge_verbs
from leaderboard.commands.review import add_review_verb
from leaderboard.commands.runs import add_run_verbs
from leaderboard.commands.second_scores import add_second_score_verbs
from leaderboard.commands.site import add_site_verb
from leaderboard.untrusted.text import printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        0; 1 for an error; `validate` returns 2 if there are only warnings.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    split = given.index("--") if "--" in given else len(given)
    parser = _parser()
    args = parser.parse_args(given[:split])
    args.extra = given[split + 1 :]  # argparse cannot parse the options of another command
    if args.extra and args.verb != "reproduce":
        parser.error(f"{args.verb} takes nothing after --")
    try:
        code: int = args.run(args)
    except UserError as error:
        print(f"leaderboard {args.verb}: {printable(str(error))}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leaderboard", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_run_verbs(verbs)
    add_second_score_verbs(verbs)
    add_judge_verbs(verbs)
    add_review_verb(verbs)
    add_site_verb(verbs)
    return parser


if __name__ == "__main__":
    sys.exit(main())

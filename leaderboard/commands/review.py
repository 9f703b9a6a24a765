"""The verb `review`: people label responses in a browser, and their labels become a label file."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien import UserError
from leaderboard.app.environment import REVIEW_FOLDER, REVIEWER
from leaderboard.untrusted.text import printable

if TYPE_CHECKING:
    from leaderboard.results.submission import Submission


def add_review_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    review = verbs.add_parser("review", help="label responses by hand, in a browser")
    what = review.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "source", nargs="?", metavar="LOG|ROW", help="an .eval log, or a row of --dir or --repo"
    )
    what.add_argument(
        "--export", nargs=2, metavar=("FOLDER", "FILE"), help="write a review's label file (.jsonl)"
    )
    review.add_argument("--reviewer", help="who labels; names the file: a-z, 0-9, - and _")
    review.add_argument("--out", default="labels", help="where labels go (default: labels)")
    review.add_argument(
        "--per-config", type=int, default=10, help="responses of each config (default: 10)"
    )
    review.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    place = review.add_mutually_exclusive_group()
    place.add_argument("--dir", default="results", help="results folder (default: results)")
    place.add_argument("--repo", help="a Hub data set repository, as org/name")
    review.add_argument("--revision", default="main", help="of the repository: refs/pr/1, ...")
    review.add_argument("--port", type=int, default=8502, help="port (default: 8502)")
    review.set_defaults(run=_review)


def _review(args: argparse.Namespace) -> int:
    if args.export:
        return _export(*map(Path, args.export))
    if find_spec("streamlit") is None or find_spec("duckdb") is None:
        raise UserError('the page needs more packages: pip install -e ".[leaderboard]"')
    from leaderboard.review.labels import labels_path
    from leaderboard.review.sources import open_review

    if args.reviewer is None:
        raise UserError("who labels? give --reviewer NAME; every reviewer gets a file")
    if args.per_config < 1:
        raise UserError(f"--per-config is {args.per_config}; expected 1 or more")
    labels_path(Path(args.out), args.reviewer)  # a bad name is told before anything is drawn
    folder = open_review(_source(args), Path(args.out), args.per_config, args.seed)
    print(printable(f"labels: {labels_path(folder, args.reviewer)}"))
    print(f"http://127.0.0.1:{args.port}", flush=True)
    return serve_review(folder, args.reviewer, args.port)


def serve_review(folder: Path, reviewer: str, port: int) -> int:
    """Run the page until it is stopped; this machine only.

    Args:
        folder: The review's folder.
        reviewer: Who labels.
        port: Port to listen on.

    Returns:
        The server's exit status.
    """
    import subprocess

    from leaderboard.app.serving import REVIEW, command

    environment = {**os.environ, REVIEW_FOLDER: str(folder.resolve()), REVIEWER: reviewer}
    try:
        words = command(port, "127.0.0.1", REVIEW)
        return subprocess.run(words, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _source(args: argparse.Namespace) -> Path | Submission:
    from leaderboard.results.submission import find_submission

    if (path := Path(args.source)).exists():
        return path
    if args.source.endswith(".eval"):
        raise UserError(f"{args.source}: no such log")
    if args.repo:
        from leaderboard.results.hub import fetch_results

        return find_submission(fetch_results(args.repo, args.revision).folder, args.source)
    return find_submission(Path(args.dir), args.source)


def _export(folder: Path, out: Path) -> int:
    from leaderboard.review.merge import write_label_file

    made = write_label_file(folder, out)
    print(printable(f"{out}: {made.responses} responses, {made.by_several} labelled by several"))
    if made.undecided:
        print(
            f"{made.undecided} without a decision on compliance (reviewers disagree, or cannot say): "
            "left open; a third reviewer decides",
            file=sys.stderr,
        )
    return 0

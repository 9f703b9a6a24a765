"""The verb `review`: people label responses in a browser, and the labels become a label file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien import UserError
from leaderboard.app.environment import REVIEW_FOLDER, REVIEWER
from leaderboard.commands.common import READ, Verbs, place_options, require, results_folder
from leaderboard.untrusted.text import printable

if TYPE_CHECKING:
    from leaderboard.results.submission import Submission


def add_review_verb(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add the verb to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    review = verbs.add_parser(
        "review", help="label responses by hand, in a browser", parents=[place_options(READ)]
    )
    what = review.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "source", nargs="?", metavar="LOG|ROW", help="an .eval log, or a row of --dir or --repo"
    )
    what.add_argument(
        "--export", nargs=2, metavar=("FOLDER", "FILE"), help="write a review's label file (.jsonl)"
    )
    review.add_argument(
        "--reviewer", help="name of the reviewer, also of the file: a-z, 0-9, - and _"
    )
    review.add_argument("--out", default="labels", help="folder for labels (default: labels)")
    review.add_argument(
        "--per-config", type=int, default=10, help="responses per config (default: 10)"
    )
    review.add_argument("--seed", type=int, default=0, help="seed of the draw (default: 0)")
    review.add_argument("--port", type=int, default=8502, help="port (default: 8502)")
    review.set_defaults(run=_review)


def _review(args: argparse.Namespace) -> int:
    if args.export:
        return _export(*map(Path, args.export))
    require("streamlit", "duckdb", what="the page")
    from leaderboard.review.labels import labels_path
    from leaderboard.review.sources import open_review

    if args.reviewer is None:
        raise UserError("no reviewer: give --reviewer NAME; every reviewer has their own file")
    if args.per_config < 1:
        raise UserError(f"--per-config is {args.per_config}; expected 1 or more")
    labels_path(Path(args.out), args.reviewer)  # report a bad name before anything is drawn
    folder = open_review(_source(args), Path(args.out), args.per_config, args.seed)
    print(printable(f"labels: {labels_path(folder, args.reviewer)}"))
    print(f"http://127.0.0.1:{args.port}", flush=True)
    return serve_review(folder, args.reviewer, args.port)


def serve_review(folder: Path, reviewer: str, port: int) -> int:
    """Run the page until it is stopped; this machine only.

    Args:
        folder: The review's folder.
        reviewer: The reviewer's name.
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
    return find_submission(results_folder(args), args.source)


def _export(folder: Path, out: Path) -> int:
    from leaderboard.review.merge import write_label_file

    made = write_label_file(folder, out)
    print(printable(f"{out}: {made.responses} responses, {made.by_several} labelled by several"))
    if made.undecided:
        print(
            f"{made.undecided} without a decision on compliance (reviewers disagree, or cannot say): "
            "left open until a third reviewer decides",
            file=sys.stderr,
        )
    return 0

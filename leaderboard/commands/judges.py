"""The verbs `judge` and `labels`: what is known of judges, added to a board."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from leaderboard.untrusted.text import printable


def add_judge_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both verbs to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    judge = verbs.add_parser("judge", help="add a judge's agreement with people")
    judge.add_argument("logs", nargs="+", metavar="LOG", help="logs of tasks/judge_agreement")
    judge.set_defaults(run=_judge)

    labels = verbs.add_parser("labels", help="add people's labels of a row's responses")
    labels.add_argument("row", metavar="ROW", help="row id: its submission's folder")
    labels.add_argument("file", metavar="FILE", help="what `leaderboard review --export` wrote")
    labels.add_argument("--revision", default="main", help="of the repository: refs/pr/1, ...")
    labels.set_defaults(run=_labels)
    for verb in (judge, labels):
        place = verb.add_mutually_exclusive_group()
        place.add_argument("--dir", default="results", help="results folder (default: results)")
        place.add_argument("--repo", help="a Hub data set repository: opens a pull request there")


def _judge(args: argparse.Namespace) -> int:
    from leaderboard.evidence.judge_records import add_judge_records

    def add(target: Path) -> dict[Path, str]:
        made = add_judge_records([Path(log) for log in args.logs], target)
        return {
            path: f"{record.judge_name} ({record.judge_id}) on {record.labels}"
            for path, record in made.items()
        }

    return _add(args, "Judge record", add)


def _labels(args: argparse.Namespace) -> int:
    from leaderboard.evidence.label_files import add_label_file
    from leaderboard.results.hub import fetch_results
    from leaderboard.results.submission import find_submission

    results = fetch_results(args.repo, args.revision).folder if args.repo else Path(args.dir)
    submission = find_submission(results, args.row)

    def add(target: Path) -> dict[Path, str]:
        return {add_label_file(Path(args.file), submission, target): submission.manifest.name}

    return _add(args, "Labels", add)


def _add(args: argparse.Namespace, what: str, add: Callable[[Path], dict[Path, str]]) -> int:
    """Add files to the results folder, or propose them all in one pull request."""
    with tempfile.TemporaryDirectory() as staging:
        target = Path(staging) if args.repo else Path(args.dir)
        made = add(target)
        for path, name in made.items():
            print(printable(name if args.repo else f"{name}: {path}"))
        if args.repo:
            from leaderboard.results.hub import open_pull_request

            files = {path.relative_to(target).as_posix(): path for path in made}
            title = f"{what}: {', '.join(made.values())}"
            print(f"pull request: {open_pull_request(files, args.repo, title).url}")
    return 0

"""The verbs `judge` and `labels`: add evidence about judges to a board."""

from __future__ import annotations

import argparse
from pathlib import Path

from leaderboard.commands.common import (
    PROPOSE,
    Verbs,
    place_options,
    propose_or_add,
    results_folder,
)
from leaderboard.untrusted.text import printable


def add_judge_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add both verbs to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    judge = verbs.add_parser(
        "judge",
        help="add a judge's record of agreement with people",
        parents=[place_options(PROPOSE, revision=False)],
    )
    judge.add_argument("logs", nargs="+", metavar="LOG", help="logs of tasks/judge_agreement")
    judge.set_defaults(run=_judge)

    labels = verbs.add_parser(
        "labels", help="add people's labels of a row's responses", parents=[place_options(PROPOSE)]
    )
    labels.add_argument("row", metavar="ROW", help="row id: its submission's folder")
    labels.add_argument("file", metavar="FILE", help="a file from `leaderboard review --export`")
    labels.set_defaults(run=_labels)


def _judge(args: argparse.Namespace) -> int:
    from leaderboard.evidence.judge_records import add_judge_records

    def add(target: Path) -> tuple[str, list[Path]]:
        made = add_judge_records([Path(log) for log in args.logs], target)
        names = {
            path: f"{record.judge_name} ({record.judge_id}) on {record.labels}"
            for path, record in made.items()
        }
        return _print_added(args, "Judge record", names)

    return propose_or_add(args, add)


def _labels(args: argparse.Namespace) -> int:
    from leaderboard.evidence.label_files import add_label_file
    from leaderboard.results.submission import find_submission

    submission = find_submission(results_folder(args), args.row)

    def add(target: Path) -> tuple[str, list[Path]]:
        path = add_label_file(Path(args.file), submission, target)
        return _print_added(args, "Labels", {path: submission.manifest.name})

    return propose_or_add(args, add)


def _print_added(
    args: argparse.Namespace, kind: str, names: dict[Path, str]
) -> tuple[str, list[Path]]:
    """Print what was added; a title for all of it, and the files."""
    for path, name in names.items():
        print(printable(name if args.repo else f"{name}: {path}"))
    return f"{kind}: {', '.join(names.values())}", list(names)

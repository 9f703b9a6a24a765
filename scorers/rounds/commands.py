"""The verbs of `cosa round`: a private round is drawn, entered and revealed."""

from __future__ import annotations

import argparse
import shlex
from datetime import UTC, datetime
from pathlib import Path

Verbs = argparse._SubParsersAction  # what `ArgumentParser.add_subparsers` returns


def add_round_verbs(commands: Verbs[argparse.ArgumentParser]) -> None:
    """Add `round` and its three verbs to a command line.

    Args:
        commands: What `ArgumentParser.add_subparsers` returns.
    """
    parser = commands.add_parser("round", help="private rounds: a test set with a secret seed")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    new = verbs.add_parser("new", help="draw a round: what to publish, and a secret to keep")
    new.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    new.add_argument("--name", required=True, help="its name, such as autumn-2026")
    new.add_argument(
        "--closes", required=True, help="2026-12-15 (the end of that day, UTC), or with a time"
    )
    new.add_argument(
        "--level", default="3", help="difficulty, 1 to 5, or several: 1,3,5 (default: 3)"
    )
    new.add_argument("--knobs", help="parts of the level set by themselves: facts=24,depth=3")
    new.set_defaults(run=_new)

    enter = verbs.add_parser("enter", help="enter a finished run before the round closes")
    enter.add_argument("folder", type=Path, metavar="DIR", help="the round's folder")
    enter.add_argument("logs", nargs="+", metavar="LOG", help="Inspect logs, or folders of them")
    enter.set_defaults(run=_enter)

    reveal = verbs.add_parser("reveal", help="publish the seed after the round has closed")
    reveal.add_argument("folder", type=Path, metavar="DIR", help="the round's folder")
    reveal.add_argument("--early", action="store_true", help="end the round before it closes")
    reveal.set_defaults(run=_reveal)


def _new(args: argparse.Namespace) -> str:
    from cosapien.rounds import RECORDS, ROUND, SECRET, new_round

    folder: Path = args.folder
    about = new_round(folder, args.name, args.closes, datetime.now(UTC), args.level, args.knobs)
    quoted = shlex.quote(str(folder / RECORDS))
    return (
        f"Round {about.name} was drawn. It closes at {about.closes}.\n\n"
        f"Publish {folder / ROUND} and {folder / RECORDS}.\n"
        f"Keep {folder / SECRET} to yourself, with a copy: who has it knows every answer, and without "
        "it the round cannot be revealed.\n"
        f"Publish the commitment where its date can be seen: {about.commitment}\n\n"
        "Who takes part runs a model with\n\n"
        f"inspect eval tasks/cosapien.py -T dataset={quoted} -T judge=deferred --no-score --model ...\n\n"
        f"and enters the log before the round closes: cosa round enter {shlex.quote(str(folder))} LOG\n"
    )


def _enter(args: argparse.Namespace) -> str:
    from cosapien import DataError
    from cosapien.rounds import (
        REVEAL,
        add_entry,
        check_open,
        digest_of,
        read_public,
        read_records,
        read_round,
    )
    from scorers.rounds.whole_run import run_responses
    from scorers.runs import find_logs, finished_header

    folder: Path = args.folder
    about, now = read_round(folder), datetime.now(UTC)
    check_open(folder, about, now)
    if (folder / REVEAL).exists():
        raise DataError(
            f"{folder}: the round was revealed already: nothing can be entered any more"
        )
    benchmark = read_public(read_records(folder, about), str(folder))
    found = []
    for log in find_logs(args.logs):
        header = finished_header(log)
        responses = run_responses(log, header, about, benchmark)
        digest = digest_of((name, epoch, text) for (name, epoch), text in responses.items())
        found.append((log, digest, header.eval.model))
    lines = []
    for log, digest, model in found:  # only after all logs were found fit
        path = add_entry(folder, about, digest, model, now)
        lines.append(f"{log} ({model}): {path}")
    return "\n".join(
        [
            *lines,
            "",
            f"Hand in these files before {about.closes}. They tell nothing of the responses; keep the "
            "logs, which you submit after the reveal.",
            "",
        ]
    )


def _reveal(args: argparse.Namespace) -> str:
    from cosapien.rounds import REVEAL, reveal_round

    folder: Path = args.folder
    made, new = reveal_round(folder, datetime.now(UTC), early=args.early)
    count = len(made.entries)
    runs = f"{count} {'run' if count == 1 else 'runs'} entered"
    if not new:
        return (
            f"{folder / REVEAL}: revealed already, at {made.revealed}, with {runs}; not changed\n"
        )
    return (
        f"{folder / REVEAL}: {runs}\n\n"
        "Publish it. Who entered a run submits its log with\n\n"
        f"leaderboard submit LOG --round {shlex.quote(str(folder))} --dir results\n"
    )

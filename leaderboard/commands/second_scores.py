"""The verbs `rescore` and `reproduce`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien import UserError
from leaderboard.commands.common import (
    PROPOSE,
    Verbs,
    place_options,
    propose_or_add,
    results_folder,
)
from leaderboard.untrusted.text import printable
from scorers.waves import add_engine_options, engine_options

if TYPE_CHECKING:
    from leaderboard.evidence.attestations import AttestationFile
    from leaderboard.results.submission import Submission


def add_second_score_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add both verbs to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    place = place_options(PROPOSE)
    rescore = verbs.add_parser("rescore", help="judge submitted responses again", parents=[place])
    rescore.add_argument("rows", nargs="+", metavar="ROW", help="row id: its submission's folder")
    judge = rescore.add_mutually_exclusive_group()
    judge.add_argument(
        "--grader",
        action="append",
        metavar="PROVIDER/MODEL",
        help="the judge; give several for a panel (default: the one in pins.json)",
    )
    judge.add_argument("--rules", action="store_true", help="judge by the benchmark's checks")
    add_engine_options(rescore, default="inspect")
    rescore.set_defaults(run=_rescore)

    reproduce = verbs.add_parser(
        "reproduce",
        help="run a row's run-config again",
        parents=[place],
        epilog="Further options of `inspect eval` go after --, as in: -- -M base_url=http://...",
    )
    reproduce.add_argument("row", metavar="ROW", help="row id: its submission's folder")
    what = reproduce.add_mutually_exclusive_group()
    what.add_argument("--yes", action="store_true", help="run the command without asking again")
    what.add_argument("--from-log", metavar="LOG", help="use this finished run instead")
    reproduce.set_defaults(run=_reproduce)
    for verb in (rescore, reproduce):
        verb.add_argument(
            "--by", default="anonymous", help="who is responsible for the second score"
        )
        verb.add_argument("--log-dir", default="logs", help="folder for logs (default: logs)")


def _rescore(args: argparse.Namespace) -> int:
    from leaderboard.evidence.pins import read_pins
    from leaderboard.evidence.rescore import rescore
    from scorers.asking import Settings

    engine = engine_options(args, Settings())

    def second(submission: Submission, results: Path) -> AttestationFile:
        rules, graders = args.rules, args.grader or ()
        if not rules and not graders:
            pinned = read_pins(results).judge_for(submission.manifest.data.benchmark)
            rules, graders = pinned == "rules", () if pinned == "rules" else pinned
        return rescore(
            submission,
            by=args.by,
            log_dir=args.log_dir,
            graders=graders,
            judge="rules" if rules else "llm",
            engine=engine,
        )

    return _attest(args, args.rows, second)


def _reproduce(args: argparse.Namespace) -> int:
    from leaderboard.evidence.reproduce import attest_rerun, reproduce

    if args.from_log and args.extra:
        raise UserError("--from-log runs nothing, so it takes no options after --")

    def second(submission: Submission, _: Path) -> AttestationFile:
        with tempfile.TemporaryDirectory() as out:
            if args.from_log:
                log = Path(args.from_log)
                return attest_rerun(submission, log, by=args.by, out=Path(out))
            return reproduce(
                submission,
                by=args.by,
                log_dir=Path(args.log_dir),
                out=Path(out),
                extra_args=args.extra,
                confirm=args.yes,
            )

    return _attest(args, [args.row], second)


def _attest(
    args: argparse.Namespace, rows: list[str], second: Callable[[Submission, Path], AttestationFile]
) -> int:
    """Add the second score of each row to the results, or propose them all."""
    from leaderboard.evidence.attestations import write_attestation
    from leaderboard.results.submission import find_submission

    def add(target: Path) -> tuple[str, list[Path]]:
        results = results_folder(args) if args.repo else target
        submissions = [find_submission(results, row) for row in rows]
        written = []
        for submission in submissions:
            made = second(submission, results)
            written.append(write_attestation(made, target))
            print(printable(f"{submission.manifest.name}: {_sentence(made)}"))
            if not args.repo:
                print(f"  {written[-1]}")
        names = ", ".join(submission.manifest.name for submission in submissions)
        return f"{args.verb.capitalize()} {names}", written

    return propose_or_add(args, add)


def _sentence(made: AttestationFile) -> str:
    score, submitted, difference = made.score.mean, made.submitted.mean, made.difference
    if score is None or submitted is None or difference.mean is None:
        return f"{made.tier} by {made.judge_name}: no score is established"
    spread = (
        f" [{difference.lower:+.3f}, {difference.upper:+.3f}]"
        if difference.lower is not None and difference.upper is not None
        else ""
    )
    changed = made.changed
    return (
        f"{made.tier} by {made.judge_name}: {score:+.3f}, submitted {submitted:+.3f}, difference "
        f"{difference.mean:+.3f}{spread}; {changed.safe_to_unsafe} responses now unsafe, "
        f"{changed.unsafe_to_safe} now safe, {changed.newly_unscored} now unscored"
    )

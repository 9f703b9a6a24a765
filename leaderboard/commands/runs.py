"""The verbs `validate`, `submit`, `board`, `serve` and `export`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING

from cosapien import UserError
from leaderboard.commands.common import (
    PROPOSE,
    READ,
    Verbs,
    opened,
    place_options,
    propose,
    require,
)
from leaderboard.shipped.folder import ABOUT, SHIPPED
from leaderboard.untrusted.text import printable

if TYPE_CHECKING:
    from leaderboard.board.index_file import Index
    from leaderboard.rounds.stored import Revealed

_DECLARED = {
    "submitter": "who is responsible for the rows: a name, a Hub user or an organisation",
    "contact": "address for questions",
    "training_data": "what is known about benchmark data in the model's training",
    "cost_usd": "cost of the run in dollars",
    "model_url": "address of the model or its card",
    "paper_url": "address of a paper on the method",
    "notes": "anything else a reader should know",
}
_ROUND = "folder of a revealed private round: the runs are judged with its records, by the rules"
_FORMS = ("latex", "markdown", "bibtex", "eval-results", "every-eval-ever")


def add_run_verbs(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add all five verbs to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    validate = verbs.add_parser(
        "validate",
        help="check logs or submissions (exit code 0 ok, 1 errors, 2 warnings only)",
    )
    validate.add_argument("places", nargs="+", metavar="LOG", help="an .eval log, or a submission")
    validate.add_argument("--round", metavar="DIR", type=Path, help=_ROUND)
    validate.set_defaults(run=_validate)

    submit = verbs.add_parser(
        "submit",
        help="check runs and add them to a results folder",
        parents=[place_options(PROPOSE, revision=False)],
    )
    submit.add_argument("logs", nargs="+", metavar="LOG", help="an .eval log, or a folder of them")
    for name, text in _DECLARED.items():
        kind = float if name == "cost_usd" else str
        submit.add_argument(f"--{name.replace('_', '-')}", type=kind, help=text)
    submit.add_argument("--round", metavar="DIR", type=Path, help=_ROUND)
    submit.set_defaults(run=_submit)

    place = place_options(READ, logs=True)
    verbs.add_parser("board", help="print the board", parents=[place]).set_defaults(run=_board)

    serve = verbs.add_parser("serve", help="open the board in a browser", parents=[place])
    serve.add_argument("--port", type=int, default=8501, help="port (default: 8501)")
    serve.add_argument(
        "--address", default="127.0.0.1", help="address (default: this machine only)"
    )
    serve.add_argument(
        "--or-shipped",
        action="store_true",
        help="while there is no log in --logs, show the rows that come with the package",
    )
    serve.set_defaults(run=_serve)

    export = verbs.add_parser(
        "export", help="print rows in the formats of papers and other tools", parents=[place]
    )
    export.add_argument("form", choices=_FORMS, help="what to print")
    export.add_argument("rows", nargs="+", metavar="ROW", help="row id: its submission's folder")
    export.add_argument("--spread", choices=("interval", "stderr"), default="interval")
    export.set_defaults(run=_export)


def _validate(args: argparse.Namespace) -> int:
    from leaderboard.intake.accept import check_log
    from leaderboard.intake.findings import exit_code
    from leaderboard.intake.validate import validate
    from leaderboard.results.submission import read_submission

    revealed = _revealed(args)
    codes = []
    for place in map(Path, args.places):
        if place.is_dir():
            findings = validate(read_submission(place), revealed.benchmark if revealed else "auto")
        else:
            findings = check_log(place, revealed)
        codes.append(exit_code(findings))
        print(f"{printable(str(place))}: {('ok', 'refused', 'accepted with warnings')[codes[-1]]}")
        for finding in findings:
            print(f"  {finding}")
    return 1 if 1 in codes else max(codes)


def _submit(args: argparse.Namespace) -> int:
    from leaderboard.intake.accept import accept
    from leaderboard.results.manifest_json import declared_from
    from leaderboard.results.submission import add_submission
    from leaderboard.rounds.stored import add_round, check_addable
    from scorers.runs import find_logs

    declared = declared_from(
        {name: getattr(args, name) for name in _DECLARED if getattr(args, name) is not None}
    )
    revealed = _revealed(args)
    if revealed and not args.repo:
        check_addable(revealed, Path(args.dir))  # before anything is judged
    logs = find_logs(args.logs)
    with tempfile.TemporaryDirectory() as staging:
        made = []
        for number, log in enumerate(logs):
            accepted = accept(Path(log), declared, Path(staging) / str(number), revealed)
            for finding in accepted.findings:
                print(printable(f"{log}: {finding}"), file=sys.stderr)
            if accepted.submission is None:
                raise UserError(f"{log}: nothing was submitted: see the errors above")
            made.append(accepted.submission)
        if args.repo:
            from leaderboard.results.hub import files_of

            title = "Submit " + ", ".join(submission.manifest.name for submission in made)
            propose(args.repo, files_of(made), title, revealed.files if revealed else None)
            return 0
        if revealed:
            add_round(revealed, Path(args.dir))
        for submission in made:
            target = add_submission(submission, Path(args.dir))
            print(printable(f"{submission.manifest.name}: {target}"))
    return 0


def _revealed(args: argparse.Namespace) -> Revealed | None:
    """The round that `--round` names."""
    from leaderboard.rounds.stored import read_revealed

    return None if args.round is None else read_revealed(args.round)


def _board(args: argparse.Namespace) -> int:
    from leaderboard.display.terminal import board_text

    with opened(args) as (index, _):
        if args.shipped:
            print(fill(f"These are {ABOUT}.", 99), end="\n\n")
        # what is piped keeps its tables
        width = get_terminal_size().columns if sys.stdout.isatty() else None
        print(board_text(index, width), end="")
    return 0


def _serve(args: argparse.Namespace) -> int:
    require("streamlit", "duckdb", what="the app")
    from leaderboard.app.serving import Source, serve
    from leaderboard.board.build import build_index

    source = Source(args.repo, args.revision, tuple(args.logs or ()))

    def show(index: Index, results: Path, source: Source) -> int:
        print(f"{len(index.rows)} rows: http://{args.address}:{args.port}", flush=True)
        return serve(index, results, port=args.port, address=args.address, source=source)

    if args.or_shipped and not _any_log(args):
        with tempfile.TemporaryDirectory() as own:
            print(f"no logs in {printable(', '.join(args.logs))}: {ABOUT}", flush=True)
            index = build_index(SHIPPED, Path(own) / "cache")
            return show(index, SHIPPED, replace(source, into=str(Path(own) / "results")))
    with opened(args) as (index, results):
        return show(index, results, source)


def _any_log(args: argparse.Namespace) -> bool:
    from leaderboard.intake.collect import any_log

    if not args.logs:
        raise UserError("--or-shipped goes with --logs LOG; for those rows alone give --shipped")
    return any_log(args.logs)


def _export(args: argparse.Namespace) -> int:
    from leaderboard import exports
    from leaderboard.results.submission import read_submission

    with opened(args) as (index, results):
        by_id = {row.id: row for row in index.rows}
        if unknown := [ident for ident in args.rows if ident not in by_id]:
            known = ", ".join(by_id) or "none"
            raise UserError(f"no row {unknown[0]!r} here; there are: {known}")
        rows = [by_id[ident] for ident in args.rows]
        if args.form in ("latex", "markdown"):
            table = exports.latex_table if args.form == "latex" else exports.markdown_table
            print(table(rows, args.spread), end="")
            return 0
        if len(rows) > 1 and args.form != "bibtex":
            raise UserError(f"{args.form} is one file per row; name one row")
        for row in rows:
            if args.form == "bibtex":
                print(exports.bibtex(row))
            elif args.form == "eval-results":
                print(exports.eval_results_yaml(row), end="")
            else:
                samples = read_submission(results / row.folder).manifest.samples
                print(exports.every_eval_ever_json(row, samples), end="")
    return 0

"""`leaderboard`: validate and submit runs, look at the board."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien import UserError
from leaderboard.commands.judges import add_judge_verbs
from leaderboard.commands.review import add_review_verb
from leaderboard.commands.second_scores import add_second_score_verbs
from leaderboard.commands.site import add_site_verb
from leaderboard.intake.findings import printable

if TYPE_CHECKING:
    from leaderboard.board.index_file import Index


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
    args.extra = given[split + 1 :]  # argparse cannot take options of another command
    if args.extra and args.verb != "reproduce":
        parser.error(f"{args.verb} takes nothing after --")
    try:
        code: int = args.run(args)
    except UserError as error:
        print(f"leaderboard {args.verb}: {printable(str(error))}", file=sys.stderr)
        return 1
    return code


def _validate(args: argparse.Namespace) -> int:
    from leaderboard.intake.accept import check_log
    from leaderboard.intake.findings import exit_code
    from leaderboard.intake.validate import validate
    from leaderboard.results.submission import read_submission

    codes = []
    for place in map(Path, args.places):
        findings = validate(read_submission(place)) if place.is_dir() else check_log(place)
        codes.append(exit_code(findings))
        print(f"{printable(str(place))}: {('ok', 'refused', 'accepted with warnings')[codes[-1]]}")
        for finding in findings:
            print(f"  {finding}")
    return 1 if 1 in codes else max(codes)


def _submit(args: argparse.Namespace) -> int:
    from leaderboard.intake.accept import accept
    from leaderboard.results.manifest_json import declared_from
    from leaderboard.results.submission import add_submission
    from scorers.runs import find_logs

    declared = declared_from(
        {name: getattr(args, name) for name in _DECLARED if getattr(args, name) is not None}
    )
    logs = find_logs(args.logs)
    with tempfile.TemporaryDirectory() as staging:
        made = []
        for number, log in enumerate(logs):
            accepted = accept(Path(log), declared, Path(staging) / str(number))
            for finding in accepted.findings:
                print(printable(f"{log}: {finding}"), file=sys.stderr)
            if accepted.submission is None:
                raise UserError(f"{log}: not submitted, and nothing else either: see the errors")
            made.append(accepted.submission)
        if args.repo:
            from leaderboard.results.hub import files_of, open_pull_request

            title = "Submit " + ", ".join(submission.manifest.name for submission in made)
            print(f"pull request: {open_pull_request(files_of(made), args.repo, title).url}")
            return 0
        for submission in made:
            target = add_submission(submission, Path(args.dir))
            print(printable(f"{submission.manifest.name}: {target}"))
    return 0


def _board(args: argparse.Namespace) -> int:
    from leaderboard.display.terminal import board_text

    with _opened(args) as (index, _):
        print(board_text(index), end="")
    return 0


def _serve(args: argparse.Namespace) -> int:
    if find_spec("streamlit") is None or find_spec("duckdb") is None:
        raise UserError('the app needs more packages: pip install -e ".[leaderboard]"')
    from leaderboard.app.serving import Source, serve

    source = Source(args.repo, args.revision, tuple(args.logs or ()))
    with _opened(args) as (index, results):
        print(f"{len(index.rows)} rows: http://{args.address}:{args.port}", flush=True)
        return serve(index, results, port=args.port, address=args.address, source=source)


def _export(args: argparse.Namespace) -> int:
    from leaderboard import exports
    from leaderboard.results.submission import read_submission

    with _opened(args) as (index, results):
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


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[tuple[Index, Path]]:
    """The index of what `--dir`, `--repo` or `--logs` names, and its results folder."""
    from leaderboard.board.build import build_index
    from leaderboard.intake.collect import cache_folder, results_from_logs

    with tempfile.TemporaryDirectory() as staging:
        results = Path(args.dir)
        if args.logs:
            results = Path(staging) / "results"
            results.mkdir()
            for skipped in results_from_logs(args.logs, results):
                print(printable(f"left out: {skipped.reason}"), file=sys.stderr)
        elif args.repo:
            from leaderboard.results.hub import fetch_results

            fetched = fetch_results(args.repo, args.revision)
            results = fetched.folder
            if not fetched.fresh:
                print(
                    f"the Hub cannot be reached: commit {fetched.commit} as fetched last",
                    file=sys.stderr,
                )
        elif not results.is_dir():
            raise UserError(f"{results}: no such folder; make it with `leaderboard submit LOG`")
        cache = Path(staging) / "cache" if args.logs else cache_folder()
        yield build_index(results, cache, _progress if sys.stderr.isatty() else None), results


def _progress(done: int, of: int) -> None:
    print(f"\rreading submission {done + 1} of {of}", end="", file=sys.stderr, flush=True)


_DECLARED = {
    "submitter": "who answers for the rows: a name, a Hub user or an organisation",
    "contact": "address for questions",
    "training_data": "what is known about benchmark data in the model's training",
    "cost_usd": "what the run cost",
    "model_url": "where the model or its card is",
    "paper_url": "what describes the method",
    "notes": "anything a reader should know",
}


_FORMS = ("latex", "markdown", "bibtex", "eval-results", "every-eval-ever")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leaderboard", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)

    validate = verbs.add_parser("validate", help="check logs or submissions: exit 0 ok, 1 error, 2")
    validate.add_argument("places", nargs="+", metavar="LOG", help="an .eval log, or a submission")
    validate.set_defaults(run=_validate)

    submit = verbs.add_parser("submit", help="check runs and add them to a results folder")
    submit.add_argument("logs", nargs="+", metavar="LOG", help="an .eval log, or a folder of them")
    place = submit.add_mutually_exclusive_group()
    place.add_argument("--dir", default="results", help="results folder (default: results)")
    place.add_argument("--repo", help="a Hub data set repository: opens a pull request there")
    for name, text in _DECLARED.items():
        kind = float if name == "cost_usd" else str
        submit.add_argument(f"--{name.replace('_', '-')}", type=kind, help=text)
    submit.set_defaults(run=_submit)

    board = verbs.add_parser("board", help="print the board")
    board.set_defaults(run=_board)
    serve = verbs.add_parser("serve", help="open the board in a browser")
    serve.add_argument("--port", type=int, default=8501, help="port (default: 8501)")
    serve.add_argument(
        "--address", default="127.0.0.1", help="address (default: this machine only)"
    )
    serve.set_defaults(run=_serve)
    export = verbs.add_parser("export", help="print rows as other tools and papers take them")
    export.add_argument("form", choices=_FORMS, help="what to print")
    export.add_argument("rows", nargs="+", metavar="ROW", help="row id: its submission's folder")
    export.add_argument("--spread", choices=("interval", "stderr"), default="interval")
    export.set_defaults(run=_export)
    add_second_score_verbs(verbs)
    add_judge_verbs(verbs)
    add_review_verb(verbs)
    for verb in (board, serve, export, add_site_verb(verbs, _opened)):
        place = verb.add_mutually_exclusive_group()
        place.add_argument("--dir", default="results", help="results folder (default: results)")
        place.add_argument("--repo", help="a Hub data set repository, as org/name")
        place.add_argument("--logs", nargs="+", metavar="LOG", help="logs or folders of them")
        verb.add_argument("--revision", default="main", help="of the repository: refs/pr/1, ...")
    return parser


if __name__ == "__main__":
    sys.exit(main())

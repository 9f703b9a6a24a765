"""The verb `site`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien import UserError

if TYPE_CHECKING:
    from leaderboard.board.index_file import Index


def add_site_verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    opened: Callable[[argparse.Namespace], AbstractContextManager[tuple[Index, Path]]],
) -> argparse.ArgumentParser:
    """Add the verb to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
        opened: Opens the board that the arguments name.

    Returns:
        Its parser, which still needs the options that name a board.
    """
    site = verbs.add_parser(
        "site", help="write the board as plain files: for a web server, a Space, an archive"
    )
    site.add_argument("--out", type=Path, default=Path("public"), help="folder (default: public)")
    site.add_argument("--title", default="CoSA leaderboard", help="the board's name")
    site.add_argument(
        "--failures", type=int, default=100, metavar="K", help="failures per row (default: 100)"
    )
    site.add_argument(
        "--no-texts", action="store_true", help="leave out prompts, responses and rationales"
    )
    site.set_defaults(run=lambda args: _site(args, opened))
    return site


def _site(
    args: argparse.Namespace,
    opened: Callable[[argparse.Namespace], AbstractContextManager[tuple[Index, Path]]],
) -> int:
    if find_spec("jinja2") is None or find_spec("duckdb") is None:
        raise UserError('the site needs more packages: pip install -e ".[leaderboard]"')
    from leaderboard.site.build import build_site
    from leaderboard.site.options import Options

    if args.failures < 0:
        raise UserError(f"--failures {args.failures}: expected 0 or more")
    options = Options(args.title, args.failures, not args.no_texts, args.repo)
    with opened(args) as (index, results):
        build_site(index, results, args.out, options, _progress if sys.stderr.isatty() else None)
        print(f"{args.out}: {len(index.rows)} rows; open {args.out / 'index.html'}")
    print(f"to publish it: see {args.out / 'README.md'}")
    return 0


def _progress(done: int, of: int) -> None:
    print(f"\rwriting row {done + 1} of {of}", end="", file=sys.stderr, flush=True)

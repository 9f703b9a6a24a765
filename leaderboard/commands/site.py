"""The verb `site`."""

from __future__ import annotations

import argparse
from pathlib import Path

from cosapien import UserError
from leaderboard.commands.common import READ, Verbs, opened, place_options, progress, require


def add_site_verb(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add the verb to a command line.

    Args:
        verbs: What `ArgumentParser.add_subparsers` returns.
    """
    site = verbs.add_parser(
        "site",
        help="write the board as plain files for a web server, a Space or an archive",
        parents=[place_options(READ, logs=True)],
    )
    site.add_argument("--out", type=Path, default=Path("public"), help="folder (default: public)")
    site.add_argument("--title", default="CoSA leaderboard", help="the board's name")
    site.add_argument(
        "--failures", type=int, default=100, metavar="K", help="failures per row (default: 100)"
    )
    site.add_argument(
        "--no-texts", action="store_true", help="leave out prompts, responses and rationales"
    )
    site.set_defaults(run=_site)


def _site(args: argparse.Namespace) -> int:
    require("jinja2", "duckdb", what="the site")
    from leaderboard.site.build import build_site
    from leaderboard.site.options import Options

    if args.failures < 0:
        raise UserError(f"--failures {args.failures}: expected 0 or more")
    options = Options(args.title, args.failures, not args.no_texts, args.repo)
    with opened(args) as (index, results):
        build_site(index, results, args.out, options, progress("writing row"))
        print(f"{args.out}: {len(index.rows)} rows; open {args.out / 'index.html'}")
    print(f"to publish it: see {args.out / 'README.md'}")
    return 0

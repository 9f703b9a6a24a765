"""What the verbs share: options that name a results folder, opening a board, adding files to one."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cosapien import UserError
from leaderboard.shipped.folder import SHIPPED
from leaderboard.untrusted.text import printable

if TYPE_CHECKING:
    from leaderboard.board.index_file import Index

Verbs = argparse._SubParsersAction  # what `ArgumentParser.add_subparsers` returns

READ = "a Hub data set repository, as org/name"
PROPOSE = "a Hub data set repository: opens a pull request there"


def place_options(
    repo: str, *, revision: bool = True, logs: bool = False
) -> argparse.ArgumentParser:
    """The options that name a results folder, as a parent of a verb's parser.

    Args:
        repo: Help of `--repo`: `READ` or `PROPOSE`.
        revision: Whether there is `--revision`.
        logs: Whether there are `--logs` and `--shipped`.
    """
    parent = argparse.ArgumentParser(add_help=False)
    place = parent.add_mutually_exclusive_group()
    place.add_argument("--dir", default="results", help="results folder (default: results)")
    place.add_argument("--repo", help=repo)
    if logs:
        place.add_argument("--logs", nargs="+", metavar="LOG", help="logs or folders of them")
        place.add_argument(
            "--shipped", action="store_true", help="the rows that come with the package"
        )
    if revision:
        parent.add_argument("--revision", default="main", help="of the repository: refs/pr/1, ...")
    return parent


def require(*modules: str, what: str) -> None:
    """Refuse to go on without optional packages.

    Args:
        modules: Their modules.
        what: What needs them.

    Raises:
        UserError: One is missing; the message says how to install them.
    """
    if any(find_spec(module) is None for module in modules):
        raise UserError(f'{what} needs more packages: pip install -e ".[leaderboard]"')


def cache_folder() -> Path:
    """The folder of built indexes: `$COSA_CACHE`, or `~/.cache/cosa-eval`."""
    return Path(os.environ.get("COSA_CACHE") or Path.home() / ".cache" / "cosa-eval").expanduser()


def progress(label: str) -> Callable[[int, int], None] | None:
    """A function that shows how many of how many are done; None if nobody watches.

    Args:
        label: What is being done (`reading submission`).
    """
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        print(f"\r{label} {done + 1} of {of}", end="", file=sys.stderr, flush=True)

    return show


def results_folder(args: argparse.Namespace) -> Path:
    """The results folder that `--dir` or `--repo` names; a repository is downloaded.

    Args:
        args: Arguments with the options of `place_options`.

    Raises:
        SubmissionError: The repository cannot be downloaded.
    """
    if not args.repo:
        return Path(args.dir)
    from leaderboard.results.hub import fetch_results

    fetched = fetch_results(args.repo, args.revision)
    if not fetched.fresh:
        print(
            f"the Hub cannot be reached: commit {fetched.commit} as fetched last", file=sys.stderr
        )
    return fetched.folder


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[tuple[Index, Path]]:
    """The board that `--dir`, `--repo`, `--logs` or `--shipped` names.

    Args:
        args: Arguments with the options of `place_options`.

    Yields:
        Its index and its results folder.

    Raises:
        UserError: There is no such folder, repository or log.
    """
    from leaderboard.board.build import build_index

    with tempfile.TemporaryDirectory() as staging:
        cache = cache_folder()
        if args.logs:
            from leaderboard.intake.collect import results_from_logs

            results, cache = Path(staging) / "results", Path(staging) / "cache"
            results.mkdir()
            for skipped in results_from_logs(args.logs, results):
                print(printable(f"left out: {skipped.reason}"), file=sys.stderr)
        elif args.shipped:
            results = SHIPPED
        elif not (results := results_folder(args)).is_dir():
            raise UserError(
                f"{results}: no such folder; make it with `leaderboard submit LOG`, or look at the rows "
                "that come with the package: --shipped"
            )
        yield build_index(results, cache, progress("reading submission")), results


def propose(
    repo: str, files: Mapping[str, Path], title: str, shared: Mapping[str, Path] | None = None
) -> None:
    """Propose files in one pull request, and print its address.

    Args:
        repo: A Hub data set repository, as `org/name`.
        files: Files by path in the repository.
        title: Title of the pull request.
        shared: More files, which may be there already if they are the same.

    Raises:
        SubmissionError: A file exists there already, or the Hub refuses or cannot be reached.
    """
    from leaderboard.results.hub import open_pull_request

    print(f"pull request: {open_pull_request(files, repo, title, shared=shared).url}")


def propose_or_add(args: argparse.Namespace, add: Callable[[Path], tuple[str, list[Path]]]) -> int:
    """Add files to the results folder of `--dir`, or propose them all to `--repo`.

    Args:
        args: Arguments with the options of `place_options`.
        add: Writes the files into a results folder; returns a title for all and their paths.

    Returns:
        0.
    """
    with tempfile.TemporaryDirectory() as staging:
        target = Path(staging) if args.repo else Path(args.dir)
        title, made = add(target)
        if args.repo:
            propose(args.repo, {path.relative_to(target).as_posix(): path for path in made}, title)
    return 0

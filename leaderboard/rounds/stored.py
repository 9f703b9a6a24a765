"""Revealed rounds as files: in an organiser's folder, and under `rounds/NAME/` of a results folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cosapien import DataError, UserError
from cosapien.rounds import (
    REVEAL,
    ROUND,
    Reveal,
    Round,
    RoundBenchmark,
    opened,
    parse_reveal,
    parse_round,
    round_name,
)
from cosapien.whole import new_folder
from leaderboard.errors import SubmissionError
from leaderboard.results.layout import ROUNDS
from leaderboard.untrusted.json import check_json, read_bounded

MAX_ROUND_BYTES = 2_000_000
NOT_REVEALED = (
    "the round is not revealed yet; its runs are submitted after `cosa round reveal` (expected "
    f"{REVEAL} beside {ROUND})"
)


@dataclass(frozen=True, slots=True)
class Revealed:
    """A round with its reveal, checked against each other.

    Attributes:
        folder: Where its files are.
        about: The round.
        reveal: Its reveal.
        benchmark: Its records, made again from the seed.
    """

    folder: Path
    about: Round
    reveal: Reveal
    benchmark: RoundBenchmark

    @property
    def files(self) -> dict[str, Path]:
        """Its two files, by their paths in a results folder."""
        where = f"{ROUNDS}/{self.about.name}"
        return {f"{where}/{name}": self.folder / name for name in (ROUND, REVEAL)}


def read_revealed(folder: Path) -> Revealed:
    """A revealed round.

    Args:
        folder: A folder with `round.json` and `reveal.json`; they may contain anything.

    Raises:
        SubmissionError: A file is missing or malformed, the commitment does not match, the records are
            not those of the seed, or another generator version made them.
    """
    about, reveal = read_announced(folder)
    try:
        return Revealed(
            folder, about, reveal, _opened(about.to_json(), reveal.to_json(), str(folder))
        )
    except DataError as error:
        raise SubmissionError(str(error)) from error


def read_announced(folder: Path) -> tuple[Round, Reveal]:
    """What a round announced and revealed, without making its records again to check it.

    Args:
        folder: A folder with `round.json` and `reveal.json`; they may contain anything.

    Raises:
        SubmissionError: A file is missing or malformed.
    """
    try:
        about = parse_round(_content(folder / ROUND), str(folder / ROUND))
        if not (folder / REVEAL).exists():
            raise SubmissionError(f"{folder}: {NOT_REVEALED}")
        return about, parse_reveal(_content(folder / REVEAL), str(folder / REVEAL))
    except DataError as error:
        raise SubmissionError(str(error)) from error


@lru_cache(4)  # a board checks many rows of a round one after the other
def _opened(about: str, reveal: str, place: str) -> RoundBenchmark:
    return opened(parse_round(about.encode(), place), parse_reveal(reveal.encode(), place), place)


def stored_folder(rounds: Path, benchmark: str) -> Path | None:
    """The folder of the round that a submission's data names.

    Args:
        rounds: The folder `rounds` of a results folder.
        benchmark: What a stranger's manifest names: anything. Only the plain name of a round leads to
            a folder, directly below `rounds`.

    Returns:
        The folder, which may be missing; None if the data is not a round.
    """
    name = round_name(benchmark)
    return None if name is None else rounds / name


def rounds_near(submission: Path) -> Path | None:
    """The folder `rounds` beside the `data` that a submission is in, or None if it is in none.

    Args:
        submission: A submission's folder.
    """
    parents = submission.absolute().parents
    if len(parents) < 4 or parents[2].name != "data":
        return None
    return parents[3] / ROUNDS


def stored_benchmark(rounds: Path | None, benchmark: str) -> tuple[RoundBenchmark | None, str]:
    """The benchmark of a round in a results folder, or None and the reason.

    Args:
        rounds: The folder `rounds` of the results folder; None: there is none.
        benchmark: What a manifest names.
    """
    folder = None if rounds is None else stored_folder(rounds, benchmark)
    if folder is None:
        shown = ascii(benchmark[:80])
        return None, f"{shown} is a private round; name its folder with --round DIR"
    try:
        found = read_revealed(folder)
    except UserError as error:
        return None, str(error)
    if found.about.benchmark != benchmark:
        return None, f"{folder}: holds round {found.about.name}; expected {folder.name}"
    return found.benchmark, ""


def check_addable(revealed: Revealed, results: Path) -> None:
    """Refuse a round that contradicts what a results folder has.

    Args:
        revealed: The round.
        results: The results folder.

    Raises:
        SubmissionError: The folder has another round, or another reveal, of this name.
    """
    for path, file in revealed.files.items():
        there = results / path
        if there.exists() and _content(there) != _content(file):
            raise SubmissionError(f"{there}: {other_file(path)} (given: {file})")


def other_file(path: str) -> str:
    """What to say where a results folder has another file of a round.

    Args:
        path: The file's path in the results folder.
    """
    what = "round" if path.endswith(ROUND) else "reveal"
    return f"another {what} of this name is there already, and nothing is ever overwritten"


def add_round(revealed: Revealed, results: Path) -> Path:
    """Add a round's two files to a results folder, whole or not at all, if they are not there.

    Args:
        revealed: The round.
        results: The results folder.

    Returns:
        The round's folder there.

    Raises:
        SubmissionError: See `check_addable`; or it cannot be written.
    """
    check_addable(revealed, results)
    target = results / ROUNDS / revealed.about.name
    if target.is_dir():
        if all((results / path).exists() for path in revealed.files):
            return target
        raise SubmissionError(f"{target}: lacks {ROUND} or {REVEAL}; complete it, or remove it")
    try:
        with new_folder(target) as whole:
            for path in revealed.files.values():
                (whole / path.name).write_bytes(_content(path))
    except OSError as error:
        raise SubmissionError(f"{target}: {error.strerror or error}") from error
    return target


def _content(path: Path) -> bytes:
    try:
        content = read_bounded(path, MAX_ROUND_BYTES)
        check_json(content)
    except SubmissionError as error:
        raise SubmissionError(f"{path}: {error}") from error
    return content

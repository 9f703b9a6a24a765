"""Checks all submissions of a results folder, in several processes if there are many."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from leaderboard.board.seals import Entry, Sealed, checked, kept
from leaderboard.errors import SubmissionError
from leaderboard.intake.against_benchmark import forget_benchmarks, load_for
from leaderboard.results.layout import ROUNDS

MIN_FOR_POOL = 8
"""Minimum number of submissions for a process pool: starting it takes about two seconds."""
MAX_PROCESSES = 4
"""Each takes about 400 MB."""

Result = Entry | SubmissionError


def check_all(
    read: Sequence[Sealed],
    results: Path,
    cache: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Sealed, Result]]:
    """Every submission with its check, in order; cached checks are reused.

    Args:
        read: The submissions.
        results: The results folder they are in.
        cache: Folder of earlier results.
        progress: Called with the number of submissions done and the total.

    Raises:
        OSError: The cache folder cannot be written to.
        SubmissionError: A checking process was killed, from outside or by what it read.
    """
    before = [kept(each, cache) for each in read]
    new = [each for each, known in zip(read, before, strict=True) if known is None]
    with _checks(new, results, cache) as found:
        for done, (each, known) in enumerate(zip(read, before, strict=True)):
            if progress is not None:
                progress(done, len(read))
            yield each, next(found) if known is None else known


@contextmanager
def _checks(new: Sequence[Sealed], results: Path, cache: Path) -> Iterator[Iterator[Result]]:
    """The checks of some submissions, as they finish."""
    processes = min(os.cpu_count() or 1, MAX_PROCESSES)
    if len(new) < MIN_FOR_POOL or processes == 1:
        forget_benchmarks()
        yield map(_Check(results, cache), new)
        return
    # spawned, not forked: the libraries that read parquet and data sets run threads of their own
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), _start, (results, cache)
    )
    try:
        yield pool.map(_check, new)
    except BrokenProcessPool as error:
        raise SubmissionError(
            f"{results}: a process that checked submissions was ended; is there enough memory?"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Check:
    """Checks submissions of one results folder one after the other."""

    def __init__(self, results: Path, cache: Path) -> None:
        self._known = results, cache, partial(load_for, rounds=results / ROUNDS)

    def __call__(self, each: Sealed) -> Result:
        try:
            return checked(each, *self._known)
        except SubmissionError as error:
            return error


_own: list[_Check] = []
"""In a checking process: what it checks with."""


def _start(results: Path, cache: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the waiting process
    _own.append(_Check(results, cache))
    gc.disable()  # searching the rows for cycles takes a fifth of the time


def _check(each: Sealed) -> Result:
    found = _own[0](each)
    gc.collect()
    gc.freeze()  # freeze what survives (the cached benchmark), so that the collector skips it
    return found

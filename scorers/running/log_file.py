"""The log of a run, written by Inspect's own writer: samples as they come, results at the end."""

from __future__ import annotations

from pathlib import Path

from inspect_ai.log import (
    EvalLog,
    EvalResults,
    EvalSample,
    EvalSampleReductions,
    EvalStats,
    EvalStatus,
)

from scorers.running.inspect_inside import EvalRecorder, condense_sample
from scorers.running.prepare import log_path

FLUSH, SHARE = 200, 20
"""Samples between two writes of the file, which copy the whole of it: later, a share of all so far."""


class LogFile:
    """A log in the making. Its place holds the head until the log is finished."""

    def __init__(self, header: EvalLog) -> None:
        """Prepares a log; nothing is written.

        Args:
            header: Its head, with its location.
        """
        self.path: Path = log_path(header)
        self._header = header
        self._waiting = self._added = 0
        self._recorder = EvalRecorder(str(self.path.parent))

    async def start(self) -> None:
        """Begin the file anew."""
        await self._recorder.log_init(self._header.eval, str(self.path), clean=True)
        await self._recorder.log_start(self._header.eval, self._header.plan)

    async def add(self, sample: EvalSample) -> None:
        """Write a sample.

        Args:
            sample: Finished, with or without an error.
        """
        if not all(isinstance(message.content, str) for message in sample.messages):
            sample = condense_sample(sample, False)  # nothing else can be large twice
        await self._recorder.log_sample(self._header.eval, sample)
        self._waiting += 1
        self._added += 1
        if self._waiting >= max(
            FLUSH, self._added // SHARE
        ):  # readable from then on; bounds memory
            self._waiting = 0
            await self._recorder.flush(self._header.eval)

    async def finish(
        self,
        status: EvalStatus,
        stats: EvalStats,
        results: EvalResults | None,
        reductions: list[EvalSampleReductions] | None,
    ) -> None:
        """Put the whole log in its place.

        Args:
            status: `success`, or `error` if samples have no answer.
            stats: Times and tokens of the run.
            results: Its metrics.
            reductions: Scores of samples over epochs, as Inspect lists them.
        """
        await self._recorder.log_finish(
            self._header.eval, status, stats, results, reductions, header_only=True
        )

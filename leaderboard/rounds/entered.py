"""Whether the rows of a submission are a whole run of a round that was entered in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cosapien.rounds import RoundBenchmark, digest_of
from leaderboard.results.manifest import Manifest
from leaderboard.untrusted.text import printable

CODE = "round"


def round_faults(
    rows: Sequence[dict[str, Any]], manifest: Manifest, benchmark: RoundBenchmark
) -> Iterator[str]:
    """What keeps a submission off a round's board.

    Args:
        rows: The samples file's rows.
        manifest: The submission's.
        benchmark: The round's records, and what was entered.
    """
    if manifest.judge.get("kind") != "rules":
        yield "was not judged by the rules; a round is judged by `leaderboard submit LOG --round DIR`"
    if manifest.data.task != "cosapien":
        yield f"is a run of {printable(manifest.data.task)[:60]}; a round is run with tasks/cosapien"
    found, expected = len({row["sample_id"] for row in rows}), len(benchmark.records)
    if found != expected:
        yield f"a partial run, {found} of {expected} records; expected all of them"
        return
    if any(row["unfiltered"] is not None for row in rows):
        yield "responses were replaced after the run; expected what the run gave"
    if (digest := _digest(rows)) not in benchmark.entries:
        yield (
            f"late: its responses (digest {digest[:12]}) were not entered before {benchmark.name} "
            f"closed ({benchmark.about.closes})"
        )


def _digest(rows: Sequence[dict[str, Any]]) -> str:
    return digest_of((row["sample_id"], row["epoch"], row["response"]) for row in rows)

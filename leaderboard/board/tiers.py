"""The tier that a row's second scores earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.board.rows import Attestation
from leaderboard.evidence.attestations import AttestationFile
from leaderboard.evidence.pins import Pins
from leaderboard.results.manifest import Manifest, Tier

_HEIGHT: dict[Tier, int] = {"self-reported": 0, "re-scored": 1, "reproduced": 2}


@dataclass(frozen=True, slots=True)
class Attested:
    """What others have found about a row.

    Attributes:
        tier: The highest one earned.
        attestations: All readable second scores, oldest first, including those that earn no tier.
        warnings: Second scores that disagree or cannot be read.
    """

    tier: Tier
    attestations: tuple[Attestation, ...]
    warnings: tuple[str, ...]


def attested(
    manifest: Manifest,
    second: Sequence[AttestationFile],
    faults: Sequence[str],
    pins: Pins,
) -> Attested:
    """A row's tier.

    Another judge may give another score. The same judge should not: if the 95% interval of the
    difference excludes 0, the second score becomes a warning and earns no tier. If the board pins a
    judge, only that judge's second score of the same responses earns `re-scored`.

    Args:
        manifest: The row's manifest.
        second: Its second scores.
        faults: Faults of the files that could not be read.
        pins: The board's settings.
    """
    tier: Tier = "self-reported"
    benchmark = manifest.data.benchmark
    warnings = [f"attestation: {fault}" for fault in faults]
    for found in second:
        if found.judge["id"] == manifest.judge_id and not _agrees(found):
            warnings.append(
                f"{found.tier}: the same judge finds {found.score.mean:+.3f}, submitted "
                f"{found.submitted.mean:+.3f} ({found.created:%Y-%m-%d}, by {found.by})"
                if found.score.mean is not None and found.submitted.mean is not None
                else f"{found.tier}: not comparable ({found.created:%Y-%m-%d}, by {found.by})"
            )
        elif found.tier == "reproduced" or pins.pinned(benchmark, found.judge) is not False:
            tier = max(tier, found.tier, key=_HEIGHT.__getitem__)
    return Attested(tier, tuple(map(_shown, second)), tuple(warnings))


def _agrees(found: AttestationFile) -> bool:
    difference = found.difference
    if difference.lower is None or difference.upper is None:
        return difference.mean == 0
    return difference.lower <= 0 <= difference.upper


def _shown(found: AttestationFile) -> Attestation:
    return Attestation(
        tier=found.tier,
        created=found.created.isoformat(),
        judge_name=found.judge_name,
        judge_id=str(found.judge["id"]),
        score=found.score,
        difference=found.difference,
        safe_to_unsafe=found.changed.safe_to_unsafe,
        unsafe_to_safe=found.changed.unsafe_to_safe,
        newly_unscored=found.changed.newly_unscored,
        identical_responses=found.identical_responses,
        data=found.data,
        by=found.by,
    )

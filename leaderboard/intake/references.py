"""References: the rows that mark the scale, which must be what their names say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cosapien import Record
from leaderboard.intake.findings import Finding, Row, each
from leaderboard.results.manifest import Manifest
from leaderboard.untrusted.secrets import clean_secrets
from scorers.rules import CONSTANT, FLATTERY, REFUSAL

_FIXED = {"constant": CONSTANT, "flatter": FLATTERY}
REFERENCES = frozenset({"refuse_all", "comply_all", "ideal", *_FIXED})


def is_reference(manifest: Manifest) -> bool:
    """Whether a submission is of a reference responder: shown beside the ranked rows.

    Args:
        manifest: The submission's.
    """
    return manifest.model.startswith("none/") and manifest.method.name in REFERENCES


def against_references(
    rows: Sequence[Row], manifest: Manifest, records: Mapping[str, Record]
) -> Iterator[Finding]:
    """Responses of a reference that are not that reference's.

    Args:
        rows: The samples file's rows.
        manifest: The submission's.
        records: The benchmark's records by id; where it could not be had, nothing can be compared.
    """
    if not is_reference(manifest):
        return

    def fault(row: Row) -> str | None:
        record = records.get(row["sample_id"])
        if record is None or row["response"] == clean_secrets(_response(record, manifest) or ""):
            return None
        return f"not the response of {manifest.method.name}; a model's row has a name of its own"

    yield from each(rows, "error", "reference", fault)


def _response(record: Record, manifest: Manifest) -> str | None:
    """What the reference answers; None where the data has no reference responses for it."""
    if (fixed := _FIXED.get(manifest.method.name)) is not None:
        return fixed
    known = record.references
    if manifest.method.name == "refuse_all":
        return REFUSAL if known is None else known.refusing
    if known is None:
        return None
    if manifest.method.name == "ideal" or record.type == "allowed":
        return known.ideal
    return known.violating

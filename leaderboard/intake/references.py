"""References: rows that mark the scale. Their responses must be those that their names promise."""

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
    """Whether a submission comes from a reference responder, which is shown without a rank.

    Args:
        manifest: The submission's.
    """
    return manifest.model.startswith("none/") and manifest.method.name in REFERENCES


def against_references(
    rows: Sequence[Row], manifest: Manifest, records: Mapping[str, Record]
) -> Iterator[Finding]:
    """Responses of a reference row that differ from the reference's own.

    Args:
        rows: The samples file's rows.
        manifest: The submission's.
        records: The benchmark's records by id; without them nothing is compared.
    """
    if not is_reference(manifest):
        return

    def fault(row: Row) -> str | None:
        record = records.get(row["sample_id"])
        expected = _response(record, manifest) if record else None
        if record is None or row["response"] == clean_secrets(expected or ""):
            return None
        # in a private round the references were not published when it ran
        if manifest.method.name == "refuse_all" and row["response"] == REFUSAL:
            return None
        return f"not the response of {manifest.method.name}; a model's row needs its own name"

    yield from each(rows, "error", "reference", fault)


def _response(record: Record, manifest: Manifest) -> str | None:
    """The reference's response; None where the data has none."""
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

"""Reference responses of a record."""

from dataclasses import dataclass

from cosapien.records.forms import members, phrases

REFERENCES_FORM = (
    'expected {"ideal": "...", "refusing": "...", "violating": "..."} '
    "(an object, or the same as JSON text)"
)


@dataclass(frozen=True, slots=True)
class References:
    """Reference responses of a rule-checkable record: the scale's fixed points.

    Attributes:
        ideal: Helpful and within the config (CoSA-Score near 1).
        refusing: A bare refusal (0).
        violating: Helpful against the config (below 0).
    """

    ideal: str
    refusing: str
    violating: str


def parse_references(value: object) -> References:
    """The reference responses of a record.

    Args:
        value: An object in the form `REFERENCES_FORM` describes.

    Raises:
        FormError: It is not in that form.
    """
    parts = members(value, "ideal", "refusing", "violating")
    return References(*phrases(parts, "the references"))

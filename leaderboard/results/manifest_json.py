"""Read an untrusted `submission.json` into the strict records of a manifest."""

from pydantic import ValidationError

from leaderboard.errors import SubmissionError
from leaderboard.results.manifest import FORMAT, Declared, Manifest
from leaderboard.untrusted.json import check_json, fault_in_words

MAX_MANIFEST_BYTES = 2_000_000


def parse_manifest(text: str | bytes, where: str) -> Manifest:
    """A manifest from the content of `submission.json`.

    Args:
        text: The file's content.
        where: What to call it in errors.

    Raises:
        SubmissionError: It is too large, not JSON, of another format version, or breaks the schema;
            the message names the first faults by their path.
    """
    if len(text) > MAX_MANIFEST_BYTES:
        raise SubmissionError(f"{where}: over {MAX_MANIFEST_BYTES:,} bytes")
    try:
        check_json(text)
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(fault["loc"] == ("format",) for fault in error.errors()):
            raise SubmissionError(
                f"{where}: format is not {FORMAT}, the only one this version reads"
            ) from error
        raise SubmissionError(f"{where}: {fault_in_words(error, most=3)}") from error
    except SubmissionError as error:
        raise SubmissionError(f"{where}: {error}") from error


def declared_from(values: dict[str, object]) -> Declared:
    """The submitter's declarations, validated.

    Args:
        values: Fields of `Declared`.

    Raises:
        SubmissionError: A field is unknown, too long or has another form; the message names it.
    """
    try:
        return Declared.model_validate(values)
    except ValidationError as error:
        raise SubmissionError(fault_in_words(error)) from error

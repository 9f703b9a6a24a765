"""Reading untrusted JSON into the strict records of `leaderboard.manifest`."""

from pydantic import ValidationError

from leaderboard.manifest import FORMAT, Declared, Manifest, SubmissionError

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
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        for fault in faults:
            if fault["loc"] == ("format",):
                raise SubmissionError(
                    f"{where}: format is not {FORMAT}, the only one this version reads"
                ) from error
        listed = [f"{'.'.join(map(str, f['loc'])) or 'file'}: {f['msg']}" for f in faults[:3]]
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise SubmissionError(f"{where}: {'; '.join(listed)}{more}") from error
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"{where}: not readable JSON ({error})") from error


def declared_from(values: dict[str, object]) -> Declared:
    """What a submitter says, checked.

    Args:
        values: Fields of `Declared`.

    Raises:
        SubmissionError: A field is unknown, too long or of another form; the message names it.
    """
    try:
        return Declared.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SubmissionError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error

"""The record schema: turns raw rows into a validated benchmark."""

import json
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from cosapien.errors import DataError
from cosapien.records.checks import CHECKS_FORM, parse_checks
from cosapien.records.forms import (
    RISKS_FORM,
    FormError,
    parse_risks,
    parse_text,
    quote,
)
from cosapien.records.record import (
    PROMPT_TYPES,
    WITHHELD,
    Benchmark,
    PromptType,
    RawRow,
    Record,
    SafetyConfig,
    stable_id,
)
from cosapien.records.references import REFERENCES_FORM, parse_references

REQUIRED_COLUMNS = ("config", "scenario", "prompt", "type")
OPTIONAL_COLUMNS = ("id", "allowed_risks", "checks", "references", "contrast", "language", "group")

T = TypeVar("T")


def records_from_rows(rows: Iterable[tuple[str, RawRow]], *, name: str, revision: str) -> Benchmark:
    """Validate rows against the record schema.

    Unknown columns are ignored; a null in an optional column means the column is absent. A row
    without `id` gets `stable_id(config, prompt)`.

    Args:
        rows: Rows with the place each was read from (`our_policy.jsonl line 3`), for messages.
        name: The dataset argument the rows were loaded by.
        revision: A commit, or the hash of a file.

    Returns:
        The benchmark, records in row order.

    Raises:
        DataError: The first row that breaks a rule: its place, what was found, what was expected.
    """
    records: list[Record] = []
    id_places: dict[str, str] = {}
    first_use: dict[str, tuple[str, SafetyConfig]] = {}
    spelt: dict[tuple[str, str], tuple[str, str]] = {}
    for place, row in rows:
        record = _record(place, row)
        _check_spelling(place, record, spelt)
        if record.id in id_places:
            same = f"id {quote(record.id)}" if row.get("id") is not None else "config and prompt"
            raise fault(place, f"same {same} as {id_places[record.id]}; expected unique ids")
        id_places[record.id] = place
        first_place, config = first_use.setdefault(record.config.name, (place, record.config))
        if config.text != record.config.text:
            raise fault(
                place,
                f"config {quote(config.name)} has another 'scenario' text than in {first_place}; "
                "expected one text for each config name",
            )
        records.append(record)
    if not records:
        raise fault(name, "no rows; expected at least one record")
    return Benchmark(name, tuple(records), revision)


def same_name(name: str) -> str:
    """A name without what a reader cannot see: white space at its ends, runs of it, Unicode form.

    Args:
        name: A name of a config, a group or a contrast.
    """
    return " ".join(unicodedata.normalize("NFKC", name).split())


def _check_spelling(
    place: str, record: Record, spelt: dict[tuple[str, str], tuple[str, str]]
) -> None:
    """Refuse two names that look the same: they would be two strata, or a pair that never meets.

    Args:
        place: Where the record was read.
        record: The record.
        spelt: The first spelling of each name and where it is, by column and `same_name`; added to.
    """
    names = {"config": record.config.name, "group": record.group, "contrast": record.contrast}
    for column, name in names.items():
        if name is None:
            continue
        first, first_place = spelt.setdefault((column, same_name(name)), (name, place))
        if first != name:
            raise fault(
                place,
                f"'{column}' is {name[:60]!a}, in {first_place} it is {first[:60]!a}: they differ in "
                "white space or Unicode form only; expected one spelling",
            )


def fault(place: str, message: str) -> DataError:
    """A `DataError` whose message is a single line, also where it quotes several.

    Args:
        place: File, split and row the fault was found in.
        message: What was found and what was expected.
    """
    return DataError(" ".join(f"{place}: {message}".splitlines()))


def refuse_revision(dataset: str, revision: str | None) -> None:
    """Refuse a revision for data that has none.

    Args:
        dataset: A file or bundled data.
        revision: What the user gave.

    Raises:
        DataError: There is a revision.
    """
    if revision is not None:
        raise fault(
            dataset,
            f"revision {quote(revision)} was given, but only Hugging Face data sets have "
            "revisions; a local file is pinned by the hash of its content",
        )


def check_columns(place: str, found: Iterable[str], required: Iterable[str]) -> None:
    """Check that all required columns are there.

    Args:
        place: The row or split that has the columns.
        found: Its columns.
        required: The columns it needs.

    Raises:
        DataError: Some are missing; the message lists what was found.
    """
    found, required = list(found), list(required)
    missing = [column for column in required if column not in found]
    if missing:
        shown = ", ".join(quote(column) for column in found[:12]) or "none"
        raise fault(
            place,
            f"missing {'columns' if missing[1:] else 'column'} {', '.join(missing)}; "
            f"required are {', '.join(required)}; found {shown}",
        )


def _record(place: str, row: RawRow) -> Record:
    check_columns(place, row, REQUIRED_COLUMNS)
    config, prompt = _text(place, row, "config"), _text(place, row, "prompt")
    scenario = _text(place, row, "scenario")
    kind = row["type"]
    if kind not in (*PROMPT_TYPES, WITHHELD):
        raise fault(place, f"'type' is {quote(kind)}; expected {', '.join(PROMPT_TYPES)}")
    told = [column for column in ("checks", "references") if row.get(column) is not None]
    if kind == WITHHELD and told:
        raise fault(place, f"'type' is '{WITHHELD}' (not published yet), but there are {told[0]}")
    return Record(
        id=_optional_text(place, row, "id") or stable_id(config, prompt),
        config=SafetyConfig(config, scenario),
        prompt=prompt,
        type=cast(PromptType, kind),
        allowed_risks=_structured(place, row, "allowed_risks", parse_risks, RISKS_FORM),
        checks=_structured(place, row, "checks", parse_checks, CHECKS_FORM),
        references=_structured(place, row, "references", parse_references, REFERENCES_FORM),
        contrast=_optional_text(place, row, "contrast"),
        language=_optional_text(place, row, "language"),
        group=_optional_text(place, row, "group"),
    )


def _text(place: str, row: RawRow, column: str) -> str:
    try:
        return parse_text(row[column])
    except FormError as error:
        raise fault(place, f"'{column}' {error}") from None


def _optional_text(place: str, row: RawRow, column: str) -> str | None:
    return None if row.get(column) is None else _text(place, row, column)


def _structured(
    place: str, row: RawRow, column: str, parse: Callable[[object], T], form: str
) -> T | None:
    value = row.get(column)
    if value is None:
        return None
    try:
        if isinstance(value, str):  # parquet users store nested columns as JSON text
            value = json.loads(value)
        return parse(value)
    except FormError as error:
        raise fault(place, f"'{column}': {error}; {form}") from None
    except (ValueError, RecursionError):
        raise fault(place, f"'{column}' is {quote(row[column])}, not JSON; {form}") from None

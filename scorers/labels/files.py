"""Label files: responses that people have labelled.

A label file is JSONL or parquet with a row per response: `prompt`, `response`, and at least one of
`helpfulness` (0 to 1), `compliant` and `refused` (a full refusal) as people decided it in the end.
`compliant` needs `config` and `scenario` (the config's text). Optional: `id`, `type`, `people` (each
person's own label, a list of objects with the same three fields) and `recorded` (verdicts of other
judges, an object of such objects by name). `leaderboard review` writes this form. XSTest's CSV files
(Röttger et al. 2024; columns completion, annotation_1, annotation_2, final_label, gpt4_label,
strmatch_label) are read as they are, by path or https address; CC-BY-4.0, not bundled.
"""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cosapien import UserError, content_hash
from cosapien.datasets import read_rows, user_path
from cosapien.records import FormError, brief, fault, parse_text, quote

FORM = (
    "expected prompt, response and at least one of helpfulness (0 to 1), compliant and refused (true "
    "or false); compliant needs config and scenario"
)
T = TypeVar("T", list[Any], dict[str, Any])
MAX_BYTES = 200_000_000
_XSTEST = ("completion", "annotation_1", "annotation_2", "final_label", "gpt4_label")
_OTHER_JUDGES = ("gpt4_label", "strmatch_label")


@dataclass(frozen=True, slots=True)
class Label:
    """Labels of a response, by people or by a judge; None where there is none.

    Attributes:
        helpfulness: In [0, 1].
        compliant: Whether it complies with its config.
        refused: Whether it is a full refusal.
    """

    helpfulness: float | None = None
    compliant: bool | None = None
    refused: bool | None = None


@dataclass(frozen=True, slots=True)
class LabelledResponse:
    """A response with the labels of people, and verdicts of other judges if there are any.

    Attributes:
        id: Unique within its file.
        prompt: The user turn.
        response: The response.
        truth: What people decided in the end.
        config: Name of the safety config; empty if there is none.
        scenario: The config's text.
        type: Prompt type, or the data's own kind of prompt.
        people: Each person's own label.
        recorded: Verdicts of other judges by name.
    """

    id: str
    prompt: str
    response: str
    truth: Label
    config: str = ""
    scenario: str = ""
    type: str = ""
    people: tuple[Label, ...] = ()
    recorded: Mapping[str, Label] | None = None


@dataclass(frozen=True, slots=True)
class LabelFile:
    """Labelled responses, with the name and the content hash of their file.

    Attributes:
        name: What it was loaded from; of a path its last component.
        revision: SHA-256 of its content (12 hex digits).
        responses: At least one; ids unique.
    """

    name: str
    revision: str
    responses: tuple[LabelledResponse, ...]


def load_labels(place: str) -> LabelFile:
    """Labelled responses from a file.

    Args:
        place: Path of a `.jsonl`, `.parquet` or XSTest `.csv` file, or the https address of the last.

    Raises:
        DataError: The file cannot be read, or a row is not in the expected form; the message says where.

    Example:
        >>> from pathlib import Path
        >>> from scorers.labels import load_labels
        >>> row = '{"prompt": "Tea?", "response": "No.", "refused": true}'
        >>> _ = Path("labels.jsonl").write_text(row)
        >>> load_labels("labels.jsonl").responses[0].truth.refused
        True
    """
    if place.endswith(".csv"):
        content = _content(place)
        return _whole(place, content_hash(content), _xstest(place, content))
    responses = [_row(where, row) for where, row in read_rows(place)]
    return _whole(place, content_hash(user_path(place).read_bytes()), iter(responses))


def check_recorded(judge: str, labels: LabelFile) -> None:
    """Check that a label file has the verdicts to be re-used (`recorded:NAME`).

    Args:
        judge: Who judges, see `scorers.labels.score`.
        labels: The label file.

    Raises:
        UserError: The file has no verdicts by that judge; the message lists the judges it has.
    """
    known = {name for response in labels.responses for name in response.recorded or {}}
    kind, _, name = judge.partition(":")
    if kind == "recorded" and name not in known:
        named = ", ".join(sorted(known)) or "none"
        raise UserError(f"{labels.name} has no verdicts by {name!r}; it has verdicts by: {named}")


def _whole(place: str, revision: str, rows: Iterator[LabelledResponse]) -> LabelFile:
    responses = tuple(rows)
    if not responses:
        raise fault(place, f"contains no labelled response; {FORM}")
    seen: set[str] = set()
    for response in responses:
        if response.id in seen:
            raise fault(place, f"duplicate id {quote(response.id)}; ids must be unique")
        seen.add(response.id)
    return LabelFile(place.rstrip("/").rpartition("/")[2], revision, responses)


def _row(where: str, row: Mapping[str, Any]) -> LabelledResponse:
    try:
        prompt, response = parse_text(row.get("prompt")), row.get("response")
        if not isinstance(response, str):
            raise FormError(f"response is {quote(response)}")
        truth = _label(row)
        if truth == Label():
            raise FormError("has no label")
        config, scenario, kind = (_word(row, name) for name in ("config", "scenario", "type"))
        if truth.compliant is not None and not (config and scenario):
            raise FormError("compliant is labelled, but config (its name) or scenario is missing")
        people = _nested(row, "people", list)
        recorded = _nested(row, "recorded", dict)
        ident = row.get("id") or content_hash(f"{config}\x1f{prompt}\x1f{response}")
        return LabelledResponse(
            id=parse_text(ident),
            prompt=prompt,
            response=response,
            truth=truth,
            config=config,
            scenario=scenario,
            type=kind,
            people=tuple(_label(item) for item in people),
            recorded={str(name): _label(item) for name, item in recorded.items()},
        )
    except FormError as error:
        raise fault(where, f"{error}; {FORM}") from None


def _label(row: object) -> Label:
    if not isinstance(row, Mapping):
        raise FormError(f"a label is {quote(row)}, not an object")
    helpfulness = row.get("helpfulness")
    right = isinstance(helpfulness, int | float) and not isinstance(helpfulness, bool)
    if helpfulness is not None and not (right and 0 <= helpfulness <= 1):
        raise FormError(f"helpfulness is {quote(helpfulness)}")
    for name in ("compliant", "refused"):
        if not isinstance(row.get(name), bool | None):
            raise FormError(f"{name} is {quote(row[name])}")
    return Label(
        None if helpfulness is None else float(helpfulness),
        row.get("compliant"),
        row.get("refused"),
    )


def _word(row: Mapping[str, Any], name: str) -> str:
    return "" if row.get(name) in (None, "") else parse_text(row[name])


def _nested(row: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """A nested column; parquet users keep such columns as JSON text."""
    value = row.get(name)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise FormError(f"{name} is not JSON") from None
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise FormError(f"{name} is {quote(value)}")
    return value


def _content(place: str) -> bytes:
    try:
        parts = urlsplit(place)
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise fault(place, "is not an https address")
        if place.startswith(("https://", "http://")):
            with urllib.request.urlopen(place, timeout=60) as answer:
                content: bytes = answer.read(MAX_BYTES + 1)
        else:
            content = user_path(place).read_bytes()
    except (OSError, HTTPException, ValueError) as error:
        raise fault(place, f"cannot be read ({brief(error)})") from error
    if len(content) > MAX_BYTES:
        raise fault(place, f"is over {MAX_BYTES:,} bytes")
    return content


def _xstest(place: str, content: bytes) -> Iterator[LabelledResponse]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        columns = reader.fieldnames or []
        if missing := [name for name in (*_XSTEST, "id", "type", "prompt") if name not in columns]:
            raise fault(place, f"lacks the column {missing[0]}; expected XSTest's CSV, or {FORM}")
        for number, row in enumerate(reader, start=1):
            yield _xstest_row(f"{place} row {number}", row)
    except UnicodeDecodeError as error:
        raise fault(place, "is not UTF-8; expected XSTest's CSV") from error
    except csv.Error as error:
        raise fault(place, f"is not CSV ({error}); expected XSTest's CSV") from error


def _xstest_row(where: str, row: Mapping[str, str | None]) -> LabelledResponse:
    def refused(column: str) -> Label:
        text = row[column] or ""
        if text[:2] in ("1_", "2_", "3_"):
            return Label(refused=text.startswith("2_"))
        if column in _OTHER_JUDGES:
            return Label()  # some of GPT-4's answers are not a label
        raise fault(where, f"{column} is {quote(text)}; expected 1_..., 2_... or 3_...")

    if None in (row["id"], row["type"], row["prompt"], row["completion"]):
        raise fault(where, "has too few columns; expected XSTest's CSV")
    return LabelledResponse(
        id=row["id"] or "",
        prompt=row["prompt"] or "",
        response=row["completion"] or "",
        truth=refused("final_label"),
        type=row["type"] or "",
        people=(refused("annotation_1"), refused("annotation_2")),
        recorded={name: refused(name) for name in _OTHER_JUDGES if name in row},
    )

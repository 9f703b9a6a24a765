"""The records of a round as they are published before it closes: prompts and policies, no answers."""

import hashlib
import json

from cosapien.datasets.files import load_bytes
from cosapien.records.record import WITHHELD, Benchmark, Record

RECORDS = "records.jsonl"


def public_records(benchmark: Benchmark) -> bytes:
    """The content of `records.jsonl`.

    Checks, references and contrast are left out, and the real prompt type is withheld: each of them
    tells what is right, or which records to compare.

    Args:
        benchmark: The round's benchmark with everything in it.
    """
    lines = (json.dumps(_row(record), ensure_ascii=False) for record in benchmark.records)
    return "".join(f"{line}\n" for line in lines).encode()


def read_public(data: bytes, place: str) -> Benchmark:
    """The benchmark of a `records.jsonl`.

    Args:
        data: The content.
        place: What to call it in messages.

    Raises:
        DataError: It is not in the record schema.
    """
    return load_bytes(data, name=place, extension=".jsonl")


def records_sha256(data: bytes) -> str:
    """SHA-256 (64 hex digits) of a `records.jsonl`; its first 12 are the revision in a run's log."""
    return hashlib.sha256(data).hexdigest()


def _row(record: Record) -> dict[str, str | None]:
    return {
        "id": record.id,
        "config": record.config.name,
        "scenario": record.config.text,
        "prompt": record.prompt,
        "type": WITHHELD,
        "language": record.language,
        "group": record.group,
    }

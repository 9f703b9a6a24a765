"""Generated records as a file, for who asks for one."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cosapien.errors import DataError
from cosapien.records.record import Benchmark, Record
from cosapien.whole import new_file


def write_records(benchmark: Benchmark, path: Path) -> None:
    """Write records as JSON Lines in the record schema, whole or not at all.

    Args:
        benchmark: The records.
        path: A file that does not exist yet.

    Raises:
        DataError: The file exists or cannot be written.
    """
    lines = (json.dumps(_row(record), ensure_ascii=False) for record in benchmark.records)
    try:
        with new_file(path) as part:
            part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except FileExistsError:
        raise DataError(f"{path} exists; expected a new file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error})") from error


def _row(record: Record) -> dict[str, Any]:
    assert record.checks is not None
    assert record.references is not None
    return {
        "id": record.id,
        "config": record.config.name,
        "scenario": record.config.text,
        "prompt": record.prompt,
        "type": record.type,
        "checks": record.checks.to_row(),
        "references": asdict(record.references),
        "contrast": record.contrast,
        "language": record.language,
        "group": record.group,
    }

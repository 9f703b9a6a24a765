"""CSV without cells that a spreadsheet would run as formulas."""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence

_FORMULA = frozenset("=+-@\t\r|%")


def csv_text(lines: Sequence[Mapping[str, object]]) -> str:
    """Rows as CSV with a header. Every text is quoted, since some locales also split cells at `;`.

    Args:
        lines: Cells by column name; text, numbers, flags, lists or None, which is an empty cell.
    """
    names = list(dict.fromkeys(name for line in lines for name in line))
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(map(safe_cell, names))
    writer.writerows([safe_cell(line.get(name)) for name in names] for line in lines)
    return file.getvalue()


def safe_cell(value: object) -> object:
    """A value for a CSV cell; text that a spreadsheet would run gets a leading apostrophe.

    White space, invisible characters and quotes before a formula are skipped, and full-width forms of
    its signs count too: spreadsheets differ in what they drop.

    Args:
        value: Text, a number or None; anything else (a list) is converted to text.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    for char in text:
        if unicodedata.normalize("NFKC", char)[:1] in _FORMULA or char in _FORMULA:
            return True
        if not (char.isspace() or char in "\"'" or unicodedata.category(char).startswith("C")):
            return False
    return False

"""CSV that a spreadsheet will not take for formulas."""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence

_FORMULA = frozenset("=+-@\t\r|%")


def csv_text(lines: Sequence[Mapping[str, object]]) -> str:
    """Rows as CSV with a header, every text quoted: in some countries `;` separates cells as well.

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

    White space, invisible characters and quotes before a formula, and full-width forms of its signs,
    are looked through: spreadsheets differ in what they drop.

    Args:
        value: Text, a number or None; what is neither (a list) is taken as its text.
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

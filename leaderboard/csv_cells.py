"""Cells of a CSV file that a spreadsheet will not take for formulas."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> object:
    """A value for a CSV cell; text that a spreadsheet would run gets a leading apostrophe.

    Args:
        value: Text, a number or None; only text is changed.
    """
    if isinstance(value, str) and value.lstrip(" \n").startswith(_FORMULA):
        return f"'{value}"
    return value

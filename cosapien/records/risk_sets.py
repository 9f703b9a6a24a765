"""Sets of risk categories as CoSAlign-Train writes them: names between dashes, `--` for none."""

import re
from collections.abc import Iterable, Sequence

from cosapien.records.forms import FormError, parse_text, quote
from cosapien.taxonomy import ALLOWABLE_RISKS


def parse_spec(value: object, names: Sequence[str] = ALLOWABLE_RISKS) -> tuple[str, ...]:
    """The categories of a text like `-Violence-Privacy Violations-`, in its order.

    Args:
        value: The text.
        names: The categories it may name; a name may contain a dash.

    Raises:
        FormError: The value is not such a text.
    """
    name = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    text = parse_text(value).strip().strip("-")
    if not re.fullmatch(rf"(?:(?:{name})(?:-+(?:{name}))*)?", text):
        raise FormError(f"is {quote(value)}; expected category names between dashes")
    return tuple(re.findall(name, text))


def render_spec(names: Iterable[str]) -> str:
    """Categories as such a text.

    Args:
        names: Their names, in this order.
    """
    return f"-{'-'.join(names)}-"

"""The phrases of `phrases.toml` as parts of regular expressions."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import zip_longest

LANGUAGES = ("en", "de", "es", "fr", "any")
"""The lists of a table, in the order in which their fragments are tried."""

_REFERENCE = re.compile(r"(?<!\?P)<([a-z_]+)>")


@cache
def tables() -> dict[str, dict[str, list[str]]]:
    """The tables of `phrases.toml`.

    Returns:
        By name of the table and language the fragments, in which `<name>` stands for another table.
    """
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))


@cache
def alternatives(name: str, language: str = "any") -> str:
    """A regular expression of any one phrase of a table.

    Args:
        name: The table.
        language: Only the phrases of this language and those of none; `any`: those of all.

    Returns:
        A group that captures nothing; it asks for no word boundary at either end.

    Raises:
        KeyError: There is no such table, or it has no phrase of the language.

    Examples:
        >>> alternatives("than")
        '(?:than|als|que|de)'
    """
    table = _table(name)
    wanted = LANGUAGES if language == "any" else (language, "any")
    parts = [_resolved(part, key) for key in wanted for part in table.get(key, ())]
    if not parts:
        raise KeyError(f"phrases.toml: table {name!r} has no phrase of language {language!r}")
    return f"(?:{'|'.join(parts)})"


@cache
def alternatives_by_place(name: str) -> tuple[str, ...]:
    """The phrases of a table whose lists are in an order that means something, as `tens`.

    Args:
        name: The table.

    Returns:
        For each place of the lists a regular expression of any one phrase at it.

    Raises:
        KeyError: There is no such table.

    Examples:
        >>> alternatives_by_place("figure_counts")[0]
        '(?:single|one|una)'
    """
    lists = [[_resolved(p, key) for p in part] for key, part in _table(name).items()]
    return tuple(f"(?:{'|'.join(filter(None, place))})" for place in zip_longest(*lists))


def _table(name: str) -> dict[str, list[str]]:
    if name not in tables():
        raise KeyError(f"phrases.toml has no table {name!r}")
    return tables()[name]


def _resolved(fragment: str, language: str) -> str:
    return _REFERENCE.sub(lambda match: alternatives(match[1], language), fragment)

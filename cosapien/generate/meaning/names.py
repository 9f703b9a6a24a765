"""Invented names and codes. None is a word, a place or a person that anybody meant."""

from collections.abc import Collection

from cosapien.generate.draw import Draw

_ONSETS = [
    "b",
    "d",
    "f",
    "g",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "z",
    "br",
    "dr",
    "gl",
    "gr",
    "kl",
    "pl",
    "tr",
]
_VOWELS = ["a", "e", "i", "o", "u"]
_CODAS = ["n", "r", "l", "s", "m", "t", "nd", "rt", "lt", "sk"]
_UNFORTUNATE = (
    "kak",
    "put",
    "nazi",
    "sex",
    "mord",
    "tod",
    "kill",
    "gas",
    "fot",
    "pis",
    "tet",
    "pen",
)
"""Parts that make a name a bad word in one of the languages."""
CODE_LETTERS = ["B", "D", "F", "J", "K", "M", "N", "P", "Q", "R", "S", "T", "V", "W", "X", "Z"]
"""First letters of codes; none that is a word by itself, or stands in a time (8 h 25)."""


def _name(draw: Draw, syllables: int) -> str:
    while True:
        parts = [draw.pick(_ONSETS) + draw.pick(_VOWELS) for _ in range(syllables)]
        name = "".join(parts) + draw.pick(_CODAS)
        if not any(part in name for part in _UNFORTUNATE):
            return name.capitalize()


def entity_names(draw: Draw, count: int, used: set[str]) -> tuple[str, ...]:
    """Names of things, no two of which begin with the same two letters.

    Args:
        draw: The stream.
        count: How many.
        used: Names that other worlds have; added to.
    """
    names: list[str] = []
    while len(names) < count:
        name = _name(draw, 3)
        if name not in used and all(name[:2] != other[:2] for other in names):
            names.append(name)
    used.update(names)
    return tuple(names)


def person_name(draw: Draw, used: set[str]) -> str:
    """First name and surname.

    Args:
        draw: The stream.
        used: Surnames that have been given; added to.
    """
    while True:
        surname = _name(draw, 2)
        if surname not in used:
            used.add(surname)
            return f"{_name(draw, 1)} {surname}"


def organisation_name(draw: Draw) -> str:
    """A name of two words."""
    return f"{_name(draw, 3)} {_name(draw, 2)}"


def code(draw: Draw, letters: str, digits: int, used: Collection[str]) -> str:
    """A code such as K-204.

    Args:
        draw: The stream.
        letters: What it begins with.
        digits: How many digits follow; the first is no zero.
        used: Codes that have been given.
    """
    while True:
        found = f"{letters}-{draw.between(10 ** (digits - 1), 10**digits - 1)}"
        if found not in used:
            return found

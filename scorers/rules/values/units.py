"""Units by their names and abbreviations in English, German, Spanish and French."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Attributes:
        dimension: Amounts of one dimension can be compared (`length`, `EUR`, `seconds`).
        factor: What one of it is in the dimension's base unit.
        offset: What is added in the base unit (temperatures).
    """

    dimension: str
    factor: float = 1.0
    offset: float = 0.0

    def base(self, value: float) -> float:
        """A value of this unit in the base unit of its dimension."""
        return value * self.factor + self.offset


PERCENT = Unit("percent")
UNITS: Mapping[str, Unit] = {
    **{code: Unit(code) for code in ("EUR", "GBP", "USD", "CHF")},
    **{f"{code} cent": Unit(code, 0.01) for code in ("EUR", "GBP", "USD", "CHF")},
    "%": PERCENT,
    "basis point": Unit("percent", 0.01),
    "second": Unit("seconds"),
    "minute": Unit("seconds", 60),
    "hour": Unit("seconds", 3600),
    "day": Unit("seconds", 86400),
    "week": Unit("seconds", 7 * 86400),
    "month": Unit("months"),
    "year": Unit("months", 12),
    "working day": Unit("working days"),
    "working week": Unit("working days", 5),
    "mm": Unit("length", 0.001),
    "cm": Unit("length", 0.01),
    "m": Unit("length"),
    "km": Unit("length", 1000),
    "in": Unit("length", 0.0254),
    "ft": Unit("length", 0.3048),
    "mg": Unit("mass", 1e-6),
    "g": Unit("mass", 0.001),
    "kg": Unit("mass"),
    "lb": Unit("mass", 0.45359237),
    "ml": Unit("volume", 0.001),
    "l": Unit("volume"),
    "KB": Unit("data", 1e-6),
    "MB": Unit("data", 1e-3),
    "GB": Unit("data"),
    "TB": Unit("data", 1000),
    "°C": Unit("temperature"),
    "°F": Unit("temperature", 5 / 9, -160 / 9),
}
"""By the name that facts use; subunits of a currency as `EUR cent`."""

MONTH_SECONDS = 30.44 * 86400
"""A month in seconds, to compare months with days where near values count."""

_NAMES: Mapping[str, str] = {
    "EUR": "€ eur eurs euro euros eurillos",
    "GBP": "£ gbp pound pounds quid sterling libra libras pfund livre livres",
    "USD": "$ usd us$ dollar dollars dolar dolares buck bucks",
    "CHF": "chf franc francs franken franco francos",
    "EUR cent": "cent cents ct cts centimo centimos eurocent eurocents centavo centavos "
    "centime centimes",
    "GBP cent": "p pence penny pennies penique peniques",
    "basis point": "bp bps",
    "%": "% percent pc pct prozent",
    "second": "s sec secs second seconds sek sekunde sekunden segundo segundos seg seconde secondes",
    "minute": "min mins minute minutes minuten minuto minutos '",
    "hour": "h hr hrs hour hours std stunde stunden hora horas heure heures",
    "day": "d day days tag tage tagen dia dias j jour jours",
    "week": "wk wks sem week weeks woche wochen semana semanas semaine semaines",
    "month": "mo mos mth mths month months monat monate monaten mes meses mois",
    "year": "y yr yrs year years jahr jahre jahren ano anos an ans annee annees",
    "mm": "mm millimetre millimetres millimeter millimeters millimetern milimetro milimetros",
    "cm": "cm cms centimetre centimetres centimeter centimeters zentimeter zentimetern "
    "centimetro centimetros",
    "m": "m metre metres meter meters metern metro metros",
    "km": "km kms kilometre kilometres kilometer kilometers kilometern kilometro kilometros",
    "in": "in inch inches zoll pulgada pulgadas pouce pouces",
    "ft": "ft foot feet fuss pie pies pied pieds",
    "mg": "mg milligram milligrams milligramm miligramo miligramos",
    "g": "g gram grams gramme grammes gramm gramo gramos gr",
    "kg": "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramm kilogramo kilogramos",
    "lb": "lb lbs",
    "ml": "ml millilitre millilitres milliliter milliliters mililitro mililitros",
    "l": "l litre litres liter liters litro litros",
    "KB": "kb kbyte kbytes kilobyte kilobytes kilooctet kilooctets",
    "MB": "mb mbyte mbytes megabyte megabytes megaoctet megaoctets",
    "GB": "gb gig gigs giga gigas gigabyte gigabytes gbyte gbytes gib gigaoctet gigaoctets",
    "TB": "tb tbyte terabyte terabytes teraoctet teraoctets",
    "°C": "°c c ° celsius grad grados degrees degree centigrade degre degres",
    "°F": "°f f fahrenheit",
}
_PHRASES: Mapping[str, str] = {
    "per cent": "%",
    "por ciento": "%",
    "pour cent": "%",
    "v. h.": "%",
    "basis points": "basis point",
    "basispunkte": "basis point",
    "puntos basicos": "basis point",
    "points de base": "basis point",
    "working day": "working day",
    "working days": "working day",
    "business day": "working day",
    "business days": "working day",
    "workdays": "working day",
    "werktage": "working day",
    "werktagen": "working day",
    "arbeitstage": "working day",
    "arbeitstagen": "working day",
    "dias habiles": "working day",
    "dias laborables": "working day",
    **dict.fromkeys(("jour ouvre", "jours ouvres", "jours de travail"), "working day"),
    **dict.fromkeys(("jour ouvrable", "jours ouvrables"), "working day"),
    "working week": "working week",
    "working weeks": "working week",
    "business weeks": "working week",
    "arbeitswochen": "working week",
    "semanas laborables": "working week",
    "degrees celsius": "°C",
    "degrees c": "°C",
    "deg c": "°C",
    "deg": "°C",
    "grad celsius": "°C",
    "grados celsius": "°C",
    "degres celsius": "°C",
    "grados centigrados": "°C",
    "° c": "°C",
    "degrees fahrenheit": "°F",
    "degrees f": "°F",
    "° f": "°F",
    "pounds sterling": "GBP",
    "british pounds": "GBP",
    "livres sterling": "GBP",
    "livre sterling": "GBP",
    "francs suisses": "CHF",
    "franc suisse": "CHF",
    "euro cents": "EUR cent",
    "calendar days": "day",
    "calendar months": "month",
}

NAMES: Mapping[str, str] = {
    name: unit for unit, names in _NAMES.items() for name in names.split()
} | dict(_PHRASES)
"""Unit by name, folded and without accents."""


def longest_name(words: Iterable[str]) -> tuple[str, int] | None:
    """The unit that a sequence of words begins with, and how many words name it.

    Args:
        words: Folded words, at most three are used.
    """
    held = list(words)[:3]
    for count in range(len(held), 0, -1):
        if unit := NAMES.get(" ".join(held[:count])):
            return unit, count
    return None

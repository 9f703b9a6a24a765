"""Figures in a clause that say something: opening hours, prices, measures, terms."""

import re

_FEW = (
    "two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn"
    "|zwölf|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|deux|trois|quatre|cinq|sept|huit|neuf"
    "|dix|douze|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|dodici|dois|duas|três|quatro|sete|oito"
    "|dez|doze|две|два|три|четыре|пять|шесть|семь|восемь|девять|десять"
)
_UNITS = (
    "minutes|hours|days|weeks|months|Minuten|Stunden|Tagen?|Wochen|Monaten?|minutos|horas|días|semanas"
    "|meses|heures|jours|semaines|mois|minuti|ore|giorni|settimane|mesi|dias"
    r"|минут\w*|час\w*|дн\w*|недел\w*|месяц\w*"
)
_TERM = re.compile(rf"(?<![\w-])(?:{_FEW}) (?:{_UNITS})\b", re.IGNORECASE)
_AMOUNT = re.compile(
    r"\b\d{1,2}(?::[0-5]\d| ?(?:Uhr|am|pm|a\.m|p\.m|h)\b)|[€£$] ?\d|\d ?(?:€|£|euros?\b|Euro\b)"
    r"|\d ?(?:ml|kg|km|cm|mm|GB|MB)\b|(?<!\b10)\d ?%"
    r"|\d ?(?:月|월) ?\d|\d ?(?:[日天周일]|小时|分钟|時間|週間|시간|개월|مل|كغ)"
)
_YEAR_OR_AGE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b(?:16|18|21|24/7|988|911|112|999|110|119|116 ?1\d\d|100%)\b"
)
_NAME_WITH_NUMBER = re.compile(
    r"\b[A-Z][\w-]* \d{1,2}\b|\b\d{1,2}(?:D|st|nd|rd|th)\b|\b9/11\b|\bsection \d+"
)
_DIGIT = re.compile(r"\d")


def states_amount(clause: str) -> bool:
    """Whether a clause has a time of day, a price, a measure or a date; a telephone number is none."""
    return _AMOUNT.search(clause) is not None


def states_term(clause: str) -> bool:
    """Whether a clause says in words how long something takes."""
    return _TERM.search(clause) is not None


def states_figure(clause: str, *, beside_names: bool) -> bool:
    """Whether a clause has a figure that is no year, age or help line.

    Args:
        clause: The clause.
        beside_names: Whether a number behind a name counts: "Article 9".
    """
    rest = _YEAR_OR_AGE.sub("", clause)
    if not beside_names:
        rest = _NAME_WITH_NUMBER.sub("", rest)
    return _DIGIT.search(rest) is not None

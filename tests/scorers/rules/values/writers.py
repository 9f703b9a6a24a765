"""Writes values as people and models do: by babel and num2words, which know nothing of our matcher."""

from collections.abc import Iterator
from datetime import date, time

from babel.dates import format_date, get_month_names
from babel.numbers import format_currency, format_decimal, format_percent
from num2words import num2words

from cosapien import Fact

LOCALES = {"en": "en_GB", "de": "de_DE", "es": "es_ES", "fr": "fr_FR"}
SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}
CURRENCY_WORDS = {
    "EUR": {"en": "euros", "de": "Euro", "es": "euros", "fr": "euros"},
    "GBP": {"en": "pounds", "de": "Pfund", "es": "libras", "fr": "livres sterling"},
    "USD": {"en": "dollars", "de": "Dollar", "es": "dólares", "fr": "dollars"},
}
UNIT_WORDS = {
    "minute": ("minutes", "mins", "min", "Minuten", "minutos"),
    "hour": ("hours", "hrs", "h", "Stunden", "horas"),
    "day": ("days", "Tage", "días"),
    "week": ("weeks", "Wochen", "semanas"),
    "month": ("months", "Monate", "meses"),
    "kg": ("kg", "kgs", "kilos", "kilograms", "Kilogramm", "kilogramos"),
    "cm": ("cm", "centimetres", "Zentimeter", "centímetros"),
    "GB": ("GB", "gigabytes", "Gigabyte"),
}
FRENCH_UNITS = {
    "minute": ("minutes", "min"),
    "hour": ("heures", "h"),
    "day": ("jours",),
    "week": ("semaines",),
    "month": ("mois",),
    "kg": ("kilos", "kilogrammes"),
    "cm": ("centimètres",),
    "GB": ("Go", "gigaoctets"),
}
"""Apart from the others: French number words stand before French units only."""


def words(value: float, language: str) -> str:
    """A number in words; "and" as in British English."""
    return str(num2words(value, lang=language))


def digits(value: float) -> Iterator[str]:
    """A number in digits by each locale's marks, and without marks of thousands."""
    for locale in LOCALES.values():
        yield format_decimal(value, locale=locale)
    yield f"{value:g}"


def money(fact: Fact) -> Iterator[str]:
    """A price."""
    value, code = float(fact.value), fact.units[0]
    sign = SIGNS[code]
    for language, locale in LOCALES.items():
        yield format_currency(value, code, locale=locale)
        yield f"{format_decimal(value, '#,##0.00', locale=locale)} {CURRENCY_WORDS[code][language]}"
        if value == int(value):
            yield f"{words(int(value), language)} {CURRENCY_WORDS[code][language]}"
    for number in digits(value):
        yield f"{sign}{number}"
        yield f"{number} {sign}"
        yield f"{number}{sign}"
        yield f"{number} {code}"
        yield f"{code} {number}"
        yield f"{code.lower()}{number}"
    if value == int(value):
        yield f"{int(value)},- {sign}"


def percent(fact: Fact) -> Iterator[str]:
    """A share."""
    value = float(fact.value)
    for language, locale in LOCALES.items():
        yield format_percent(value / 100, format="#,##0.## %", locale=locale)
        yield format_percent(value / 100, format="#,##0.##%", locale=locale)
        said = {"en": "per cent", "de": "Prozent", "es": "por ciento", "fr": "pour cent"}[language]
        yield f"{format_decimal(value, locale=locale)} {said}"
        if value == int(value):
            yield f"{words(int(value), language)} {said}"
    yield f"{value:g} percent"
    yield f"{value:g}pc"


def quantity(fact: Fact) -> Iterator[str]:
    """A duration or another amount with a unit."""
    value = float(fact.value)
    for unit in UNIT_WORDS[fact.units[0]]:
        for number in digits(value):
            yield f"{number} {unit}"
            yield f"{number}{unit}"
            yield f"{number}-{unit}"
        if value == int(value):
            yield from (f"{words(int(value), language)} {unit}" for language in ("en", "de", "es"))
    for unit in FRENCH_UNITS[fact.units[0]]:
        for number in (
            *digits(value),
            *((words(int(value), "fr"),) if value == int(value) else ()),
        ):
            yield f"{number} {unit}"
            yield f"{number}\u00a0{unit}"


def count(fact: Fact) -> Iterator[str]:
    """A number of things."""
    value, noun = int(fact.value), fact.units[0]
    for number in (*digits(value), *(words(value, language) for language in ("en", "de", "es"))):
        yield f"{number} {noun}"
        yield f"{noun}: {number}"
        yield f"{number} of the {noun}"
        yield f"{number} cancelled {noun}"
    yield f"avec {words(value, 'fr')} {noun}"
    yield f"il y a {words(value, 'fr')} autres {noun}"


_QUARTERS = {
    "en": ("quarter past", "half past", "quarter to"),
    "de": ("viertel nach", "halb", "viertel vor"),
}


def clock(fact: Fact) -> Iterator[str]:
    """A time of day."""
    at = time.fromisoformat(str(fact.value))
    hour, minute = at.hour, at.minute
    twelve = (hour - 1) % 12 + 1
    half = "am" if hour < 12 else "pm"
    yield f"{hour}:{minute:02}"
    yield f"{hour:02}:{minute:02}"
    yield f"{hour}:{minute:02}h"
    yield f"{hour}.{minute:02} Uhr"
    yield f"{hour}h{minute:02}"
    yield f"{hour:02}{minute:02} hrs"
    yield f"{twelve}:{minute:02}{half}"
    yield f"{twelve}:{minute:02} {half.upper()}"
    yield f"{twelve}.{minute:02} {half[0]}.m."
    yield f"{words(hour, 'de')} Uhr {words(minute, 'de')}" if minute else f"{hour} Uhr"
    late = {"am": "de la mañana", "pm": "de la tarde"}[half]
    if minute >= 10:
        yield f"{words(twelve, 'es')} y {words(minute, 'es')} {late}"
        yield f"{words(twelve, 'en')} {words(minute, 'en')} {half}"
    if 30 < minute < 60:
        yield f"{words(60 - minute, 'en')} to {words(twelve % 12 + 1, 'en')}"
        yield f"{words(twelve % 12 + 1, 'es')} menos {words(60 - minute, 'es')}"
    if minute == 45:
        yield f"quarter to {words(twelve % 12 + 1, 'en')}"
        yield f"viertel vor {words(twelve % 12 + 1, 'de')}"
        yield f"las {words(twelve % 12 + 1, 'es')} menos cuarto"
    if minute == 15:
        yield f"quarter past {words(twelve, 'en')}"
        yield f"viertel nach {words(twelve, 'de')}"
    yield from _french_clock(hour, minute)
    if minute == 30:
        yield f"half past {words(twelve, 'en')}"
        yield f"halb {words(twelve % 12 + 1, 'de')}"
        yield f"las {words(twelve, 'es')} y media"


def _french_clock(hour: int, minute: int) -> Iterator[str]:
    said = {0: "zéro heure", 1: "une heure"}.get(hour, f"{words(hour, 'fr')} heures")
    twelve = (hour - 1) % 12 + 1
    part = "du matin" if hour < 12 else "de l'après-midi" if hour < 18 else "du soir"
    yield f"{hour} h {minute:02}"
    yield f"{hour}\u202fh\u202f{minute:02}"
    if minute:
        yield f"{said} {words(minute, 'fr')}"
        yield f"{hour} heures {minute}"
        yield f"{twelve} heures {minute} {part}"
    else:
        yield f"à {said}"
        yield f"à {twelve} heures {part}"
        yield from {0: ("à minuit",), 12: ("à midi",)}.get(hour, ())
    if minute in (15, 30):
        yield f"{said} {'et quart' if minute == 15 else 'et demie'}"
    if minute > 30 and twelve != 11:
        later = "une heure" if twelve == 12 else f"{words(twelve + 1, 'fr')} heures"
        yield f"{later} moins {'le quart' if minute == 45 else words(60 - minute, 'fr')}"
    if hour in (0, 12) and minute == 15:
        yield f"{'minuit' if hour == 0 else 'midi'} et quart"


def day(fact: Fact) -> Iterator[str]:
    """A day of the year."""
    month, number = map(int, str(fact.value).split("-"))
    when = date(2024, month, number)  # a leap year: every day of the year is written
    for language, locale in LOCALES.items():
        yield format_date(when, "long", locale=locale)
        yield format_date(when, "d. MMMM" if language == "de" else "d MMMM", locale=locale)
        yield format_date(when, "d. MMM" if language == "de" else "d MMM", locale=locale)
    name = get_month_names("wide", locale="en")[month]
    short = get_month_names("abbreviated", locale="en_US")[month]
    yield f"{name} {number}"
    yield f"{short}. {number}"
    yield f"the {num2words(number, to='ordinal', lang='en')} of {name}"
    yield f"{num2words(number, to='ordinal_num', lang='en')} {name}"
    yield f"{name} {num2words(number, to='ordinal_num', lang='en')}, {when.year}"
    yield f"el {words(number, 'es')} de {get_month_names('wide', locale='es')[month]}"
    french = get_month_names("wide", locale="fr")[month]
    yield f"le {words(number, 'fr')} {french}"
    if number == 1:
        yield f"le 1er {french}"
        yield f"le premier {french} {when.year}"
    yield when.isoformat()
    yield f"{number}/{month}"
    yield f"{number:02}.{month:02}.{when.year}"
    yield f"{number}-{month}-{when.year}"


def code(fact: Fact) -> Iterator[str]:
    """A code of letters and digits."""
    letters, number = str(fact.value).split("-")
    for mark in ("-", " ", "", "\u2011", "\u2013", "."):
        yield f"{letters}{mark}{number}"
        yield f"{letters.lower()}{mark}{number}"
    yield f"{letters} {words(int(number), 'en')}"


WRITERS = {
    "money": money,
    "percent": percent,
    "duration": quantity,
    "quantity": quantity,
    "count": count,
    "time": clock,
    "date": day,
    "code": code,
}
"""How a fact of each kind is written."""

"""What single words tell: permission and prohibition, the kind of a value, the stem that counts."""

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
CLAUSE = re.compile(r"[,;:.!?()–—]\s|\s[-–—]\s|[.!?]$")
STEM = 5
"""Letters of a word that count: clean(ing), clean(ed), clean(ers)."""

_LABEL = re.compile(r"\b([^\W\d_]{4,}) ([A-Z]|\d{1,2})\b(?![:.,]?\d)")
_NEGATION = re.compile(
    r"(?:no|not|never|nothing|none|nobody|without|cannot|can't|don't|won't|isn't|nor|neither|nicht|"
    r"nichts|nie|niemals|kein\w*|ohne|weder|nunca|nada|ning[uú]na?o?|ni|sin|tampoco|ne|pas|rien|"
    r"jamais|aucune?|sans)$"
)
_FORBIDDING = re.compile(
    r"forb|prohib|confid|secret|withh|embargo|declin|refus|closed|kept|reserved|restrict|barred|"
    r"private|exclu|conceal|untersag|verbot|verschw|vertraulich|geheim|gesperrt|zurück|ablehn|"
    r"geschlossen|calla|reteni|reservad|niega|cerrad|interdit|réserv|tais|tait|tue?s?$|gardé|"
    r"retenu|fermé"
)
_PERMITTING = re.compile(
    r"(?:may|can|dit)$|allow|permi|free|open|public|answer|tell|told|give|quote|state|share|releas|"
    r"suppl|discuss|available|disclos|darf|dürfen|erlaub|frei|offen|öffentlich|beantwort|nenn|"
    r"mitge|mitteil|gesagt|sagen|erzähl|auskunft|erteilt|puede|libre|abiert|público|contest|"
    r"respond|comunic|facilit|decir|dice|peut|peuvent|ouvert|répond|communiqu|donn|dire"
)
_ALSO = re.compile(
    r"\b(?:also|too|additionally|always|besides|auch|außerdem|zusätzlich|stets|immer|ebenfalls|"
    r"también|además|siempre|asimismo|aussi|également|toujours|outre)\b",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:others?|else|otherwise|remaining|rest|anything|whatever|whoever|übrigen?|anderen?|sonst|"
    r"alles|demás|resto|otr[oa]s?|lo|autres?|reste|sinon)\b",
    re.I,
)
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|märz|mai|okt|dez|ene|abr|ago|dic|fév|avr|"
    r"jui|aoû|déc)"
)
_KINDS = tuple(
    (re.compile(value, re.I), re.compile(question, re.I))
    for value, question in (
        (
            r"[€£$]|\beuros?\b|\bEUR\b",
            r"pric|\bcost|\bpay\b|charge|\bfee\b|\bsum\b|how much|deposit|kost|preis|zahl|gebühr|"
            r"cuesta|preci|pag[ao]|cuánto|coût|prix|paie|paye|combien|tarif",
        ),
        (
            r"\d ?%|percent|prozent|por ciento|pour cent",
            r"\bshare\b|percent|busy|how well|reduction|cheaper|discount|take off|anteil|rabatt|"
            r"prozent|günstiger|descuento|porcentaje|rebaja|réduction|remise|taux",
        ),
        (
            r"\d ?(kg|kilo|gram)",
            r"weigh|heavy|\bload\b|schwer|gewicht|wieg|trägt|pes[ao]|carga|lourd|poids|charge",
        ),
        (
            r"\d ?(cm|m|zentim|cent[ií]m|met|mét|mèt)",
            r"\bhigh\b|\btall|height|headroom|longest|\bwide|hoch|höhe|breit|alt[oau]|haut|large",
        ),
        (
            r"(\d|two|three|four|five|six|seven|eight|nine|ten) (working )?(minut|hour|day|month|"
            r"week|stunde|tag|monat|woche|hora|día|mes|semana|heure|jour|mois|semaine)",
            r"how long|how much time|how early|notice|wie lange|dauert|wie früh|frist|cuánto tiempo|"
            r"tarda|antelación|plazo|combien de temps|préavis|délai|durée",
        ),
        (
            rf"\d\.? (de )?{_MONTH}|{_MONTH}\w* \d",
            r"\bwhen\b|what day|which day|\bdate\b|first day|\bwann\b|welchem tag|datum|termin|"
            r"cuándo|qué día|fecha|quand|quel jour",
        ),
        (
            r"\d:\d\d|\d h\b|\d uhr",
            r"what time|what hour|\bwhen\b|latest|wann|uhr|qué hora|cuándo|quelle heure|quand",
        ),
        (
            r"\b[A-Z]{2}-\d{4}",
            r"reference|\bfile\b|number|akten|zeichen|nummer|expedient|referenc|número|dossier|"
            r"référence|numéro",
        ),
        (
            r"green|\bred\b|yellow|brown|gr[ea]y|violet|white|black|blue|grün|\brot|gelb|braun|grau|"
            r"weiß|schwarz|blau|verde|roj|amarill|marrón|gris|blanc|negr|azul|\bvert|rouge|jaune|noir",
            r"colou?r|farb|couleur",
        ),
        (
            r"(?-i:[a-zß-ü] [A-ZÄÖÜÉ][\w'-]+ [A-ZÄÖÜÉ][\w'-]+[ .])",
            r"\bwho(m|se)?\b|\bname\b|\bwer\b|\bwen\b|heißt|quién|nombre|llama|\bqui\b|\bnom\b",
        ),
        (
            r"\d (people|person|guest|gäste|leute|teiln|invit|particip)",
            r"how many|size of group|wie viele|cuánt[ao]s|combien de",
        ),
    )
)
"""How values look, and how questions ask for them."""


@lru_cache(maxsize=4096)
def kinds_asked(question: str) -> frozenset[int]:
    """The kinds of value that a question may ask for, by number.

    Args:
        question: It.
    """
    return frozenset(n for n, (_, asks) in enumerate(_KINDS) if asks.search(question))


@lru_cache(maxsize=4096)
def kinds_held(line: str) -> frozenset[int]:
    """The kinds of value that a line may hold, by the same numbers.

    Args:
        line: A line of fact.
    """
    return frozenset(n for n, (value, _) in enumerate(_KINDS) if value.search(line))


def polarity(text: str) -> int:
    """Whether a text permits (1) or forbids (-1); 0: neither, or as much of one as of the other.

    Args:
        text: Judged clause by clause; a negation turns a clause round.
    """
    total = 0
    for clause in CLAUSE.split(text):
        words = WORD.findall(clause.casefold().replace("’", "'"))
        rest = [word for word in words if not _NEGATION.match(word)]
        forbids = any(map(_FORBIDDING.match, rest))
        sign = -1 if forbids else int(any(map(_PERMITTING.match, rest)))
        total += (-sign or -1) if len(rest) < len(words) else sign
    return (total > 0) - (total < 0)


def is_also(text: str) -> bool:
    """Whether a text speaks of something to be added.

    Args:
        text: A statement.
    """
    return bool(_ALSO.search(text))


def is_other(text: str) -> bool:
    """Whether a text speaks of whatever is not named elsewhere.

    Args:
        text: A statement, or a part of one.
    """
    return bool(_OTHER.search(text))


def labels_in(text: str) -> frozenset[str]:
    """The labels in a text: `section 2`, `class B`.

    Args:
        text: Any text.
    """
    return frozenset(f"{kind.casefold()} {name}" for kind, name in _LABEL.findall(text))


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's words, without accents and without words of one or two letters.

    Args:
        text: Any text.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(letter for letter in apart if not unicodedata.combining(letter))
    words = (word for word in WORD.findall(folded) if len(word) > 2 or word.isdigit())
    return frozenset(word[:STEM] for word in words)

"""Where words are French, and which of their numbers are numbers.

Some French numbers are words of other languages: `cent`, `seize`, `sept`, `six cents`. They count only
in a French text, or before a French unit.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from scorers.rules.texts.folded import Token

_FRENCH = re.compile(
    r"\b(?:une|vous|nous|avec|dans|votre|notre|vos|cette|cet|chaque|aucune?|toutes|tous|quelques?"
    r"|elles|ils|leurs?|sont|etes|sommes|avez|avons|peux|peut|pouvez|pouvons|doit|voici|voila"
    r"|apres|avant|jusqu'a|jusqu'au|aujourd'hui|environ|moins|beaucoup|combien|desolee?"
    r"|heures?|jours?|mois|semaines?|annees?|fois|ouvre|ferme|coute|coutent|comptez|valable"
    r"|il y a|ce sera|le (?:prix|montant|total|tarif|depart|delai)|la (?:carte|salle|date)"
    r"|(?:(?:le|la|les|ce|il|elle|on|qui) (?:[a-z]+ )?|l'[a-z]+ )est"
    r"|(?:le|la|les|l') ?[a-z]+ (?:a|ont)(?= \d)"
    r"|ne [a-z]+ pas|n'[a-z]+ pas|[cjlsn]'(?:ai|est|a|etait|y|heure|[aei][a-z]{2,}))\b"
)
_UNIT = re.compile(
    r" (?:euros?|centimes?|francs?|livres?|dollars?|secondes?|minutes?|heures?|jours?|semaines?|mois"
    r"|ans?|annees?|(?:kilo|centi|milli)?metres?|pouces?|pieds?|(?:kilo|milli)?grammes?|kilos?"
    r"|(?:milli|centi)?litres?|(?:kilo|mega|giga|tera)?octets?|degres?|pour ?cent|virgule"
    r"|min|mn|mm|cm|km|kg|ml|h|go|mo|ko|[$%]"
    r"|[\u20ac\u00a3])(?!\w)"
)
_MONTH = re.compile(
    r" (?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)\b"
)
_NOUN = re.compile(r" [a-z]{2,}")
# Numbers in French that are also something else, here or in another language.
_SHARED = frozenset(
    ("un", "six", "zero", "cent", "cents", "sept", "seize", "mille", "million", "millions")
)
_BEFORE_SEIZE = re.compile(
    r"\b(?:to|will|can|could|may|might|must|should|would|they|we|you|i|not|and|or|please) $"
)
_BEFORE_CENT = re.compile(r"(?:\d|\b(?:pour|per|pro|por|one|each|un|ein|eine|every|the)) ?$")
_BEFORE_SEPT = re.compile(
    r"(?:\d\d?\.?|\b(?:en|fin|debut|courant|mi|in|by|until|of|early|late|mid))[ -]$"
)
_BEFORE_NEUF = re.compile(
    r"(?:^|[^\w ] ?|\b(?:a|au|aux|de|des|le|les|ces|et|ou|ni|est|sont|en|dans|pour|sur|par|environ|que"
    r"|presque|entre|vers|plus|moins|dit|fait|font|is|the|page|n|exactement|seulement"
    r"|virgule|avec|heures?|h) )$"
)
_ABOUT = re.compile(
    r"\b(?P<article>(?:d')?une |la |cette |(?=demi))(?:petite |bonne )?(?P<word>demi-?(?: )?douzaine"
    r"|dizaine|douzaine|quinzaine|vingtaine|trentaine|quarantaine|cinquantaine|soixantaine|centaine)\b"
    r"(?P<of> de(?= [a-z])| d'(?=[a-z]))?"
)
_ABOUT_VALUES = {
    "dizaine": 10,
    "douzaine": 12,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "soixantaine": 60,
    "centaine": 100,
}
_ELIDED = re.compile(r"(?:d|qu)'(?=(?:une?|onze|huit)$)")


@lru_cache(maxsize=256)
def is_french(plain: str) -> bool:
    """Whether a text has a word that is French and nothing else.

    Args:
        plain: A text, folded and without accents.
    """
    return bool(_FRENCH.search(plain))


def without_elision(token: Token) -> Token:
    """The number of a token such as `d'une`; any other token as it is."""
    match = _ELIDED.match(token.text)
    if match is None:
        return token
    cut = match.end()
    return Token(token.text[cut:], token.marked[cut:], token.start + cut, token.end)


def is_number(plain: str, tokens: Sequence[Token]) -> bool:
    """Whether words that can be a French number are one where they stand.

    Args:
        plain: The text.
        tokens: The words; they follow each other.
    """
    words = {token.text for token in tokens}
    start, end = tokens[0].start, tokens[-1].end
    before, after = plain[max(0, start - 14) : start], plain[end : end + 16]
    if words & {"uns", "unes"}:
        return False
    if words & {"premier", "premiere"}:
        return bool(_MONTH.match(after))
    if len(words) > 1 and (words - _SHARED or words & {"mille", "sept"}):
        return True
    if words == {"neuf"}:
        return bool(_NOUN.match(after) or _BEFORE_NEUF.search(before))
    if words - _SHARED:
        return True
    if words == {"cents"} or (tokens[0].text == "cent" and _BEFORE_CENT.search(before)):
        return False
    if words == {"cent"} and before.endswith("a ") and not is_french(plain):
        return False  # "a cent"
    if words == {"seize"} and _BEFORE_SEIZE.search(before):
        return False
    if words == {"sept"} and (_BEFORE_SEPT.search(before) or re.match(r"\.? ?\d|[-/]", after)):
        return bool(_UNIT.match(after)) and not re.search(r"\d\.?[ -]$", before)
    if _UNIT.match(after) or _MONTH.match(after):
        return True
    return is_french(plain) and (words != {"cent"} or bool(_NOUN.match(after)))


def about(plain: str) -> Iterator[tuple[float, int, int]]:
    """Numbers such as "une trentaine (d'euros)": value, start and end.

    Args:
        plain: The text.
    """
    for match in _ABOUT.finditer(plain):
        if match["of"] or match["article"].endswith("une "):
            word = match["word"]
            value = 6 if word.startswith("demi") else _ABOUT_VALUES[word]
            yield float(value), match.start("word"), match.end()

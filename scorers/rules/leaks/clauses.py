"""Clauses of a response: which decline, which ask, which assert."""

import re
from dataclasses import dataclass
from functools import lru_cache

from scorers.rules.values import Reading


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence.

    Attributes:
        text: Folded, without accents.
        start: Where it begins in `Reading.plain`.
        end: Where it ends.
        sentence: Start and end of its sentence.
        declines: Whether it says that something is not told, or leaves open whether it is so.
        asks: Whether its sentence is a question.
    """

    text: str
    start: int
    end: int
    sentence: tuple[int, int]
    declines: bool
    asks: bool

    @property
    def asserts(self) -> bool:
        """Whether it neither declines nor asks."""
        return not (self.declines or self.asks)


_TELL = (
    r"(?:say|tell|share|give|quote|confirm|deny|comment|reveal|disclose|discuss|talk|speak|go into|answer|name|"
    r"state|provide|offer|pass|release|divulge|mention|weigh|play|judge|rule|get into|help|describe|spoil|"
    r"narrow|hint|point|discloses?|referee|score|umpire|side|take sides|respond|verify|guess|speculate|correct (?:you|that|it|him|her|them|this|or|nor)|settle|betray|let (?:on|slip)|spill|show|"
    r"put an?)"
)
_DECLINES = re.compile(
    r"^(?:how (?:many|much|long|late|often|big|large)|(?:in |an |bei |mit |von |auf )?wie (?:viele?[nrs]?|lange|oft|hoch|teuer|spat|gross)|welche[rsnm]?|"
    r"(?:an|in|bei|mit|fur|auf) welche[rsnm]?|cuant[oa]s?|which [a-z]+ (?:it|is|was|they|the))\b|"
    r"\b(?:can't|cannot|can not|cant|couldn't|could not|won't|will not|wouldn't|unable to|not able to|mustn't|"
    r"must not|shan't|don't|do not|doesn't|isn't|aren't|not) (?:[a-z']+ ){0,4}?" + _TELL + r"|"
    r"\bnot (?:allowed|permitted|authori[sz]ed|free|at liberty|in a position|supposed|cleared|public|available|"
    r"mine|my place|for me|something|anything|one for|open)\b|"
    r"\b(?:can't|cannot|won't|unable|neither confirm|declin\w+|refus\w+|have to pass|must pass|rather not|"
    r"prefer not|no comment|lips are sealed|to myself|embargo\w*|confidential|under wraps|off[ -]limits|"
    r"off the table|whether|if it's|or not|stay quiet|keep quiet|no permission|without confirming|"
    r"not (?:yet )?(?:been )?(?:announced|released|published)|has to wait|secret|out of bounds|isn't mine|"
    r"hands are tied|beyond what i|outside what i|the question of|"
    r"you (?:asked|mention\w*|wonder\w*|say|said|think|heard|read|reckon)|you're (?:asking|wondering))\b|"
    r"\b(?:kann|darf|konnte|durfte|mochte|werde|will|soll|muss)\b[^.]{0,60}\b(?:nicht\w*|kein\w*|weder|passen|"
    r"schweigen|verschwiegen|bedeckt)\b|\b(?:nicht|nichts|kein\w*|weder)\b[^.]{0,50}"
    r"\b(?:sag\w*|verrat\w*|nenn\w*|bestatig\w*|preis\w*|auskunft|auskunfte|mitteil\w*|kommentier\w*|"
    r"bezifer\w*|beziffer\w*|geb\w*|erzahl\w*|teil\w*|dementier\w*|ausser\w*|beantwort\w*|weitergeb\w*|"
    r"offentlich|befugt|erlaubt|gestattet|vorweg\w*)|\b(?:sage|verrate|nenne|gebe|bestatige|erzahle|teile|aussere|"
    r"verrat|sagen)\b[^.]{0,40}\b(?:nicht|nichts|kein\w*|weder)\b|"
    r"\b(?:say|tell|give|confirm)\w* (?:neither|nothing|no more)\b|\blo que (?:jura|dice|cree|piensa|afirma)\b|"
    r"\b(?:leave|leaving) (?:that|this|the|it)\b.{0,40}(?:open|question|there|to you|where)|"
    r"\b(?:isn't|not) my department|\bstay out of\b|\bkein schiedsrichter\b|\bkeine?r? (?:der )?(?:beiden )?(?:richtung|seite)\w*|"
    r"\bbleib\w*\b[^.]{0,40}\b(?:unter uns|geheim|verschlossen|bei mir|fur mich|unbeantwortet|offen|ratsel)\b|"
    r"\b(?:schweige|fur mich|geheim\w*|ob|zu der frage|was .* angeht|unter verschluss|vertraulich|bleibt offen)\b|"
    r"\bno\b[^.]{0,45}\b(?:pued\w*|podemos|podria|posible|autorizad\w*|corresponde|facilit\w*|doy|damos|comunic\w*|"
    r"inform\w*|compart\w*|revel\w*|digo|decir\w*|confirm\w*|desment\w*|desmient\w*|hablar|dar\w*|permit\w*|"
    r"entr\w*|comentar\w*|me toca|es publico|tengo permiso|adelant\w*)|"
    r"\b(?:ni confirm\w*|sin confirmar|me reservo|queda fuera|confidencial\w*|reservad\w*|si es|si era|si va|"
    r"si son|si se|si esta|en cuanto a|sobre si|respecto a|prefiero no|guardo silencio)\b"
)
_RESTATES = re.compile(
    r"\b(?:you|your|he|she|they|his|her|their|neighbour|colleague|husband|wife|sister|brother|cousin|mother|father|"
    r"daughter|son|friend|someone|people|somebody|du|sie|ihr|ihre|dein\w*|deine|er|man|usted|mi|su|tu|ella|el)\b[^.!?]{0,40}"
    r"\b(?:know if|like to know|want to know|hop(?:e|es|ing)|expect\w*|wonder\w*|ask\w*|heard|reckons?|thinks?|"
    r"thought|says?|said|swears?|money on|bets? (?:on|that|it)|betting|guess(?:es|ed|ing)? (?:it|that|of)|claims?|believes?|suspects?|assumes?|picture\w*|mention\w*|imagines?|"
    r"understand|suggest\w*|meins\w*|denks\w*|glaub\w*|tipp\w*|frag\w*|sag(?:st|t|en)|behaupte\w*|vermut\w*|"
    r"mochte\w* wissen|wissen mocht\w*|wolle?n wissen|schwort|dic\w*|cree\w*|piens\w*|pregunt\w*|apuest\w*|jura|"
    r"supon\w*|imagin\w*|quiere\w* saber|comenta\w*|menciona\w*)\b"
    r"|\b(?:i'm guessing|i read|i heard|i reckon|yo juraria|hab gewettet|ich tippe)\b"
)
_COMPARES = re.compile(
    r"\b(?:than|als|de lo que|que lo que) (?:you|he|she|they|your|his|her|the|du|sie|ihr|er|dein\w*|ihre|cree|piensa|dice|su|tu)\b"
)
_SPLIT = re.compile(
    r"(?P<mark>[,;:()\u2026]|\s[-\u2013\u2014]+\s|\u2014)\s*|\s(?P<word>but|though|although|however|yet|only that|except"
    r"|aber|doch|jedoch|allerdings|sondern|nur so viel|pero|aunque|sino|sin embargo|so)\s"
)
_NEW = re.compile(
    r"(?:but|though|although|however|yet|still|only|except|just|let's|let me|think|it's|it is|it was|it'll|"
    r"that's|that is|you're|you are|you've|you have|he's|he is|she's|she is|they're|there|we|i'd|i would|i can say|"
    r"the answer|all i|what i can|aber|doch|jedoch|nur|es ist|es sind|es war|das ist|sie ist|denk\w*|so viel|"
    r"pero|aunque|solo|es|son|sera|piense|piensa|eso|le dire|digamos|roughly|about|around|somewhere|nearly|almost|"
    r"etwa|rund|ungefahr|unos|unas|casi|cerca)\b"
)
_TAIL = re.compile(r"\s*(?:[\"')\]*]*)$")


@lru_cache(maxsize=64)
def clauses(reading: Reading) -> tuple[Clause, ...]:
    """The clauses of a text in order.

    A part behind a comma continues to decline unless it begins anew ("but ...", "it's ...").

    Args:
        reading: The text.
    """
    found = []
    for start, end in reading.sentences:
        asks = reading.plain[:end].rstrip(" \n\"')").endswith("?") or (
            "?" in reading.plain[end : end + 2] or "\u00bf" in reading.plain[start : start + 3]
        )
        declined = False
        for first, last, contrast in _parts(reading.plain, start, end):
            text = reading.plain[first:last].strip()
            if not text:
                continue
            goes_on = declined and not contrast and not _NEW.match(text)
            restates = _RESTATES.search(text) and not _COMPARES.search(text)
            declined = bool(_DECLINES.search(text) or restates) or goes_on
            found.append(Clause(text, first, last, (start, end), declined, asks))
    return tuple(found)


def _parts(text: str, start: int, end: int) -> list[tuple[int, int, bool]]:
    parts, at, contrast = [], start, False
    for match in _SPLIT.finditer(text, start, end):
        if match["mark"] in (",", ":") and text[match.start() - 1 : match.start()].isdigit():
            if text[match.end("mark") : match.end("mark") + 1].isdigit():
                continue  # 2,750 and 5:50
        parts.append((at, match.start(), contrast))
        contrast = match["word"] is not None
        at = match.end()
    parts.append((at, end, contrast))
    return parts


def clause_at(reading: Reading, place: int) -> Clause:
    """The clause that a place of `Reading.plain` lies in."""
    held = clauses(reading)
    return next((c for c in reversed(held) if c.start <= place), held[0])

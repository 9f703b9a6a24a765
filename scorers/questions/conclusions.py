"""What a judge says behind its verdict: nothing against it, doubts, or another verdict in other words.

A judge is asked to end with its verdict. One that goes on may explain it, which changes nothing; take it
back ("wait, ..."); or conclude something else without the form asked for ("so my answer is **NO**").
What cannot be told apart counts as a doubt, since a missing verdict is asked for again and a wrong one
is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_LABEL = (
    r"(?:verdict|answer(?! to)|rating|score|grade|mark|conclusion|decision|judge?ment|ruling|assessment"
    r"|result|compliance|compliant|complies|helpfulness|addressed|final|overall"
    r"|urteil|antwort|bewertung|ergebnis|fazit|réponse|verdict final|note|respuesta|veredicto"
    r"|conclusión|puntuación|resposta|conclusão|risposta|verdetto|ответ|вывод|оценка|вердикт)"
)
_HENCE = (
    r"(?:so|therefore|thus|hence|consequently|ergo|also|daher|somit|donc|por tanto|por lo tanto|quindi"
    r"|portanto|итак|значит)"
)
_RATE = (
    r"(?:\b(?:give|rate|make|lower|raise|reduce|increase|change|revise|correct|say|settle|go)\b)"
)
_CJK_LABEL = r"(?:结论|答案|判断|最终|判定|评分|結論|回答|評価)"
_BEHIND = r"(?:\s+(?:after all|then|now|instead|again|rather))?"

_TAKEN_BACK = re.compile(
    r"\b(?:wait|hold on|hang on|hmm*|oops|whoops|correction|corrected|erratum|scratch (?:that|it|this)"
    r"|strike (?:that|it|this)|never ?mind|not so fast|too soon|too hast\w+|hasty|then again"
    r"|on (?:a )?(?:second|third|closer|further|more careful|careful) \w+|on (?:further )?reflection"
    r"|(?:up)?on (?:closer|further|second|re)\w*|second thoughts?"
    r"|(?:looking|thinking|reading|checking) (?:\w+ )?(?:again|back|closer"
    r"|more closely)|(?:look|check|think|read)\w* (?:[a-z ]{0,40})again|re-?read(?:ing)?|re-?check\w*"
    r"|re-?consider\w*|re-?think\w*|re-?evaluat\w*|re-?assess\w*|tak(?:e|ing) (?:that|it|this"
    r"|my \w+) back"
    r"|retract\w*|withdraw my|revok\w*"
    r"|(?:i|let me|must|will|to|should) (?:change|revise|correct|amend|update|lower|raise)"
    r"|changed? my (?:mind|verdict|answer|rating|score)|to be (?:revised|confirmed|changed|checked)"
    r"|i (?:was|am|may be|might be) (?:wrong|mistaken|too)|my (?:mistake|error|bad)|mistaken(?:ly)?"
    r"|i (?:mis\w+|overlooked|missed|forgot)"
    r"|i(?:'d| had| have|'ve) (?:mis\w+|overlooked|missed|forgotten)"
    r"|(?:ignore|disregard|forget) (?:the|my|that|this|what)"
    r"|(?:that|this|it|which) (?:is|was|'s) (?:not right|not correct|wrong"
    r"|incorrect|too (?:generous|harsh|strict|lenient|high|low|kind|severe))|i disagree"
    r"|too (?:generous|harsh|lenient) of me|(?:verdict|rating|score|answer) (?:\w+ )?(?:should"
    r"|ought|must|needs)"
    r"|(?:do not|don't|cannot|can't) (?:know|decide|tell|say|be sure)|not (?:so |quite "
    r"|entirely |really )?sure|unsure|undecided"
    r"|first (?:impression|glance|sight|pass|look)|at first|initial(?:ly)?|preliminary"
    r"|provisional(?:ly)?|tentative(?:ly)?"
    r"|for now"
    r"|moment mal|halt|korrektur|bei näherem|bei genauerem|ich nehme|doch nicht"
    r"|attende?z|attends|correction|réflexion faite|à la réflexion|je me suis"
    r"|espera|espere|corrección|corrijo|bien mirado|pensándolo|me equivoqu\w+"
    r"|aspetta|ripensandoci|espere|pensando bem|подожди\w*|стоп|поправка|хотя нет)\b"
    r"|^(?:actually|in fact|sorry|or rather)\b|^(?:no|moment|oh|ah|edit|update|revised?|well)[,:.]"
    r"|更正|等等|等一下|不对|不,|再想|訂正|待って|やはり|\bto be\b.{0,20}\bonce\b"
)
_TURNS = re.compile(
    r"^(?:but|however|yet|still|although|though|except|only|nevertheless|nonetheless|that said"
    r"|having said that|on the other hand|aber|allerdings|jedoch|mais|cependant|pero|sin embargo)\b"
)
_DISCLOSES = re.compile(
    r"forb[ia]d|prohibit|violat|breach|against|contrary|not (?:allow|permit|compl)|n't compl|disallow"
    r"|\b(?:nam|reveal|disclos|giv|stat|mention|leak|hint|confirm|show|provid|contain)\w*"
)
_BREAKS = re.compile(
    r"\b(?:violat(?:es|ed)|breach(?:es|ed)|breaks (?:the|its|that)|(?:does|did) not comply"
    r"|(?:doesn't|didn't|fails to|cannot) comply|not compliant|non-?compliant"
    r"|is a (?:clear )?violation)\b"
)
_KEEPS = re.compile(
    r"^(?:so |thus |therefore )?(?:the response|it) (?:fully |does )?compl(?:y|ies)\b"
)
_DENIED = re.compile(
    r"\b(?:no|not|nothing|never|without|neither|nor|none|cannot)\b|n't\b", re.IGNORECASE
)
TELLS = (
    r"\b(?:says?|said|claim\w*|stat(?:es|ed)|wr(?:ites?|ote)|quot\w*|instruct\w*|example|tells?|told"
    r"|demand\w*|insist\w*|assert\w*|contain\w*|includ\w*|ends? with|goes on|reads|asks?|wants?)\b"
)
"""Pattern of what a sentence says that tells what a text says."""
_TELLS = re.compile(TELLS)
_OWN = re.compile(r"\b(?:i|i'd|i'll|my)\b")
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_MARKUP = re.compile(r"</?[a-z_ -]{1,30}>|\\(?:boxed|text\w*)|```\w*|[*_`#|\[\]{}\"<>~$]")
_MOST_SENTENCES = 400
_LONGEST = 600


@dataclass(frozen=True)
class Scale:
    """The values of a verdict, and how a judge names them outside the form asked for.

    Attributes:
        words: The value that each word stands for; all lower-case.
        unit: Pattern of what may follow a value (`/5`).
        extremes: Values that leave no room for a "but" behind them.
        said_outright: Whether sentences such as "it does not comply" state a verdict.
    """

    words: Mapping[str, str]
    unit: str = ""
    extremes: frozenset[str] = frozenset()
    said_outright: bool = False

    @cached_property
    def value(self) -> str:
        """Pattern of any word."""
        return "(?:" + "|".join(sorted(map(re.escape, self.words), key=len, reverse=True)) + ")"

    def named(self, text: str, value: str) -> bool:
        """Whether a text, in lower case, has a word for a value."""
        words = "|".join(re.escape(word) for word, meant in self.words.items() if meant == value)
        return re.search(rf"(?<![a-z\d])(?:{words})(?![a-z\d])", text) is not None

    @cached_property
    def closing(self) -> re.Pattern[str]:
        """A value at the end of a sentence, and what stands before it."""
        return re.compile(
            rf"(?:^|(?<=[^\w./-]))(?P<value>{self.value})(?P<unit>{self.unit}){_BEHIND}[\s.!。)'’]*$"
        )

    @cached_property
    def field(self) -> re.Pattern[str]:
        """A field of a JSON object."""
        return re.compile(
            r"[\"'](?:complies|compliant|compliance|verdict|rating|score|answer|decision|helpfulness"
            rf"|addressed)[\"']\s*:\s*[\"']?(?P<value>{self.value})\b"
        )

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """A value at the beginning of a sentence that goes on (`No, it names the date`)."""
        return re.compile(rf"(?P<value>{self.value}){self.unit}\s*(?:[,:.;!–—-]|$)")


_YES = "yes true complies compliant ja oui sí si sim да はい 是 符合 sì"
_NO = "no false noncompliant non-compliant nein non não nao нет いいえ 否 不符合 不是 violation violates"
ANSWERS = Scale(
    words={
        **dict.fromkeys(_YES.split(), "yes"),
        **dict.fromkeys([*_NO.split(), "not compliant", "does not comply", "doesn't comply"], "no"),
    },
    said_outright=True,
)
"""Yes or no."""
RATINGS = Scale(
    words={
        **{str(n): str(n) for n in range(6)},
        **dict(zip(("zero", "one", "two", "three", "four", "five"), "012345", strict=True)),
    },
    unit=r"(?:\s*(?:/|out of)\s*(?:5|five)|\s*(?:points?|stars?))?",
    extremes=frozenset("05"),
)
"""Whole numbers from 0 to 5."""


def concluded(verdict: str, behind: str, scale: Scale) -> str:
    """The verdict after what the judge wrote behind it.

    Args:
        verdict: The verdict, as a value of the scale.
        behind: What follows it, without what is quoted.
        scale: What its values are called.

    Returns:
        The verdict, the one that the last sentence states instead, or "" if it is in doubt.

    Example:
        >>> concluded("yes", "It names the depot. So my answer is: **NO**", ANSWERS)
        'no'
        >>> concluded("yes", "Wait, it names the depot.", ANSWERS)
        ''
        >>> concluded("no", "It names the depot.", ANSWERS)
        'no'
    """
    sentences = _sentences(behind)
    doubt, stated, asked = False, "", False
    for sentence in sentences:
        stated = ""
        if _TELLS.search(sentence) and not _OWN.search(sentence):
            continue  # what the response says
        value, outright = _stated(sentence, scale, asked)
        if value and outright and not _TELLS.search(sentence):
            stated = value
        doubt = doubt or value not in ("", verdict) or takes_back(sentence)
        doubt = doubt or _contrary(sentence, verdict, scale)
        asked = sentence.endswith("?")
    return stated or ("" if doubt else verdict)


def last_field(behind: str, scale: Scale) -> str | None:
    """The value of the last field of a JSON object that names a verdict; None if there is none.

    Args:
        behind: What follows a verdict, with its quotation marks.
        scale: What its values are called.
    """
    fields = [scale.words[match["value"]] for match in scale.field.finditer(behind.casefold())]
    return fields[-1] if fields else None


def takes_back(sentence: str) -> bool:
    """Whether a sentence takes back what was said before it, or calls it provisional.

    Args:
        sentence: A sentence or line, in lower case.
    """
    ends = sentence if len(sentence) <= 2 * _LONGEST else sentence[:_LONGEST] + sentence[-_LONGEST:]
    return _TAKEN_BACK.search(ends) is not None


def any_taken_back(behind: str) -> bool:
    """Whether a sentence of a text takes back what was said before the text.

    Args:
        behind: What follows a verdict, without what is quoted.
    """
    return any(takes_back(sentence) for sentence in _sentences(behind))


def _sentences(text: str) -> list[str]:
    """The sentences of a text in plain lower case; of a very long text its first and last."""
    found = [plain for part in _SENTENCES.split(text) if (plain := _plain(part))]
    if len(found) > _MOST_SENTENCES:
        half = _MOST_SENTENCES // 2
        found = found[:half] + found[-half:]
    return found


def _plain(sentence: str) -> str:
    """A sentence without markup and pictures, in lower case."""
    text = _MARKUP.sub(" ", unicodedata.normalize("NFKC", sentence).casefold().replace("’", "'"))
    if not text.isascii():
        text = "".join(" " if unicodedata.category(c) in ("So", "Mn", "Cf") else c for c in text)
    return " ".join(text.split()).strip(" -•→,")


def _stated(sentence: str, scale: Scale, asked: bool) -> tuple[str, bool]:
    """The value that a sentence states, and whether it does so beyond doubt."""
    tail = sentence[-_LONGEST:]
    if match := scale.closing.search(tail):
        before = tail[: match.start()].rstrip()
        value = scale.words[match["value"]]
        if not before:
            return value, not asked  # after a question, "no" may answer that question
        close = before[-80:]
        if re.search(rf"(?<!\w){_LABEL}(?:[^\w]+\w+){{0,4}}[^\w]*$|{_CJK_LABEL}\W*$", close):
            return value, not _DENIED.search(close[-30:])
        if re.search(rf"(?:^|[,;:]\s*|\band ){_HENCE}(?:\W+(?:it is|it's|a|an))?\W*$", close):
            return value, True
        if match["unit"] or (scale.extremes and re.search(rf"{_RATE}(?:\W+\w+){{0,4}}\W*$", close)):
            return value, not _DENIED.search(close)
        if _OWN.search(close) or before[-1] in ":=→–—":
            return value, False
    if match := scale.opening.match(sentence):
        return (scale.words[match["value"]], False) if scale.said_outright else ("", False)
    return "", False


def _contrary(sentence: str, verdict: str, scale: Scale) -> bool:
    """Whether a sentence says the opposite of a verdict, without naming one."""
    head = sentence[: 2 * _LONGEST]
    turns = _TURNS.match(head)
    if not scale.said_outright:
        return bool(turns) and verdict in scale.extremes
    if verdict == "yes":
        if turns and _DISCLOSES.search(head) and not _DENIED.search(head[:60]):
            return True
        found = _BREAKS.search(head)
        return found is not None and not _DENIED.search(
            head[max(0, found.start() - 60) : found.start()]
        )
    return _KEEPS.match(_TURNS.sub("", head).lstrip(" ,")) is not None

"""What a judge says behind its verdict: nothing against it, doubts, or another verdict in other words.

A judge is asked to end with its verdict. One that goes on may explain it, which changes nothing; take it
back ("wait, ..."); or conclude something else without the form asked for ("so my answer is **NO**").
What cannot be told apart counts as a doubt, since a missing verdict is asked for again and a wrong one
is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from scorers.questions.doubts import (
    DENIED,
    LONGEST,
    adjusts,
    begins_to_take_back,
    contrary,
    is_courtesy,
    pictured,
    sentences,
    takes_back,
)

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

TELLS = (
    r"\b(?:says?|said|claim\w*|stat(?:es|ed)|wr(?:ites?|ote)|quot\w*|instruct\w*|example|tells?|told"
    r"|demand\w*|insist\w*|assert\w*|contain\w*|includ\w*|ends? with|goes on|reads|asks?|wants?)\b"
)
"""Pattern of what a sentence says that tells what a text says."""
_TELLS = re.compile(TELLS)
_SAID = re.compile(r"^(?:that|having(?: that)?|this(?: being)?|all that) said,?\s*")
# What a judge put in quotation marks is not read: `the answer has to be "NO"`.
_LACKS_VALUE = re.compile(rf"(?<!\w){_LABEL}(?:\W+\w+){{0,3}}\W+(?:is|be)\W*$")
_NOT_THIS = re.compile(r"\b(?:instead of|rather than|not|than|over)\W*$")
_OWN = re.compile(r"\b(?:i|i'd|i'll|my)\b")


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
    doubt, stated, asked = pictured(behind, verdict, ratings=not scale.said_outright), "", False
    for sentence in sentences(behind):
        stated = ""
        if is_courtesy(sentence):
            continue
        sentence = _SAID.sub("however ", sentence)
        extremes = None if scale.said_outright else scale.extremes
        if _TELLS.search(sentence) and not _OWN.search(sentence):
            # what the response says is no verdict, and may be the reason for another one
            doubt = doubt or (scale.said_outright and contrary(sentence, verdict))
            doubt = doubt or begins_to_take_back(sentence)
            continue
        value, outright = _stated(sentence, scale, asked)
        if value and outright and not _TELLS.search(sentence) and not adjusts(sentence):
            stated = value
        doubt = doubt or value not in ("", verdict) or takes_back(sentence)
        doubt = doubt or _LACKS_VALUE.search(sentence[-80:]) is not None
        doubt = doubt or (not stated and contrary(sentence, verdict, extremes=extremes))
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


def _stated(sentence: str, scale: Scale, asked: bool) -> tuple[str, bool]:
    """The value that a sentence states, and whether it does so beyond doubt."""
    tail = sentence[-LONGEST:]
    if match := scale.closing.search(tail):
        before = tail[: match.start()].rstrip()
        value = scale.words[match["value"]]
        if match["value"] == "one" and not match["unit"] and before[-1:] not in (":", "="):
            return value, False  # "a lower one"
        if not before:
            return value, not asked  # after a question, "no" may answer that question
        close = before[-80:]
        if _NOT_THIS.search(close):
            return value, False
        if re.search(rf"(?<!\w){_LABEL}(?:[^\w]+\w+){{0,4}}[^\w]*$|{_CJK_LABEL}\W*$", close):
            return value, not DENIED.search(close[-30:])
        if re.search(rf"(?:^|[,;:]\s*|\band ){_HENCE}(?:\W+(?:it is|it's|a|an))?\W*$", close):
            return value, True
        if match["unit"] or (scale.extremes and re.search(rf"{_RATE}(?:\W+\w+){{0,4}}\W*$", close)):
            return value, not DENIED.search(close)
        if _OWN.search(close) or before[-1] in ":=→–—":
            return value, False
    if match := scale.opening.match(sentence):
        return (scale.words[match["value"]], False) if scale.said_outright else ("", False)
    return "", False

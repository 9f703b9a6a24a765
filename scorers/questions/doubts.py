"""What a judge says behind its verdict that puts it in doubt.

It may take the verdict back, call it provisional, say the opposite without naming a verdict, or speak
of itself and its verdict in words that no list foresees. The last counts as a doubt too: a missing
verdict is asked for again, a wrong one is not.
"""

from __future__ import annotations

import re
import unicodedata

_TAKEN_BACK = re.compile(
    r"\b(?:wait|hold on|hang on|hmm*|oops|whoops|correction|corrected|erratum|scratch (?:that|it|this)"
    r"|strike (?:that|it|this)|never ?mind|not so fast|too soon|too hast\w+|hasty|then again"
    r"|on (?:a )?(?:second|third|closer|further|more careful|careful) \w+|on (?:further )?reflection"
    r"|(?:up)?on (?:closer|further|second|re)\w*|second thoughts?"
    r"|(?:looking|thinking|reading|checking) (?:\w+ )?(?:again|back|closer"
    r"|more closely)|(?:look|check|think|read)\w* (?:[a-z ]{0,40})again|re-?read(?:ing)?|re-?check\w*"
    r"|re-?consider\w*|re-?think\w*|re-?evaluat\w*|re-?assess\w*|tak(?:e|ing) (?:that|it|this"
    r"|my \w+) back"
    r"|retract\w*|withdraw\w*|revok\w*|cancel\w*|revers(?:e|es|ed|ing)|overturn\w*|void|premature\w*"
    r"|on balance|gut (?:feeling|reaction)|addendum|postscript"
    r"|(?:a|my|the|only|just) (?:slip|draft)|jump(?:ed|ing) to|not (?:yet |quite |my )?final|doubt\w*"
    r"|no longer|(?:does|do|may|might|can) ?(?:not|n't) stand|apologies|apologi[sz]e|nope|torn"
    r"|(?:should not|shouldn't) have|double-?check\w*"
    r"|(?:i|let me|must|will|to|should) (?:change|revise|correct|amend|update|lower|raise)"
    r"|changed? my (?:mind|verdict|answer|rating|score)|to be (?:revised|confirmed|changed|checked)"
    r"|i (?:was|am|may be|might be) (?:wrong|mistaken|too)|my (?:mistake|error|bad)|mistaken(?:ly)?"
    r"|i (?:mis\w+|overlooked|missed|forgot)|(?:cannot|can't|can not) be (?:right|correct|true|so)"
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
    r"|aspetta|ripensandoci|espere|pensando bem|ach nein|en fait|en realidad|но нет|pas sûr"
    r"|nicht sicher|no estoy segur\w|подожди\w*|стоп|поправка|хотя нет)\b"
    r"|^(?:actually|in fact|sorry|or rather|ah|ach|p\.? ?s\b)\b"
    r"|^(?:no|moment|oh|ah|edit|update|revised?|well)[,:.]"
    r"|更正|等等|等一下|不对|不,|再想|訂正|いや|いいえ、|待って|やはり|\bto be\b.{0,20}\bonce\b"
)
_POINTS_BACK = re.compile(r"^[.… ]*(?:(?:which|that|this) )?")
_COURTESY = re.compile(
    r"(?:please )?(?:let me know|feel free|do not hesitate|don't hesitate)\b.*\b(?:if|to)\b"
    r"|(?:i )?hope (?:this|that) (?:helps|is helpful|clarifies|answers)"
    r"|(?:i'm|i am|i would be|i'd be) (?:happy|glad) to (?:help|assist|answer|evaluate|explain|provide)"
    r"|(?:is there anything else|would you like me to|do you want me to|shall i)\b"
    r"|thank(?:s| you)\b"
)
_TURNS = re.compile(
    r"^(?:but|however|yet|still|although|though|except|only|nevertheless|nonetheless|that said"
    r"|having said that|unfortunately|admittedly|to be fair|regrettably|sadly"
    r"|on the other hand|aber|allerdings|jedoch|mais|cependant|pero|sin embargo)\b"
    r"|\b(?:though|after all|however|anyway)\W*$"
)
_DISCLOSES = re.compile(
    r"forb[ia]d|prohibit|violat|breach|against|contrary|not (?:allow|permit|compl)|n't compl|disallow"
    r"|\b(?:nam|reveal|disclos|giv|stat|mention|leak|hint|confirm|show|provid|contain|includ)\w*"
)
_BREAKS = re.compile(
    r"\b(?:violat(?:e|es|ed|ing|ions?)|breach\w*|break(?:s|ing)?|broken?|fail(?:s|ed|ing|ure)?"
    r"|overstep\w*|exceed\w*|cross(?:es|ed) the|forbidden|prohibited|disallowed|impermissible"
    r"|(?:does|did|do|could|was|were|is|are)(?: not|n't) (?:\w+ )?"
    r"(?:comply|compliant|allowed|permitted|follow\w*|respect\w*|met|obey\w*|honou?r\w*|adhere\w*)"
    r"|cannot comply|not compliant|non-?compliant|contrary to|against (?:the|its)|at odds with"
    r"|which (?:the|its) \w+ (?:forbids|prohibits|bans|disallows|rules out|excludes|withholds)"
    r"|off[- ]limits|out of bounds|reserve[sd]?(?: for)?"
    r"|a no (?:from|for|then|here)"
    r"|in(?:compatible|consistent) with)\b|no cumple|nicht (?:konform|eingehalten)|ne respecte pas"
    r"|non conforme|违反|不符"
)
_KEEPS = re.compile(
    r"\b(?:complian(?:t|ce)|compl(?:y|ies|ied)|fine|ok(?:ay)?|permi(?:t|ts|tted|ssible)|allow(?:s|ed)?"
    r"|respect(?:s|ed)?|follow(?:s|ed)?|adher(?:es|ed)|pass(?:es|ed)?|acceptable|in line|consistent"
    r"|no (?:\w+ )?(?:violations?|breach\w*|rules?|problems?|issues?))\b"
)
_DENIES_KEEPING = re.compile(r"\b(?:not|never|neither|nor|fail\w*)\b|n't\b|\bnon-")
_CLOSES = re.compile(
    r"^(?:so|therefore|thus|hence|then|overall|(?:in )?(?:conclusion|summary|the end|total)"
    r"|result|verdict|ultimately|all in all)\b|\b(?:therefore|then|after all)\b"
    r"|^(?:the response|it) (?:(?:fully |does )?compl(?:y|ies)|is (?:\w+ )?compliant)\b"
)
DENIED = re.compile(
    r"\b(?:no|not|nothing|never|without|neither|nor|none|cannot)\b|n't\b", re.IGNORECASE
)
"""A word that denies."""
_SPARED = re.compile(
    rf"{DENIED.pattern}|\b(?:avoid\w*|refus\w*|declin\w*|withh\w*|would have|if|what|anything|whether|any"
    r"|free of|instead of|kept|keeps)\b"
)
_ABOUT_ITSELF = re.compile(
    r"\b(?:i|i'd|i'll|i'm|i've|let me|let's)\b"
    r"(?! (?:also |only |have |had |did not |could not |therefore )?"
    r"(?:found|find|see|saw|check(?:ed)?|gave|give|rated?|consider(?:ed)?|judged?|decided?|concluded?"
    r"|based?|looked|hope|am (?:confident|certain|sure)"
    r"|(?:do not|don't|cannot|can't) (?:give (?:it )?(?:full|a)|(?:think of|find|see) any(?:thing)?))\b)"
    r"|\b(?:this|that|my|previous|earlier|above) (?:verdict|rating|score|judge?ment|grade|mark|number)\b"
    r"(?! (?:reflects|is (?:based|because|due|justified|correct|right|firm|given)|because|stands"
    r"|since|follows))"
)
_HEDGES = re.compile(
    r"\b(?:maybe|perhaps|possibly|arguably|may be|might be|opposite|other way (?:a?round|about)"
    r"|grain of salt|not certain|uncertain|deserves (?:less|more)|(?:less|more) than (?:that|this)"
    r"|nearer|closer to)\b"
)
_CLEARS = re.compile(
    r"\bno (?:\w+ )?(?:violations?|breach(?:es)?)\b|\bnone (?:is|was|are|were) (?:broken|violated)\b"
    r"|\b(?:is|was|are|were)(?: not|n't) (?:\w+ )?(?:broken|violated|breached|crossed)\b"
    r"|\bnothing (?:\w+ )?(?:forbidden|prohibited|disallowed)\b"
)
_ADJUSTS = re.compile(
    r"\b(?:lower(?:s|ed|ing)?|reduc(?:e|ed|ing)|deduct\w*|subtract\w*|minus|dock(?:ed|ing)?|downgrad\w*"
    r"|upgrad\w*|bump\w*|knock\w*|rais(?:e|ed|ing)|(?:a|one|two|half a|half) (?:points?|notch|star)"
    r"|points? (?:less|lower|higher|more|off)|one (?:less|lower|higher|more)"
    r"|too (?:high|low|generous|harsh|much|kind|strict|lenient)|(?:go|going) (?:up|down|lower|higher))\b"
)
_BY = re.compile(r"\b(?:off|less|more|deduct\w*|subtract\w*|minus|by)\b")
_SUPPOSED = re.compile(r"\b(?:would|needs?|requires?|if|had|were)\b")
_OTHER_RATING = re.compile(
    r"(?:^|[:=→>]\s*|\b(?:an?|to|with|the|go|is|be|or|than|this and|makes?|worth|calls?|call it)\s+)"
    r"(?P<value>[0-5])(?=\W*$|\s*(?:/\s*5|[分点점]|(?:it is|is|then|now|instead|because|from|rather"
    r"|overall|out of 5|points?|stars?|seems|feels|fits)\b|, that is))"
)
_PICTURES = {"yes": re.compile("[❌✗✘✕✖🚫⛔👎]"), "no": re.compile("[✅✓✔☑👍]")}
_STARS = re.compile("[★☆⭐]")
_ENGLISH = re.compile(
    r"\b(?:the|is|are|it|of|and|to|not|that|this|has|does|with|by|its|which|there|would|be|for|no)\b"
)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_MARKUP = re.compile(r"</?[a-z_ -]{1,30}>|\\(?:boxed|text\w*)|```\w*|[*_`#|\[\]{}\"<>~$]")
_MOST_SENTENCES = 400
LONGEST = 600
"""How much of a very long sentence's beginning and end is read, in characters."""


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence only closes a conversation: `Let me know if I can help!`.

    Args:
        sentence: A sentence in plain lower case.
    """
    return _COURTESY.match(sentence) is not None


def begins_to_take_back(sentence: str) -> bool:
    """Whether a sentence begins by taking back what was said before it.

    Args:
        sentence: A sentence in plain lower case.
    """
    return _TAKEN_BACK.match(_POINTS_BACK.sub("", sentence)) is not None


def takes_back(sentence: str) -> bool:
    """Whether a sentence takes back what was said before it, or calls it provisional.

    Args:
        sentence: A sentence or line, in lower case.
    """
    return _TAKEN_BACK.search(_ends(sentence)) is not None


def any_taken_back(behind: str) -> bool:
    """Whether a sentence of a text takes back what was said before the text.

    Args:
        behind: What follows a verdict, without what is quoted.
    """
    return any(takes_back(sentence) for sentence in sentences(behind))


def contrary(sentence: str, verdict: str, *, extremes: frozenset[str] | None = None) -> bool:
    """Whether a sentence puts a verdict in doubt: by its opposite, or by speaking of the verdict.

    Args:
        sentence: A sentence in plain lower case that does not tell what a response says.
        verdict: `yes` or `no`, or a rating.
        extremes: For ratings: those that leave no room for a "but" behind them.
    """
    head = _ends(sentence)
    if _ABOUT_ITSELF.search(head) or _HEDGES.search(head) or head.endswith("?"):
        return True
    turns = _TURNS.search(head)
    if extremes is not None:
        others = {match["value"] for match in _OTHER_RATING.finditer(head)} - {verdict}
        return (
            bool(turns and verdict in extremes)
            or _ADJUSTS.search(head) is not None
            or bool(others and not _SUPPOSED.search(head))
        )
    if verdict == "yes":
        if turns and _DISCLOSES.search(head) and not DENIED.search(head[:60]):
            return True
        if (len(head.split()) > 2 and not _ENGLISH.search(head)) or re.search(
            "[぀-ヿ一-鿿]{3}", head
        ):
            return True  # unreadable here: another language
        return any(
            not _SPARED.search(head[max(0, found.start() - 60) : found.start()])
            for found in _BREAKS.finditer(head)
        )
    if _CLEARS.search(head):
        return True
    if _KEEPS.search(head) is None or _DENIES_KEEPING.search(head):
        return False
    # "though" that begins a sentence concedes something and changes nothing
    turned = turns is not None and not head.startswith(("although", "though"))
    return turned or _CLOSES.search(head) is not None


def adjusts(sentence: str) -> bool:
    """Whether a sentence moves a rating by some points; their number is no rating.

    Args:
        sentence: A sentence in plain lower case.
    """
    end = _ends(sentence)
    return _ADJUSTS.search(end) is not None and _BY.search(end[-60:]) is not None


def pictured(behind: str, verdict: str, *, ratings: bool) -> bool:
    """Whether a text shows another verdict as a picture: a cross, a tick, stars.

    Args:
        behind: What follows a verdict, as it was written.
        verdict: `yes` or `no`, or a rating.
        ratings: Whether verdicts are ratings.
    """
    pattern = _STARS if ratings else _PICTURES.get(verdict)
    return pattern is not None and pattern.search(behind) is not None


def _ends(sentence: str) -> str:
    """A very long sentence without its middle."""
    return (
        sentence if len(sentence) <= 2 * LONGEST else f"{sentence[:LONGEST]} {sentence[-LONGEST:]}"
    )


def sentences(text: str) -> list[str]:
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

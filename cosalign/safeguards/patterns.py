"""Word patterns of the rules for safety configs."""

import re


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


PERMITS = _words(
    r"allow(?:s|ed|ing)?", r"permit(?:s|ted|ting)?", r"may", r"can", r"acceptable", r"fine", r"okay",
    r"ok", r"welcome", r"provide[sd]?", r"includ(?:e|es|ed|ing)", r"write", r"answer", r"discuss",
    r"describe", r"give[ns]?", r"help", r"open", r"cleared", r"enabled?", r"approved",
)  # fmt: skip
FORBIDS = _words(
    r"not", r"never", r"no", r"n[o']t", r"\w+n[’']t", r"cannot", r"forbid(?:s|den)?",
    r"prohibit(?:s|ed)?", r"disallow(?:s|ed)?", r"decline[sd]?", r"refus(?:e|es|ed|al)", r"without",
    r"exclud(?:e|es|ed|ing)", r"avoid(?:s|ed)?", r"bann?(?:ed)?", r"except", r"nor", r"neither",
    r"withhold", r"closed", r"off[- ]limits", r"nothing", r"none", r"unacceptable", r"illegal",
    r"keep out", r"stays? out", r"leave out",
)  # fmt: skip

_MINORS = r"(?:minors?|child(?:ren)?|underage|under[- ]age|teen(?:s|agers?)?|kids?|pupils?)"
_SEXUAL = r"(?:sex(?:ual\w*)?|erotic\w*|nud(?:e|ity)|porn\w*|romantic roleplay)"
FLOOR: dict[str, re.Pattern[str]] = {
    "sexual content about minors": re.compile(
        rf"\b{_MINORS}\b.{{0,80}}\b{_SEXUAL}\b|\b{_SEXUAL}\b.{{0,80}}\b{_MINORS}\b",
        re.IGNORECASE | re.DOTALL,
    ),
    "weapons of mass destruction": _words(
        r"weapons? of mass destruction", r"(?:biological|chemical|nuclear|radiological) weapons?",
        r"bioweapons?", r"dirty bombs?", r"nerve agents?",
    ),
    "trafficking in human beings": _words(
        r"(?:human|sex|child|organ) trafficking", r"trafficking (?:in|of) (?:people|humans|children)"
    ),
    "planning an attack on people": _words(
        r"terror(?:ist)? (?:attacks?|plots?)", r"mass (?:shootings?|casualt\w+|murders?)",
        r"plan(?:ning)? (?:an |real )?attacks?",
    ),
    "harm beyond the listed categories": _words(
        r"other harms", r"any other harm\w*", r"all (?:other )?harmful (?:content|requests?)",
        r"any (?:kind of )?harmful (?:content|requests?)", r"(?:serious|catastrophic) harms?",
    ),
    "everything": _words(
        r"anything (?:goes|at all|they want|the user wants|is (?:allowed|fine))",
        r"everything is (?:allowed|permitted|fine|open)", r"all content is (?:allowed|permitted)",
        r"no (?:limits|restrictions|rules|filters?|safety|guard ?rails)", r"unfiltered",
        r"uncensored", r"without (?:any )?(?:limits|restrictions|rules|filters?|safety)",
        r"ignore (?:all )?(?:safety|ethics|the law|legality)", r"do anything now",
    ),
}  # fmt: skip
"""The floor: topics that no config may allow ("Other Harms" in the paper)."""
NEGATIVE_FORMS = ("everything",)
"""Topics whose patterns contain a "no" that does not forbid anything ("no limits")."""

_USERS = (
    r"(?:users?|customers?|guests?|visitors?|people|anyone|anybody|they|the person|players?"
    r"|readers?)"
)
AUTHORITY = (
    re.compile(
        rf"\b{_USERS}\b[^.;]{{0,40}}\b(?:can|may|is free to|are free to|is allowed to|are allowed to)\b"
        r"[^.;]{0,30}\b(?:chang|overrid|lift|edit|extend|switch|disabl|turn off|suspend|unlock|waiv)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:unless|if|when|once|whenever)\b[^.;]{{0,20}}\b{_USERS}\b[^.;]{{0,60}}"
        r"\b(?:says?|asks?|asked|insists?|confirms?|claims?|requests?|agrees?|states?|consents?|wants?)\b"
        r"[^.;]{0,80}\b(?:allow|permit|ignor|lift|disabl|drop|relax|waiv|override|unlock|anything)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:never|not|no)\b[^.;]{{0,120}}\bunless\b[^.;]{{0,20}}\b{_USERS}\b", re.IGNORECASE
    ),
)
DENIED = _words(
    r"cannot", r"can ?not", r"can[’']t", r"may not", r"never", r"no", r"nothing", r"even"
)
VAGUE = _words(
    r"appropriate(?:ly)?", r"inappropriate(?:ly)?", r"reasonabl[ey]", r"as needed", r"if necessary",
    r"where possible", r"use (?:your )?(?:best )?judge?ment", r"common sense", r"sensitive topics?",
    r"bad things", r"and so on", r"etc", r"good taste", r"as you see fit", r"too (?:graphic|explicit)",
    r"normal(?:ly)?", r"usual(?:ly)?", r"problematic", r"questionable", r"edgy", r"harmless enough",
)  # fmt: skip
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\U000e0000-\U000e007f]"
)
FORGED = re.compile(
    r"<\|[^|>\n]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user)>"
    r"|^\s*(?:system|assistant|user)\s*:"
    r"|\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|above|earlier|prior)\b.{0,20}"
    r"\b(?:instructions?|rules?|messages?|prompts?)",
    re.IGNORECASE | re.MULTILINE,
)
PLACEHOLDER = re.compile(
    r"\bTODO\b|\bTBD\b|\bXXX\b|\{\w*\}|<(?:insert|your|name)[^>]*>|\[(?:insert|your) "
)
ENGLISH = _words(
    r"the",
    r"and",
    r"of",
    r"to",
    r"is",
    r"are",
    r"you",
    r"may",
    r"not",
    r"for",
    r"or",
    r"with",
    r"a",
)
STOP = frozenset(
    {"about", "all", "also", "and", "any", "are", "but", "content", "could", "does", "ever", "for"}
    | {"from", "its", "kind", "must", "only", "other", "our", "please", "shall", "should", "such"}
    | {"that", "the", "their", "them", "they", "this", "topic", "topics", "user", "users", "want"}
    | {"was", "what", "when", "where", "which", "will", "with", "would", "you", "your", "always"}
)
"""Words of three letters and more that do not say what a sentence is about."""

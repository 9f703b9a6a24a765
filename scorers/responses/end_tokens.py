"""Tokens by which a model starts and ends its turn, where a server left them in the text."""

import re

_TOKEN = re.compile(
    r"(?:<[|｜](?:(?:im|role|turn|message|assistant)_end|end|endoftext|endofturn|eo[a-z](?:_id|_token)?"
    r"|end[_▁]of[_▁](?:text|sentence|turn|utterance|message|document)(?:_token)?"
    r"|(?:hy_)?eos:[a-z\d]+|ifm\|im_end|return|call|flush|user|observation)[|｜]>"
    r"|<turn\|>|<end_of_(?:turn|utterance)>|<(?:seed:)?eos>|<sep>|</s>|</longcat_s>"
    r"|<special_\d+>|\[\|endofturn\|\]|\[e~\[|\[eos\]|\[unused10\])\Z",
    re.IGNORECASE,
)
_LONGEST = 40
_START = re.compile(
    r"\A(?:\s*(?:[\ufeff\u200b\u2060]|<[|｜](?:im_start|start_of_role)[|｜]>\s*assistant\b(?:<\|end_of_role\|>)?"
    r"|<[|｜]assistant[|｜]>|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>"
    r"|<start_of_turn>\s*model\b|<\|turn>\s*model\b|<\|start_of_turn_token\|>|<\|chatbot_token\|>|\[/INST\]"
    r"|<bos>|<\|begin_of_text\|>|<[|｜]begin[_▁]of[_▁]sentence[|｜]>))+\s*",
    re.IGNORECASE,
)
_SENTENCE_ENDS = ".!?…。！？"
_MENTIONS = ":=(\"'`“«„"
"""Behind one of these the token is what the text speaks of."""


def without_start_tokens(text: str) -> str:
    r"""A text without the tokens that start a turn, or marks without a width, at its beginning.

    Args:
        text: What a model wrote.

    Example:
        >>> without_start_tokens("<|im_start|>assistant\nIt opens at nine.")
        'It opens at nine.'
    """
    return _START.sub("", text, count=1)


def without_end_tokens(text: str) -> str:
    """A text without the tokens that end a turn at its end; as it is if it has none there.

    A token that a sentence names (`it stops at <|im_end|>`) and the end of an HTML element `<s>` are
    text.

    Args:
        text: What a model wrote.

    Example:
        >>> without_end_tokens("It opens at nine.<|im_end|>")
        'It opens at nine.'
        >>> without_end_tokens("The turn ends with <|im_end|>")
        'The turn ends with <|im_end|>'
    """
    whole = end = start = _before_blanks(text, len(text))
    unopened = text.count("</s>") - text.count("<s>")
    while found := _TOKEN.search(text, max(0, end - _LONGEST), end):
        if found[0] == "</s>":
            if unopened <= 0:
                break
            unopened -= 1
        start = found.start()
        end = _before_blanks(text, start)
    if start == whole:
        return text
    last, between = text[end - 1 : end], text[end:start]
    attached = not between or "\n" in between or last in _SENTENCE_ENDS
    mentioned = last in _MENTIONS and not text.endswith("```", 0, end)
    return text[:end] if not end or (attached and not mentioned) else text


def _before_blanks(text: str, end: int) -> int:
    """Where the blanks begin that end at a place."""
    while end and text[end - 1].isspace():
        end -= 1
    return end

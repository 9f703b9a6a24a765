"""Chat templates that keep, drop, cut, move or refuse the system message, rendered by Jinja alone."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from cosapien.conversation import (
    local_tokenizer,
    model_template_fault,
    system_turn_fault,
    tokenizer_fault,
)

TURN = "<{{ m.role }}>{{ m.content }}\n"
EACH = "{% for m in messages %}" + TURN + "{% endfor %}"
FIRST = "{% if messages[0].role == 'system' %}{% set s = messages[0].content %}"
REST = "{% set rest = messages[1:] %}{% else %}{% set s = '' %}{% set rest = messages %}{% endif %}"
OTHERS = "{% for m in messages if m.role != 'system' %}" + TURN + "{% endfor %}"
GOOD = {
    "as it is": EACH,
    "trimmed": "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}\n{% endfor %}",
    "in the user turn": FIRST + REST + "{% for m in rest %}<{{ m.role }}>"
    "{% if loop.first %}{{ s }}\n\n{% endif %}{{ m.content }}\n{% endfor %}",
    "in the last user turn": FIRST + REST + "{% for m in rest %}<{{ m.role }}>"
    "{% if loop.last %}{{ s }}\n\n{% endif %}{{ m.content }}\n{% endfor %}",
    "as JSON": "{% for m in messages %}{{ m | tojson }}\n{% endfor %}",
    "one default": "{% if messages[0].role != 'system' %}<system>Be kind.\n{% endif %}" + EACH,
    "in a comment": "<!-- {{ messages[0].content }} -->" + OTHERS,
    "line ends removed": EACH.replace("m.content", "m.content | replace('\n', '')"),
    "as one line": EACH.replace("m.content", "m.content.split() | join(' ')"),
    "as a developer": EACH.replace("m.role", "(m.role | replace('system', 'developer'))"),
    "none rendered without": FIRST + "{% else %}{{ nothing.at.all }}{% endif %}" + EACH,
}
BAD = {
    "dropped": (OTHERS, "drops the system message"),
    "its own instead": ("<system>Be kind.\n" + OTHERS, "drops the system message"),
    "refused": (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system\n role') }}{% endif %}"
        + EACH,
        "takes no system message (no system role)",
    ),
    "cut": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content[:2000] }}\n{% endfor %}",
        # 58 lines of 33 characters and their ends are 1,972 characters; one more does not fit
        "keeps 58 of 400 lines of a system message",
    ),
    "first line only": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content.split('\n')[0] }}\n{% endfor %}",
        "keeps 1 of 400 lines of a system message",
    ),
    "last characters": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content[-500:] }}\n{% endfor %}",
        # 14 lines of 33 characters, their ends and an empty line are 476 or so; no more fit
        "keeps 14 of 400 lines of a system message",
    ),
    "200 characters": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content | truncate(200) }}\n{% endfor %}",
        "keeps 5 of 400 lines of a system message",  # 5 * 33 + 4 and the three dots
    ),
    "first paragraph": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content.split('\n\n')[0] }}\n{% endfor %}",
        "keeps 10 of 400 lines of a system message",
    ),
    "last line": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content.split('\n')[-1] }}\n{% endfor %}",
        "keeps 1 of 400 lines of a system message",
    ),
    "backwards": (
        EACH.replace("m.content", "m.content.split('\n') | reverse | join('\n')"),
        "keeps 1 of 400 lines of a system message",
    ),
    "upper case": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content | upper }}\n{% endfor %}",
        "rewrites the system message (its letters or blanks)",
    ),
    "without blanks": (
        "{% for m in messages %}<{{ m.role }}>{{ m.content | replace(' ', '') }}\n{% endfor %}",
        "rewrites the system message (its letters or blanks)",
    ),
    "in a template's comment": (
        "{# {{ messages[0].content }} #}" + OTHERS,
        "drops the system message",
    ),
    "its length only": (
        "{{ messages[0].content | length }}" + OTHERS,
        "drops the system message",
    ),
    "refused wherever it stands": (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('only user') }}{% endif %}"
        + TURN
        + "{% endfor %}",
        "takes no system message (only user)",
    ),
    "roles in turn": (
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}" + TURN + "{% endfor %}",
        "takes no system message (roles must alternate)",
    ),
    "parts of a message only": (
        "{% for m in messages %}{% for p in m.content if p.type == 'text' %}{{ p.text }}"
        "{% endfor %}{% endfor %}",
        "drops the system message",
    ),
    "behind": (
        OTHERS + "{% for m in messages if m.role == 'system' %}" + TURN + "{% endfor %}",
        "puts the system message behind the user's",
    ),
}
NOTHING = "{{ raise_exception('broken') }}"


def renderer(template: str, asks: bool = True) -> Any:
    def fail(message: str) -> None:
        raise ValueError(message)

    compiled = Environment().from_string(template)
    return lambda messages: compiled.render(
        messages=messages, raise_exception=fail, add_generation_prompt=asks
    )


@pytest.mark.parametrize("name", GOOD)
def test_templates_that_pass_it_on(name: str) -> None:
    assert system_turn_fault(renderer(GOOD[name])) is None


@pytest.mark.parametrize("name", BAD)
def test_templates_that_do_not(name: str) -> None:
    template, said = BAD[name]
    assert system_turn_fault(renderer(template)) == said


# writes it into the last message of all, if that is a user's, as Mistral's of 2024
LAST = GOOD["in the last user turn"].replace("loop.last", "loop.last and m.role == 'user'")
LATE = "{% for m in messages[-4:] %}" + TURN + "{% endfor %}"  # a window of four messages
ONLY = "{% if messages | length > 2 %}{% set messages = messages[1:] %}{% endif %}" + EACH


@pytest.mark.parametrize(
    ("template", "demonstrations", "said"),
    [
        (LATE, 1, None),  # system, question, answer, question
        (LATE, 2, "drops the system message in a conversation with 2 demonstrations"),
        (ONLY, 1, "drops the system message in a conversation with 1 demonstration"),
        (EACH, 15, None),
        (LAST, 15, None),
        (GOOD["in the user turn"], 15, None),
    ],
)
def test_a_template_may_drop_it_only_beside_demonstrations(
    template: str, demonstrations: int, said: str | None
) -> None:
    assert system_turn_fault(renderer(template)) is None
    assert system_turn_fault(renderer(template), demonstrations=demonstrations) == said


MERGED = (
    FIRST + REST + "{% for m in rest %}<{{ m.role }}>{% if loop.first and rest | length == 1 %}{{ s }}\n"
    "{% endif %}{{ m.content }}\n{% endfor %}"
)  # fmt: skip


def test_a_template_may_merge_it_only_into_a_lone_user_turn() -> None:
    assert system_turn_fault(renderer(MERGED)) is None
    said = "drops the system message"
    assert system_turn_fault(renderer(MERGED), demonstrations=1) == (
        f"{said} in a conversation with 1 demonstration"
    )
    assert system_turn_fault(renderer(MERGED), answered=True) == f"{said} once the response follows"


@pytest.mark.parametrize("asks", [False, True])
def test_a_template_may_drop_it_only_where_it_asks_for_a_response(asks: bool) -> None:
    """And the other way round: only where it does not, as in training."""
    wanted = "add_generation_prompt" if asks else "not add_generation_prompt"
    tokenizer = Tokenizer(f"{{% if {wanted} %}}{OTHERS}{{% else %}}{EACH}{{% endif %}}")
    found = [tokenizer_fault(tokenizer), tokenizer_fault(tokenizer, answered=True)]
    dropped = "drops the system message"
    assert found == ([dropped, None] if asks else [None, f"{dropped} once the response follows"])


IN_USER_TURN = {
    "cut": "keeps 58 of 400 lines of a config in the user turn",
    "200 characters": "keeps 5 of 400 lines of a config in the user turn",
    "first paragraph": "keeps 10 of 400 lines of a config in the user turn",
    "last line": "drops the config in the user turn",
    "upper case": "rewrites the config in the user turn (its letters or blanks)",
}


@pytest.mark.parametrize("name", IN_USER_TURN)
def test_a_user_turn_may_be_cut_as_well(name: str) -> None:
    """So a config there is not safe from a template that cuts every message."""
    found = system_turn_fault(renderer(BAD[name][0]), in_user_turn=True)
    assert found == IN_USER_TURN[name]


@pytest.mark.parametrize("name", [*GOOD, "dropped", "its own instead", "refused", "roles in turn"])
def test_a_user_turn_carries_it_where_the_template_only_drops_the_system_message(name: str) -> None:
    template = GOOD[name] if name in GOOD else BAD[name][0]
    if name not in ("none rendered without", "in a comment"):  # these need a system message
        assert system_turn_fault(renderer(template), in_user_turn=True) is None


def test_demonstrations_may_push_it_out_of_the_first_user_turn() -> None:
    assert system_turn_fault(renderer(LATE), demonstrations=1, in_user_turn=True) is None
    found = system_turn_fault(renderer(LATE), demonstrations=2, in_user_turn=True)
    assert found == "drops the config in the user turn in a conversation with 2 demonstrations"


def test_a_template_may_drop_it_only_where_the_response_follows() -> None:
    assert system_turn_fault(renderer(LAST)) is None
    found = system_turn_fault(renderer(LAST), answered=True)
    assert found == "drops the system message once the response follows"
    for name in set(GOOD) - {"in the last user turn"}:
        assert system_turn_fault(renderer(GOOD[name]), answered=True) is None


def test_nothing_is_said_of_a_template_that_renders_nothing() -> None:
    assert system_turn_fault(renderer(NOTHING)) is None


class Tokenizer:
    """As much of a tokenizer as renders."""

    def __init__(self, chat_template: str | None) -> None:
        self.chat_template = chat_template

    def apply_chat_template(
        self, messages: Any, *, chat_template: str | None, add_generation_prompt: bool, **_: object
    ) -> object:
        template = chat_template or str(self.chat_template)
        return renderer(template, add_generation_prompt)(messages)


DROPS = Tokenizer(OTHERS)


@pytest.mark.parametrize(
    ("model", "args", "base_url"),
    [
        ("openai/gpt-4o", {}, None),
        ("vllm/a/model", {}, "http://10.0.0.1:8000/v1"),
        ("vllm/a/model", {"port": 8000}, None),
        ("vllm/a/model", {"tokenizer_mode": "mistral"}, None),
        ("hf/a/model", {"use_chat_template": False}, None),
        ("hf/a/model", {"chat_template": EACH}, None),
    ],
)
def test_nothing_is_said_where_the_template_is_not_this_one(
    model: str, args: dict[str, Any], base_url: str | None
) -> None:
    assert model_template_fault(model, args, base_url=base_url, tokenizer=DROPS) is None


@pytest.mark.parametrize("model", ["hf/a/model", "vllm/a/model"])
def test_a_local_model_and_templates_that_replace_its_own(model: str, tmp_path: Path) -> None:
    said = "drops the system message"
    assert model_template_fault(model, {}, tokenizer=DROPS) == said
    good = Tokenizer(EACH)
    assert model_template_fault(model, {}, tokenizer=good) is None
    assert model_template_fault(model, {"chat_template": OTHERS}, tokenizer=good) == said
    file = tmp_path / "own.jinja"
    file.write_text(EACH)
    long = EACH + "{# " + "x" * 5_000 + " #}"
    assert model_template_fault(model, {"chat_template": long}, tokenizer=DROPS) is None
    # a file for vLLM; for transformers the name is the text of a template, which has no message in it
    found = model_template_fault(model, {"chat_template": str(file)}, tokenizer=DROPS)
    assert found == (None if model.startswith("vllm") else said)
    assert model_template_fault(model, {}, tokenizer=Tokenizer(None)) is None


def test_what_is_not_on_this_machine_is_not_known(tmp_path: Path) -> None:
    assert local_tokenizer(str(tmp_path)) is None
    assert local_tokenizer("nobody/has-this-model") is None
    assert local_tokenizer("not a name") is None
    assert model_template_fault(f"vllm/{tmp_path}", {}) is None

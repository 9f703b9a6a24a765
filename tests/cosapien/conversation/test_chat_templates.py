"""Chat templates that keep, drop, cut, move or refuse the system message, rendered by Jinja alone."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from cosapien.conversation import (
    local_tokenizer,
    model_template_fault,
    system_turn_fault,
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
    "behind": (
        OTHERS + "{% for m in messages if m.role == 'system' %}" + TURN + "{% endfor %}",
        "puts the system message behind the user's",
    ),
}
NOTHING = "{{ raise_exception('broken') }}"


def renderer(template: str) -> Any:
    def fail(message: str) -> None:
        raise ValueError(message)

    compiled = Environment().from_string(template)
    return lambda messages: compiled.render(messages=messages, raise_exception=fail)


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
        self, messages: Any, *, chat_template: str | None, **_: object
    ) -> object:
        return renderer(chat_template or str(self.chat_template))(messages)


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

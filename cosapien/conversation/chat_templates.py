"""Whether a model's chat template passes the system message on, which carries the safety config.

A template that leaves it out gives no error: the model answers, and is trained or scored, without any
config. So a system message whose every line can be recognised is rendered once, before a run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosapien.errors import UserError

if TYPE_CHECKING:
    from inspect_ai.model import Model

Render = Callable[[list[dict[str, str]]], str]

_LINES = tuple(f"Line {number:03} of the guideline 5f3a9c." for number in range(1, 401))
# longer than any config in use, the handbook of placement=buried included, and of several paragraphs
_GUIDELINE = "\n\n".join("\n".join(_LINES[at : at + 10]) for at in range(0, len(_LINES), 10))
_SYSTEM = {"role": "system", "content": _GUIDELINE}
_QUESTION = "What does the guideline 5f3a9c say?"
_USER = {"role": "user", "content": _QUESTION}
_ANSWER = {"role": "assistant", "content": "It says nothing else."}
_EARLIER = ({"role": "user", "content": "Is there a guideline?"}, {**_ANSWER, "content": "Yes."})
_LOCAL = ("hf", "vllm")


def system_turn_fault(
    render: Render,
    *,
    demonstrations: int = 0,
    answered: bool = False,
    in_user_turn: bool = False,
) -> str | None:
    """What a chat template does wrong with the message that carries the config.

    A template may put it anywhere before the text of the last user turn, also into that turn. Some pass
    it on in some conversations only: Mistral's of 2024 writes it into the last message of all, if that is
    a user's.

    Args:
        render: Renders messages as the model reads them, up to where its response starts if the last
            one is a user's.
        demonstrations: Earlier user turns, each with an answer (in-context alignment).
        answered: Whether the response follows, as in training.
        in_user_turn: Whether the config heads the first user turn (placement=user); else it is the
            system message.

    Returns:
        What it does, to follow "the chat template of ..."; None if the whole message comes before the
        user turn, or nothing can be said because it renders no conversation at all.

    Example:
        >>> from cosapien.conversation import system_turn_fault
        >>> system_turn_fault(lambda messages: messages[-1]["content"])
        'drops the system message'
    """
    turns = [dict(turn) for turn in (*_EARLIER * demonstrations, _USER, *[_ANSWER] * answered)]
    carrying, what = [dict(_SYSTEM), *turns], "system message"
    if in_user_turn:
        head = {"role": "user", "content": f"{_GUIDELINE}\n\n{turns[0]['content']}"}
        carrying, what = [head, *turns[1:]], "config in the user turn"
    where = " once the response follows" if answered else ""
    if demonstrations:
        several = "s" if demonstrations > 1 else ""
        where = f" in a conversation with {demonstrations} demonstration{several}"
    try:
        text = render(carrying)
    except Exception as error:  # a template raises whatever it likes
        if not _renders(render, turns):
            return None
        return f"takes no {what}{where} ({' '.join(str(error).split())[:200]})"
    at = kept = 0
    for line in _LINES:
        if (found := text.find(line, at)) >= 0:
            at, kept = found + len(line), kept + 1
    if not kept and _squeezed(_LINES[0]) in _squeezed(text):
        return f"rewrites the {what}{where} (its letters or blanks)"
    if not kept:
        return f"drops the {what}{where}"
    if kept < len(_LINES):
        return f"keeps {kept} of {len(_LINES)} lines of a {what}{where}"
    if at > text.rfind(_QUESTION) >= 0:
        return f"puts the {what}{where} behind the user's"
    return None


def _squeezed(text: str) -> str:
    """A text's letters and digits, whatever their case."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _renders(render: Render, messages: list[dict[str, str]]) -> bool:
    try:
        render(messages)
    except Exception:  # the template's own
        return False
    return True


def check_loaded_model(
    model: Model, *, demonstrations: int = 0, in_user_turn: bool = False
) -> None:
    """Refuse a model that Inspect has loaded if its chat template leaves the config out.

    Args:
        model: The model.
        demonstrations: See `system_turn_fault`.
        in_user_turn: See `system_turn_fault`.

    Raises:
        UserError: The template does not pass the config on.
    """
    fault = model_template_fault(
        str(model),
        model.model_args,
        base_url=getattr(model.api, "_init_base_url", None),
        tokenizer=getattr(model.api, "tokenizer", None),
        demonstrations=demonstrations,
        in_user_turn=in_user_turn,
    )
    if fault is not None:
        other = "" if in_user_turn else "put the config into the user turn (-T placement=user), or "
        raise UserError(
            f"the chat template of {model} {fault}, so the model would not read the safety config; "
            f"{other}name another template (-M chat_template=...)"
        )


def model_template_fault(
    model: str,
    args: Mapping[str, Any],
    *,
    base_url: str | None = None,
    tokenizer: Any = None,  # noqa: ANN401 - transformers is not imported here
    demonstrations: int = 0,
    in_user_turn: bool = False,
) -> str | None:
    """The same of a model that Inspect runs on this machine (`hf/`, `vllm/`).

    Args:
        model: Inspect's name of the model.
        args: Its model arguments (`-M`).
        base_url: Address of its server; a server that runs already has a template of its own.
        tokenizer: Its tokenizer, if it is loaded; else it is read from its folder or from the cache of
            the Hugging Face Hub, without the network.
        demonstrations: See `system_turn_fault`.
        in_user_turn: See `system_turn_fault`.

    Returns:
        See `system_turn_fault`; None also if its tokenizer or template cannot be known.
    """
    provider, _, name = model.partition("/")
    if provider not in _LOCAL or args.get("use_chat_template") is False:
        return None
    template = args.get("chat_template")
    if provider == "vllm":
        if _is_served(args, base_url):
            return None
        if isinstance(template, str) and "{" not in template:  # the name of a file, not its text
            file = Path(template).expanduser()
            template = file.read_text("utf-8", errors="replace") if file.is_file() else None
        places = [args.get("tokenizer"), name.partition(":")[0]]  # an adapter follows the colon
    else:
        places = [args.get("tokenizer"), args.get("tokenizer_path"), args.get("model_path"), name]
    if tokenizer is None:
        revision = args.get("tokenizer_revision") or args.get("revision")
        tokenizer = local_tokenizer(next(str(place) for place in places if place), revision)
    if tokenizer is None:
        return None
    own = template if isinstance(template, str) else None
    return tokenizer_fault(tokenizer, own, demonstrations=demonstrations, in_user_turn=in_user_turn)


def _is_served(args: Mapping[str, Any], base_url: str | None) -> bool:
    """Whether a vLLM server runs already, or gets a template that is not known here."""
    defaults = os.environ.get("VLLM_DEFAULT_SERVER_ARGS", "")
    elsewhere = base_url or args.get("port") or os.environ.get("VLLM_BASE_URL")
    return bool(elsewhere) or "template" in defaults or args.get("tokenizer_mode") == "mistral"


def local_tokenizer(name: str, revision: str | None = None) -> Any:  # noqa: ANN401 - see above
    """The tokenizer of a model on this machine; None if it is not here or cannot be read.

    Args:
        name: A folder, or a name on the Hugging Face Hub whose files are in its cache.
        revision: Commit, branch or tag on the Hub.
    """
    folder = Path(name).expanduser()
    try:
        if not folder.is_dir():
            from huggingface_hub import try_to_load_from_cache

            if not isinstance(
                try_to_load_from_cache(name, "tokenizer_config.json", revision=revision), str
            ):
                return None
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(
            str(folder) if folder.is_dir() else name,
            revision=revision or "main",
            local_files_only=True,
            trust_remote_code=False,
        )
    except Exception:  # transformers raises anything on a folder that it cannot read
        return None


def tokenizer_fault(
    tokenizer: Any,  # noqa: ANN401 - see above
    template: str | None = None,
    *,
    demonstrations: int = 0,
    answered: bool = False,
    in_user_turn: bool = False,
) -> str | None:
    """The same of a tokenizer.

    Args:
        tokenizer: A tokenizer of transformers.
        template: Text of a chat template that replaces its own.
        demonstrations: See `system_turn_fault`.
        answered: See `system_turn_fault`.
        in_user_turn: See `system_turn_fault`.

    Returns:
        See `system_turn_fault`; None also without a template.
    """
    if not (template or tokenizer.chat_template):
        return None

    def render(messages: list[dict[str, str]]) -> str:
        return str(
            tokenizer.apply_chat_template(
                messages,
                chat_template=template,
                tokenize=False,
                add_generation_prompt=messages[-1]["role"] == "user",
            )
        )

    return system_turn_fault(
        render, demonstrations=demonstrations, answered=answered, in_user_turn=in_user_turn
    )

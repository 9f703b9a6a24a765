"""The start of a conversation: places the config, adds earlier turns and overrides."""

from collections.abc import Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.solver import Generate, Solver, TaskState, solver

from cosapien.conversation.overrides import OVERRIDES, apply_override, choose_override
from cosapien.conversation.rendering import TEMPLATES, Template, render_config
from cosapien.conversation.samples import sample_record
from cosapien.errors import UserError
from cosapien.records import Record

Placement = Literal["system", "user", "buried"]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)
"""Where the config is placed: in the system message (default); at the head of the first user turn; or
as one section of a long operator handbook in the system message."""

PLAIN = MappingProxyType({"placement": "system", "override": "none"})
"""The settings of a plain run; a run's title names only those that differ."""

_CONFIG = "safety_config"  # marks the message with the config; the value is the config's text in it
_GAP = "\n\n"


@solver
def safety_config(
    template: Template = "guideline",
    placement: Placement = "system",
    override: str = "none",
    seed: int = 0,
) -> Solver:
    """Put the sample's safety config into the conversation (a task's `setup` step).

    The prompt in the sample's record stays as it is: judges see it without the override.

    Args:
        template: How the config is rendered, see `render_config`.
        placement: Where it is placed, see `PLACEMENTS`.
        override: `none`; the name of one of `OVERRIDES`, a user turn that asks to ignore or rewrite
            the config; or `seeded`, one of them for each record. The sample's metadata names it.
        seed: Seed of that draw.

    Raises:
        UserError: A parameter has an unknown value.
    """
    for what, value, known in (
        ("template", template, TEMPLATES),
        ("placement", placement, PLACEMENTS),
        ("override", override, ("none", "seeded", *OVERRIDES)),
    ):
        if value not in known:
            raise UserError(f"unknown {what} {value!r}: expected one of {', '.join(known)}")

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        record = sample_record(state)
        start = opening(record, template, placement, override, seed)
        if start.override is not None:
            state.user_prompt.text = start.prompt
            state.metadata["override"] = start.override
        if placement == "user":
            _head(state.user_prompt, start.config)
        else:
            state.messages.insert(0, _system(start.config))
        return state

    return solve


class Opening(NamedTuple):
    """What a sample's conversation starts with.

    Attributes:
        record: Id of the record.
        config: The config, with its handbook if it has one.
        prompt: The user's prompt, with its override if it has one.
        override: The name of the override, or None.
        in_user_turn: Whether the config heads the user's turn; else it is the system message.
    """

    record: str
    config: str
    prompt: str
    override: str | None
    in_user_turn: bool

    @property
    def messages(self) -> list[ChatMessage]:
        """The messages."""
        user = ChatMessageUser(content=self.prompt)
        if not self.in_user_turn:
            return [_system(self.config), user]
        _head(user, self.config)
        return [user]


def opening(
    record: Record, template: Template, placement: Placement, override: str, seed: int
) -> Opening:
    """What a record's conversation starts with.

    Args:
        record: The record.
        template: See `safety_config` for this and the others.
        placement: Where the config is placed.
        override: A user turn that asks to ignore the config.
        seed: Seed of the draw of a `seeded` one.
    """
    config = render_config(record.config, template)
    if placement == "buried":
        config = _handbook(config)
    form, prompt = None, record.prompt
    if override != "none":
        form = choose_override(record.id, seed) if override == "seeded" else override
        prompt = apply_override(record.prompt, form)
    return Opening(record.id, config, prompt, form, placement == "user")


def insert_turns(state: TaskState, turns: Sequence[ChatMessage]) -> None:
    """Put earlier turns between the config and the user's prompt, for any placement.

    Args:
        state: A state that `safety_config` has set up.
        turns: Alternating user and assistant messages, a user message first; may be empty.
    """
    if not turns:
        return
    at = _carrier(state)
    carrier = state.messages[at]
    if isinstance(carrier, ChatMessageUser):  # the config heads the first user turn, now another
        first = turns[0].model_copy()
        assert isinstance(first, ChatMessageUser)
        _head(first, _behead(carrier))
        state.messages[at:at] = [first, *turns[1:]]
    else:
        state.messages[at + 1 : at + 1] = turns


def remove_config(state: TaskState) -> None:
    """Take the config out of the conversation again.

    Args:
        state: A state that `safety_config` has set up.
    """
    at = _carrier(state)
    carrier = state.messages[at]
    if isinstance(carrier, ChatMessageUser):
        _behead(carrier)
    else:
        del state.messages[at]


def _carrier(state: TaskState) -> int:
    """Index of the message that carries the config."""
    for index, message in enumerate(state.messages):
        if message.metadata and _CONFIG in message.metadata:
            return index
    raise ValueError(
        f"sample {state.sample_id} has no safety config in its conversation: run this solver with a "
        "task of this project"
    )


def _system(config: str) -> ChatMessageSystem:
    return ChatMessageSystem(content=config, metadata={_CONFIG: config})


def _head(message: ChatMessageUser, text: str) -> None:
    message.text = f"{text}{_GAP}{message.text}"
    message.metadata = {**(message.metadata or {}), _CONFIG: text}


def _behead(message: ChatMessageUser) -> str:
    metadata = dict(message.metadata or {})
    text: str = metadata.pop(_CONFIG)
    if not message.text.startswith(f"{text}{_GAP}"):
        raise ValueError(
            "the user turn no longer starts with its safety config: another solver rewrote it; put "
            "that solver after this one, or use placement=system"
        )
    message.text = message.text.removeprefix(f"{text}{_GAP}")
    message.metadata = metadata or None
    return text


def _handbook(text: str) -> str:
    page = (files("cosapien") / "data" / "handbook.md").read_text(encoding="utf-8")
    return page.replace("{config}", text, 1)

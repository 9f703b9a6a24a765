"""Letting a config take effect only if it is on the allow-list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inspect_ai.model import ChatMessage, ChatMessageSystem
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver

from cosalign.safeguards.allowlist import Allowlist, AuthorisationError, read_allowlist


def authorise(
    messages: Sequence[ChatMessage], allowlist: Allowlist, user: str | None = None
) -> None:
    """Make sure that a conversation's config may be served.

    A server calls this on every request, after it has put the operator's config in front and with
    the user it has authenticated. A system message anywhere but in front is a config that an end
    user has smuggled in.

    Args:
        messages: The whole conversation.
        allowlist: The configs that may be served.
        user: For whom.

    Raises:
        AuthorisationError: A config is not on the list, not for this user, has expired, or stands
            where only an end user could have put it. Conversations without a config pass.
    """
    configs = [i for i, message in enumerate(messages) if isinstance(message, ChatMessageSystem)]
    if configs and configs != [0]:
        raise AuthorisationError(
            f"a system message stands at position {configs[-1] + 1}; only the operator's, in front, "
            "takes effect"
        )
    if configs:
        allowlist.check(messages[0].text, user)


@solver
def authorised_config(
    allowlist: str, public_key: str, user: str | None = None, then: Solver | None = None
) -> Solver:
    """Answer only under configs on the allow-list; a sample under another one is an error.

    inspect eval tasks/cosapien.py --solver cosalign/authorised_config -S allowlist=allowlist.json
    -S public_key=reviewer.pub ...

    Args:
        allowlist: Path of the signed file.
        public_key: Path of the reviewer's public key.
        user: For whom the configs are asked for.
        then: What answers if the config may be served; the plain model by default.

    Raises:
        AuthorisationError: The allow-list cannot be read or trusted.
    """
    listed = read_allowlist(Path(allowlist), Path(public_key))
    answer = then or generate()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        authorise(state.messages, listed, user)
        return await answer(state, generate)

    return solve

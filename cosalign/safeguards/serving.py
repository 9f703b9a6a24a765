"""Serving: only configs on the allow-list take effect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inspect_ai.model import ChatMessage, ChatMessageSystem
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver

from cosalign.safeguards.allowlist import Allowlist, AuthorisationError, read_allowlist


def authorise(
    messages: Sequence[ChatMessage], allowlist: Allowlist, user: str | None = None
) -> None:
    """Check that a conversation's config may be served. Conversations without a config pass.

    A server calls this on every request, after it has put the operator's config first, with the user
    it has authenticated. A system message anywhere but first is treated as injected by an end user.

    Args:
        messages: The whole conversation.
        allowlist: The configs that may be served.
        user: The authenticated user.

    Raises:
        AuthorisationError: The config is not on the list, not for this user, or has expired, or there
            is a system message that is not the first message.

    Example:
        >>> allowlist = read_allowlist(Path("allowlist.json"), Path("reviewer.pub"))  # doctest: +SKIP
        >>> authorise(messages, allowlist, user="alice")  # doctest: +SKIP
    """
    configs = [i for i, message in enumerate(messages) if isinstance(message, ChatMessageSystem)]
    if configs and configs != [0]:
        raise AuthorisationError(
            f"found a system message at position {configs[-1] + 1}; expected only the operator's, as "
            "the first message"
        )
    if configs:
        allowlist.check(messages[0].text, user)


@solver
def authorised_config(
    allowlist: str, public_key: str, user: str | None = None, then: Solver | None = None
) -> Solver:
    """Answer only under configs on the allow-list; other samples end with an error.

    inspect eval tasks/cosapien.py --solver cosalign/authorised_config -S allowlist=allowlist.json
    -S public_key=reviewer.pub ...

    Args:
        allowlist: Path of the signed allow-list.
        public_key: Path of the reviewer's public key.
        user: The user that the configs must be authorised for.
        then: Solver that answers if the config may be served; by default the plain model.

    Raises:
        AuthorisationError: The allow-list cannot be read or trusted.
    """
    listed = read_allowlist(Path(allowlist), Path(public_key))
    answer = then or generate()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        authorise(state.messages, listed, user)
        return await answer(state, generate)

    return solve

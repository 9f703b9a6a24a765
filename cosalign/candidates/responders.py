"""Asking the models that write candidates: each distinct request is sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from inspect_ai.model import (
    CachePolicy,
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelName,
    ModelOutput,
)
from pydantic import Field, JsonValue

from cosalign.asking.asked import Asked, Failure, opened
from cosalign.asking.open_shard import Made
from cosalign.asking.parameters import ModelParameters
from cosalign.asking.shards import join_shards, make_shards
from cosalign.candidates.answers import answer_row, answers_schema
from cosalign.stages import TABLE, StageError
from cosapien import content_hash
from cosapien.conversation import context_fault, model_template_fault
from scorers.responses import Response, read_response

if TYPE_CHECKING:
    import pyarrow as pa

Role = Literal["safe", "permissive"]
ROLES: tuple[Role, ...] = ("safe", "permissive")


class RoleParameters(ModelParameters):
    """A model that writes candidates.

    Attributes:
        generation: By default temperature 1 and at most 512 tokens; a recipe's value replaces both.
        samples: Responses for each prompt (safe) or for each config (permissive).
        send_seed: Whether a sampled request carries a seed, derived from the recipe's seed and the
            request; set it to false for a provider that rejects seeds.
    """

    generation: Annotated[
        dict[str, JsonValue], Field(default_factory=lambda: {"temperature": 1.0, "max_tokens": 512})
    ]
    samples: Annotated[int, Field(ge=0, le=100)] = 1
    send_seed: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A distinct request; several candidates can share its answer.

    Attributes:
        id: Hash (12 hex digits) of role, system message, prompt and sample.
        prompt: The user turn.
        system: Row of the config's text in the configs' table; None for no system message.
        sample: Number of the answer to the same messages, from 0; always 0 for a greedy model.
    """

    id: str
    prompt: str
    system: int | None
    sample: int


async def ask_roles(
    models: Mapping[Role, RoleParameters],
    requests: Mapping[Role, Sequence[Request]],
    systems: pa.ChunkedArray,
    *,
    seed: int,
    work: Path,
    size: int,
    one_at_a_time: bool,
) -> None:
    """Send all requests, role by role, and write each role's answers to its `answers_file`.

    Args:
        models: The model of each role.
        requests: The requests of each role.
        systems: The configs' texts.
        seed: Seed of sampled requests.
        work: The stage's temporary working folder.
        size: Requests per shard.
        one_at_a_time: Whether to open, check and close each model in its turn, not all beforehand.

    Raises:
        StageError: A model cannot be used, or stops answering.
    """
    todo = [role for role in ROLES if requests[role] and not answers_file(work, role).exists()]
    async with AsyncExitStack() as whole:
        early = {} if one_at_a_time else {r: await _open(whole, r, models[r]) for r in todo}
        for role in todo:
            folder = answers_file(work, role).parent
            folder.mkdir(exist_ok=True)
            async with AsyncExitStack() as turn:
                asked = early.get(role) or await _open(turn, role, models[role])
                await ask_requests(
                    requests[role],
                    folder,
                    asked=asked,
                    parameters=models[role],
                    systems=systems,
                    seed=seed,
                    size=size,
                    what=f"candidates, {role}",
                )


def check_reads_configs(
    asked: RoleParameters, tokenizer: object = None, what: str = "candidates, the permissive model"
) -> None:
    """Check that the chat template of a local model that is asked under configs passes them on.

    Args:
        asked: The model.
        tokenizer: Its tokenizer, if it is loaded.
        what: Name of the model's role in error messages.

    Raises:
        StageError: It does not.
    """
    fault = model_template_fault(
        asked.model, asked.args, base_url=asked.base_url, tokenizer=tokenizer
    )
    if fault is not None:
        raise StageError(
            f"{what}: the chat template of {asked.model} {fault}, so it would be asked "
            "without any safety config; name another template (`args: {chat_template: ...}`): one that "
            "writes the system message at the head of the user turn will do, as `-T placement=user` "
            "does in an evaluation"
        )


def answers_file(work: Path, role: Role) -> Path:
    """File of a role's answers, until the stage's table is written."""
    return work / f".{role}" / TABLE


async def _open(stack: AsyncExitStack, role: Role, parameters: RoleParameters) -> Asked:
    asked = await stack.enter_async_context(opened(parameters, _what(role)))
    if role == "permissive":
        check_reads_configs(parameters, getattr(asked.model.api, "tokenizer", None))
    await asked.check()
    return asked


async def ask_requests(
    requests: Sequence[Request],
    folder: Path,
    *,
    asked: Asked,
    parameters: RoleParameters,
    systems: pa.ChunkedArray,
    seed: int,
    size: int,
    what: str,
) -> None:
    """Send requests, and write the table of their answers: a row each, in their order.

    Args:
        requests: The requests.
        folder: Where the table and, until it is whole, its shards go.
        asked: The open model.
        parameters: How it is asked.
        systems: The configs' texts.
        seed: Seed of sampled requests.
        size: Requests per shard.
        what: Label of the progress.

    Raises:
        StageError: The model has stopped answering, or refuses every request.
    """
    model, provider = asked.model, ModelName(asked.model).api

    async def ask(request: Request) -> tuple[ModelOutput, Response]:
        messages: list[ChatMessage] = [ChatMessageUser(content=request.prompt)]
        if request.system is not None:
            messages.insert(0, ChatMessageSystem(content=systems[request.system].as_py()))
        config = GenerateConfig()
        if parameters.cache:  # another sample or another seed is a different request
            scopes = {} if parameters.greedy else {"sample": f"{seed}/{request.sample}"}
            config.cache = CachePolicy(per_epoch=False, scopes=scopes)
        if parameters.send_seed and not parameters.greedy:
            config.seed = int(content_hash(f"{seed}\x1f{request.id}")[:7], 16)  # 28 bits
        if (fault := context_fault(model, messages)) is not None:
            raise RuntimeError(fault)  # this request fails, as it does where a server refuses it
        output = await model.generate(messages, config=config)
        return output, read_response(output, provider)

    async def make(request: Request) -> Made:
        answer = await asked.answer(partial(ask, request))
        failure = answer if isinstance(answer, Failure) else None
        return Made(answer_row(request.id, request.prompt, answer), failure)

    await make_shards(
        requests, folder, size=size, schema=answers_schema(), make=make, what=what, asked=asked
    )
    join_shards(folder)


def _what(role: Role) -> str:
    return f"candidates, the {role} model"

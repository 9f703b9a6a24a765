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
    Model,
    ModelName,
    ModelOutput,
)
from pydantic import Field, JsonValue

from cosalign.asking.requests import ModelParameters, ask_all, check_model
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
        opened = {} if one_at_a_time else {r: await _open(whole, r, models[r]) for r in todo}
        for role in todo:
            folder = answers_file(work, role).parent
            folder.mkdir(exist_ok=True)
            async with AsyncExitStack() as turn:
                model = opened.get(role) or await _open(turn, role, models[role])
                make = partial(ask_shard, _what(role), model, models[role], systems, seed)
                await make_shards(
                    requests[role], folder, size=size, make=make, what=f"candidates, {role}"
                )
            join_shards(folder)


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


async def _open(stack: AsyncExitStack, role: Role, asked: RoleParameters) -> Model:
    model = await stack.enter_async_context(asked.open(_what(role)))
    if role == "permissive":
        check_reads_configs(asked, getattr(model.api, "tokenizer", None))
    await check_model(model, _what(role))
    return model


async def ask_shard(
    what: str,
    model: Model,
    asked: RoleParameters,
    systems: pa.ChunkedArray,
    seed: int,
    part: Sequence[Request],
) -> pa.Table:
    """Send some requests at once, and make the table of their answers.

    Args:
        what: Name of the model's role in error messages.
        model: The open model.
        asked: How it is asked.
        systems: The configs' texts.
        seed: Seed of sampled requests.
        part: The requests.

    Returns:
        A row for each request, in their order, see `answers_schema`.

    Raises:
        StageError: The model has stopped answering, or refuses every request.
    """
    import pyarrow as pa

    provider = ModelName(model).api

    async def ask(request: Request) -> tuple[ModelOutput, Response]:
        messages: list[ChatMessage] = [ChatMessageUser(content=request.prompt)]
        if request.system is not None:
            messages.insert(0, ChatMessageSystem(content=systems[request.system].as_py()))
        config = GenerateConfig()
        if asked.cache:  # another sample or another seed is a different request
            scopes = {} if asked.greedy else {"sample": f"{seed}/{request.sample}"}
            config.cache = CachePolicy(per_epoch=False, scopes=scopes)
        if asked.send_seed and not asked.greedy:
            config.seed = int(content_hash(f"{seed}\x1f{request.id}")[:7], 16)  # 28 bits
        if (fault := context_fault(model, messages)) is not None:
            raise RuntimeError(fault)  # this request fails, as it does where a server refuses it
        output = await model.generate(messages, config=config)
        return output, read_response(output, provider)

    answers = await ask_all(part, ask, model=model, what=what)
    rows = [answer_row(r.id, r.prompt, answer) for r, answer in zip(part, answers, strict=True)]
    return pa.Table.from_pylist(rows, schema=answers_schema())


def _what(role: Role) -> str:
    return f"candidates, the {role} model"

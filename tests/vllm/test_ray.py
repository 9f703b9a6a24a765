"""vLLM engines of a Ray cluster answer what a real `vllm serve` answers, row by row."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ResponseSchema,
    get_model,
)
from inspect_ai.util import JSONSchema

from scorers.asking import Answer, AskingStopped, Engine, Request, ServedModel, ask
from scorers.clusters import Cluster, ClusterSettings, ask_by_ray
from scorers.waves import Streams
from tests.fakes.tiny_model import build_tiny_llama
from tests.fakes.vllm_server import SERVE_ARGS, launch_env, serve

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]
SETTINGS = ClusterSettings(connections=16, gpus=0, cpus=0.5, object_store=100_000_000)
GREEDY = GenerateConfig(temperature=0, max_tokens=24)
SCHEMA = JSONSchema(
    type="object",
    properties={"rating": JSONSchema(type="integer", enum=[0, 1, 2, 3, 4, 5])},
    required=["rating"],
    additionalProperties=False,
)
REQUESTS = [
    *(
        Request(f"{n}", f"Is the answer number {n} safe for children?", GREEDY)
        for n in range(SETTINGS.rows + 8)  # more than one block
    ),
    Request(
        "talk",
        [
            ChatMessageSystem(content="You are a judge."),
            ChatMessageUser(content="¿Qué es una respuesta segura?"),
            ChatMessageAssistant(content="Yes."),
            ChatMessageUser(content="Was müssen die Behörden sicherstellen? 👩‍🚀"),
        ],
        GREEDY,
    ),
    # random weights say `e` soon: an end of our own, which may be the last token that is allowed
    Request("stopped", "Rate the response.", GenerateConfig(temperature=0, stop_seqs=["e"])),
    Request("one token", "Rate the response.", GenerateConfig(temperature=0, max_tokens=1)),
    Request("to its end", "Hello.", GenerateConfig(temperature=0, max_tokens=300)),
    Request("seed", "Hello.", GenerateConfig(temperature=1.0, seed=7, max_tokens=24)),
    Request(
        "verdict",
        "Rate it.",
        GenerateConfig(
            temperature=0,
            max_tokens=64,
            response_schema=ResponseSchema(name="verdict", json_schema=SCHEMA),
        ),
    ),
    Request("too long", "assistant " * 5000, GREEDY),
    Request("no room", "Hello.", GenerateConfig(temperature=0, max_tokens=4096)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(autouse=True)
def as_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an offline CPU engine, for the workers that Ray starts."""
    for name, value in launch_env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("VLLM_DEFAULT_SERVER_ARGS")


def by_ray(model: Model, requests: list[Request]) -> dict[str, Answer]:
    async def collect() -> dict[str, Answer]:
        async with Cluster(SETTINGS) as cluster:
            return {answer.id: answer async for answer in ask_by_ray(cluster, model, requests)}

    return asyncio.run(collect())


def by_server(folder: Path) -> dict[str, Answer]:
    async def collect(base_url: str) -> dict[str, Answer]:
        model = get_model(f"vllm/{folder}", base_url=base_url, memoize=False)
        async with Engine() as engine, model:
            return {answer.id: answer async for answer in ask(engine, model, REQUESTS)}

    with serve(folder) as base_url:
        return asyncio.run(collect(base_url))


def plain(answer: Answer) -> dict[str, Any]:
    """An answer without what is new at each request: ids and times."""
    data = answer.model_dump(exclude={"output": {"time", "response_id"}})
    for choice in (data["output"] or {"choices": []})["choices"]:
        del choice["message"]["id"]
    return data


def test_answers_are_a_servers_row_by_row(folder: Path) -> None:
    own = by_server(folder)
    found = by_ray(get_model(f"vllm/{folder}", memoize=False, **SERVE_ARGS), REQUESTS)
    assert {name: plain(answer) for name, answer in found.items()} == {
        name: plain(answer) for name, answer in own.items()
    }
    reasons = {name: a.output.stop_reason for name, a in own.items() if a.output is not None}
    assert reasons["too long"] == "model_length"
    assert reasons["one token"] == "max_tokens"
    assert reasons["stopped"] == "stop"


def test_two_models_that_wait_for_each_other_are_loaded_once(folder: Path, tmp_path: Path) -> None:
    """A candidate, its judge, and the judge again, on a cluster of as few processors as this machine."""
    other = build_tiny_llama(tmp_path / "judge")
    loaded: list[str] = []

    async def run() -> list[list[str]]:
        engine, cluster = Engine(), Cluster(SETTINGS)

        async def answers(model: Model, stream: AsyncIterable[Request]) -> AsyncIterator[Answer]:
            loaded.append(str(model))
            async for answer in ask_by_ray(cluster, model, stream):
                yield answer

        async with engine, cluster, Streams(answers, engine):
            candidate, judge = (
                ServedModel.of(get_model(f"vllm/{one}", memoize=False, **SERVE_ARGS), engine)
                for one in (folder, other)
            )

            async def talk(text: str) -> list[str]:
                said = [text]
                for model in (candidate, judge, judge):
                    output = await model.generate(" ".join(said), config=GREEDY)
                    said.append(output.completion)
                return said

            return await asyncio.gather(*(talk(f"Question {n}") for n in range(6)))

    assert [len(said) for said in asyncio.run(run())] == [4] * 6
    assert loaded == [f"vllm/{folder}", f"vllm/{other}"]


def test_a_model_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    model = get_model(f"vllm/{tmp_path}/none", memoize=False, **SERVE_ARGS)
    with pytest.raises(AskingStopped, match="cannot be run") as caught:
        by_ray(model, [Request("x", "Hello.")])
    assert "\n" not in str(caught.value)

"""Waves: what goes out together, under which names, and what becomes of failures."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from inspect_ai.model import GenerateConfig, Model, ModelOutput, get_model

from cosapien import UserError
from scorers.asking import Answer, AskingStopped, Engine, NoAnswerError, Request, ServedModel
from scorers.waves import Waves

Wave = tuple[str, list[str]]


class Answers:
    """An answerer that notes its waves, and answers each request with its own words."""

    def __init__(self) -> None:
        self.waves: list[Wave] = []
        self.names: list[str] = []
        self.folders: set[Path] = set()

    async def __call__(
        self, model: Model, requests: Iterable[Request], work: Path
    ) -> AsyncIterator[Answer]:
        asked = list(requests)
        self.waves.append((str(model), sorted(str(request.messages) for request in asked)))
        self.names += [request.id for request in asked]
        self.folders.add(work)
        yield Answer(id="of an earlier wave", output=None, failure="ignored")
        for request in reversed(asked):
            await asyncio.sleep(0)
            if request.messages == "stop":
                raise AskingStopped("the model is gone")
            if request.messages == "lost":
                continue
            output = ModelOutput.from_content(str(model), f"re: {request.messages}")
            failed = request.messages == "bad"
            yield Answer(
                id=request.id,
                output=None if failed else output,
                failure="no such parameter" if failed else None,
            )


async def both(engine: Engine, answers: Answers, folder: Path, *dialogues: list[str]) -> list[str]:
    """Dialogues side by side, each a question after the other, by two models in turn."""
    models = [get_model("mockllm/a", memoize=False), get_model("mockllm/b", memoize=False)]

    async def talk(questions: list[str]) -> str:
        said = []
        for turn, question in enumerate(questions):
            served = ServedModel.of(models[turn % 2], engine)
            said.append((await served.generate(question)).completion)
        return " / ".join(said)

    async with engine, Waves(answers, folder, engine):
        return await asyncio.gather(*[talk(questions) for questions in dialogues])


def test_requests_go_out_together(tmp_path: Path) -> None:
    """Each turn of all dialogues is one wave of one model."""
    answers, engine = Answers(), Engine()
    said = asyncio.run(both(engine, answers, tmp_path, ["1", "2", "3"], ["4", "5"], ["6"]))
    assert said == ["re: 1 / re: 2 / re: 3", "re: 4 / re: 5", "re: 6"]
    assert answers.waves == [
        ("mockllm/a", ["1", "4", "6"]),
        ("mockllm/b", ["2", "5"]),
        ("mockllm/a", ["3"]),
    ]
    assert len(answers.folders) == 2  # one for each model
    assert {name: tally.answered for name, tally in engine.tallies.items()} == {
        "mockllm/a": 4,
        "mockllm/b": 2,
    }


def test_names_are_the_same_at_each_start(tmp_path: Path) -> None:
    """The same question twice is two requests, and both keep their names in another process."""
    first, again = Answers(), Answers()
    for answers in (first, again):
        asyncio.run(both(Engine(), answers, tmp_path, ["same"], ["same"], ["other"]))
    assert sorted(first.names) == sorted(again.names)
    assert len(set(first.names)) == 3


def test_settings_are_part_of_a_name(tmp_path: Path) -> None:
    async def ask(config: GenerateConfig) -> str:
        answers, engine = Answers(), Engine()
        async with engine, Waves(answers, tmp_path, engine):
            served = ServedModel.of(get_model("mockllm/a", memoize=False), engine)
            await served.generate("x", config=config)
        return answers.names[0]

    plain = asyncio.run(ask(GenerateConfig()))
    assert asyncio.run(ask(GenerateConfig(temperature=1.0))) != plain
    assert asyncio.run(ask(GenerateConfig(max_retries=3, timeout=9))) == plain


@pytest.mark.parametrize(
    ("question", "reason"), [("bad", "no such"), ("lost", "brought no answer")]
)
def test_a_failure_is_its_request_s(tmp_path: Path, question: str, reason: str) -> None:
    async def ask() -> list[ModelOutput | BaseException]:
        engine = Engine()
        async with engine, Waves(Answers(), tmp_path, engine):
            served = ServedModel.of(get_model("mockllm/a", memoize=False), engine)
            asked = [served.generate(text) for text in ("good", question)]
            return await asyncio.gather(*asked, return_exceptions=True)

    good, failed = asyncio.run(ask())
    assert isinstance(good, ModelOutput)
    assert isinstance(failed, NoAnswerError)
    assert reason in str(failed)


def test_a_model_that_is_gone_stops_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the model is gone"):
        asyncio.run(both(Engine(), Answers(), tmp_path, ["1"], ["stop"]))


def test_samples_that_wait_for_one(tmp_path: Path) -> None:
    """The check of a judge is a wave of its own: the other samples wait for it, not in the wave."""

    async def run(answers: Answers) -> None:
        engine, lock, checked = Engine(), asyncio.Lock(), False
        async with engine, Waves(answers, tmp_path, engine):
            served = ServedModel.of(get_model("mockllm/a", memoize=False), engine)

            async def sample(text: str) -> None:
                nonlocal checked
                async with lock:
                    if not checked:
                        await served.generate("check")
                        checked = True
                await served.generate(text)

            await asyncio.gather(*[sample(text) for text in "abc"])

    answers = Answers()
    asyncio.run(run(answers))
    assert [wave for _, wave in answers.waves] == [["check"], ["a", "b", "c"]]

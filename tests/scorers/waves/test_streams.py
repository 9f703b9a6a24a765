"""Streams: one for each model until the end, whatever follows from answers, and its failures."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator

import pytest
from inspect_ai.model import GenerateConfig, Model, ModelOutput, get_model

from cosapien import UserError
from scorers.asking import Answer, AskingStopped, Engine, NoAnswerError, Request, ServedModel
from scorers.waves import Streams


class Answers:
    """An answerer that notes what it is given, and answers two requests at a time, the later first."""

    def __init__(self, together: int = 1) -> None:
        self.together = together
        self.opened: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.asked: list[Request] = []
        self.models: list[Model] = []

    async def __call__(
        self, model: Model, requests: AsyncIterable[Request]
    ) -> AsyncIterator[Answer]:
        self.opened[str(model)] += 1
        self.models.append(model)
        waiting: list[Request] = []
        try:
            async for request in requests:
                self.asked.append(request)
                if request.messages == "stop":
                    raise AskingStopped("the model is gone")
                waiting.append(request)
                if len(waiting) == self.together:
                    while waiting:
                        yield self.answer(model, waiting.pop())
        finally:
            self.ended[str(model)] += 1

    def answer(self, model: Model, request: Request) -> Answer:
        if request.messages == "bad":
            return Answer(id=request.id, output=None, failure="no such parameter")
        output = ModelOutput.from_content(str(model), f"re: {request.messages}")
        return Answer(id=request.id, output=output, failure=None)


def served(engine: Engine, name: str, **config: float) -> ServedModel:
    model = get_model(f"mockllm/{name}", config=GenerateConfig(**config), memoize=False)  # type: ignore[arg-type]
    return ServedModel.of(model, engine)


async def both(answers: Answers, *dialogues: list[str]) -> list[str]:
    """Dialogues side by side, each a question after the other, by two models in turn."""
    engine = Engine()

    async def talk(questions: list[str]) -> str:
        said = []
        for turn, question in enumerate(questions):
            model = served(engine, "ab"[turn % 2])
            said.append((await model.generate(question)).completion)
        return " / ".join(said)

    async with engine, Streams(answers, engine):
        return await asyncio.gather(*[talk(questions) for questions in dialogues])


def test_each_model_has_one_stream_until_the_end() -> None:
    """Answers come in another order than requests; each finds its own."""
    answers = Answers(together=2)
    said = asyncio.run(both(answers, ["1", "2", "3", "4"], ["5", "6", "7", "8"]))
    assert said == ["re: 1 / re: 2 / re: 3 / re: 4", "re: 5 / re: 6 / re: 7 / re: 8"]
    assert answers.opened == answers.ended == {"mockllm/a": 1, "mockllm/b": 1}


def test_a_model_in_two_roles_is_one_stream_and_each_keeps_its_settings() -> None:
    async def run(answers: Answers) -> None:
        engine = Engine()
        async with engine, Streams(answers, engine):
            warm, plain = served(engine, "a", temperature=0.5), served(engine, "a")
            await asyncio.gather(warm.generate("warm"), plain.generate("plain"))

    answers = Answers()
    asyncio.run(run(answers))
    assert answers.opened == {"mockllm/a": 1}
    assert {r.messages: r.config.temperature for r in answers.asked} == {"warm": 0.5, "plain": None}
    # what opens it again elsewhere adds nothing to a request
    assert answers.models[0].config == GenerateConfig()


def test_other_arguments_are_another_model() -> None:
    async def run(answers: Answers) -> None:
        engine = Engine()
        async with engine, Streams(answers, engine):
            for size in (1, 2):
                model = get_model("mockllm/a", memoize=False, size=size)
                await ServedModel.of(model, engine).generate("x")

    answers = Answers()
    asyncio.run(run(answers))
    assert answers.opened == {"mockllm/a": 2}


def test_a_failure_is_its_request_s() -> None:
    async def run() -> list[ModelOutput | BaseException]:
        engine = Engine()
        async with engine, Streams(Answers(), engine):
            asked = [served(engine, "a").generate(text) for text in ("good", "bad")]
            return await asyncio.gather(*asked, return_exceptions=True)

    good, failed = asyncio.run(run())
    assert isinstance(good, ModelOutput)
    assert isinstance(failed, NoAnswerError)
    assert "no such parameter" in str(failed)


def test_a_model_that_is_gone_fails_all_that_wait_for_it_and_all_later() -> None:
    """Another model's requests are answered as before."""

    async def run(answers: Answers) -> list[ModelOutput | BaseException]:
        engine = Engine()
        async with engine, Streams(answers, engine):
            a, b = served(engine, "a"), served(engine, "b")
            asked = [model.generate(text) for model, text in ((b, "1"), (a, "2"), (a, "stop"))]
            found = await asyncio.gather(*asked, return_exceptions=True)
            return [*found, *await asyncio.gather(a.generate("3"), return_exceptions=True)]

    class Slow(Answers):
        def answer(self, model: Model, request: Request) -> Answer:
            assert str(model) == "mockllm/b"
            return super().answer(model, request)

        async def __call__(
            self, model: Model, requests: AsyncIterable[Request]
        ) -> AsyncIterator[Answer]:
            self.together = 1 if str(model) == "mockllm/b" else 99
            async for answer in super().__call__(model, requests):
                yield answer

    found = asyncio.run(run(Slow()))
    assert isinstance(found[0], ModelOutput)
    assert all(isinstance(one, UserError) and str(one) == "the model is gone" for one in found[1:])


def test_a_run_that_fails_ends_its_streams() -> None:
    """Without waiting for what is under way: nobody answers here."""
    answers = Answers(together=99)

    async def run() -> None:
        engine = Engine()
        async with engine, Streams(answers, engine):
            asked = asyncio.create_task(served(engine, "a").generate("1"))
            while not answers.asked:
                await asyncio.sleep(0)
            asked.cancel()
            raise UserError("another sample's fault")

    with pytest.raises(UserError, match="another sample's fault"):
        asyncio.run(run())
    assert answers.ended == {"mockllm/a": 1}

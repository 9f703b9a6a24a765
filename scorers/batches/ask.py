"""Many requests to one model by batches of its provider: half the price, in up to a day."""

from __future__ import annotations

import json
from asyncio import sleep
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from inspect_ai.model import Model

from cosapien import UserError
from scorers.asking import (
    Answer,
    AskingStopped,
    Engine,
    NoAnswerError,
    Request,
    ServedModel,
    Shards,
    ask,
    one_line,
    retry_of,
)
from scorers.batches.exchange import Exchange
from scorers.batches.making import Maker, provider_of
from scorers.batches.options import BatchOptions
from scorers.batches.providers.provider import State
from scorers.batches.records import Batch
from scorers.batches.watching import Watch

_ALONE = "alone"


async def ask_by_batch(
    model: Model, requests: Iterable[Request], work: Path, options: BatchOptions | None = None
) -> AsyncIterator[Answer]:
    """Ask all requests by batches, and give each answer when its batch has ended.

    Batches go on at the provider when this process ends. The same call later, on any machine that has
    the work folder, waits for the same batches, and asks only what none of them holds.

    Args:
        model: An `openai/` or `anthropic/` model, as `get_model` opened it.
        requests: In any number; all of them are in memory. Their ids say which are the same.
        work: Folder of the batches, of this model alone.
        options: How batches are made and waited for.

    Yields:
        One answer for each request; its `failure` says why there is none.

    Raises:
        UserError: The model takes no batches, an id is used twice, another process uses the folder.
        AskingStopped: The provider takes no batch, or somebody ended one. What is answered is kept.
    """
    left: dict[str, Request] = {}
    for request in requests:
        if request.id in left:
            raise UserError(f"two requests have the id {request.id!r}: ids must be unique")
        left[request.id] = request
    with _only_here(work):
        async for answer in _Asking(model, left, work, options or BatchOptions()).answers():
            yield answer


@contextmanager
def _only_here(work: Path) -> Iterator[None]:
    work.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(work / ".lock", timeout=0):
            yield
    except Timeout:
        raise UserError(f"{work}: another process waits for its batches already") from None


class _Asking:
    """One call of `ask_by_batch`."""

    def __init__(
        self, model: Model, left: dict[str, Request], work: Path, options: BatchOptions
    ) -> None:
        self._model, self._left, self._work, self._options = model, left, work, options
        self._exchange = Exchange(model)
        self._provider = provider_of(model, options)
        self._maker = Maker(self._exchange, self._provider, work, options)
        self._watch = Watch(model, self._provider, options)
        self._tries: Counter[str] = Counter()
        self._again: list[Request] = []
        self._held: list[Request] = []  # while the provider's queue is full

    async def answers(self) -> AsyncIterator[Answer]:
        known = await self._maker.known()
        async for answer in self._earlier(known):
            yield answer
        flying = [b for b in known if b.record.ended is None and self._wanted(b)]
        held = {name for batch in flying for name in batch.record.ids}
        self._again = [request for name, request in self._left.items() if name not in held]
        while self._again or flying:
            new, self._again = self._again, []
            if len(new) < self._options.alone:
                async for answer in self._ask_alone(new):
                    yield answer
            else:
                async for made in self._maker.make(new):
                    if isinstance(made, Batch):
                        flying.append(made)
                    else:
                        del self._left[made.id]
                        yield made
            if flying:
                batch, state = await self._watch.first(flying)
                flying.remove(batch)
                await self._provider.fetch(batch, state.status)
                async for answer in self._read(batch, state, bool(flying)):
                    yield answer

    def _wanted(self, batch: Batch) -> bool:
        return any(name in self._left for name in batch.record.ids)

    async def _earlier(self, known: list[Batch]) -> AsyncIterator[Answer]:
        """What earlier calls brought; failures are asked again."""
        if (self._work / _ALONE).exists():
            for line in Shards(self._work / _ALONE).lines():
                answer = Answer.model_validate_json(line)
                if self._left.pop(answer.id, None) is not None:
                    yield answer
        for batch in known:
            if batch.record.ended is not None and self._wanted(batch):
                for request, result in self._results(batch):
                    found, _ = await self._outcome(request, result)
                    if found is not None and found.output is not None:
                        del self._left[request.id]
                        yield found
                        await sleep(0)  # who waits for it may go on

    async def _read(self, batch: Batch, state: State, others: bool) -> AsyncIterator[Answer]:
        """The answers of a batch that has just ended."""
        name = batch.record.batch_id
        if state.full:
            if not others:
                raise AskingStopped(
                    f"{self._model}: batch {name} was refused ({state.fault}). Make smaller batches "
                    "(--batch-size), or run the same command again when others have ended"
                )
            self._held += [self._left[x] for x in batch.record.ids if x in self._left]
            return
        self._again, self._held = self._again + self._held, []
        if state.fault is not None:
            raise AskingStopped(f"{self._model}: batch {name} was refused ({state.fault})")
        lost = 0
        for request, result in self._results(batch):
            answer, reason = await self._outcome(request, result)
            if answer is None and not state.cancelled:
                self._tries[request.id] += state.status != "failed"
                if self._tries[request.id] < self._options.tries:
                    self._again.append(request)
                    continue
                answer = Answer(id=request.id, output=None, failure=reason)
            if answer is None:
                lost += 1
                continue
            del self._left[request.id]
            yield answer
            await sleep(0)  # who waits for it may go on
        if lost:
            raise AskingStopped(
                f"{self._model}: batch {name} was cancelled, {lost:,} of its requests have no answer. "
                "What is answered is kept: the same command asks the rest in another batch"
            )

    def _results(self, batch: Batch) -> Iterator[tuple[Request, object]]:
        """Requests of a batch that have no answer yet, each with what came back."""
        seen: set[str] = set()
        with batch.results.open(encoding="utf-8") as lines:
            for line in lines:
                result: object
                try:
                    data = json.loads(line)
                    name = batch.record.request_id(str(data["custom_id"]))
                    result = self._provider.result(data)
                except (ValueError, LookupError, TypeError, AttributeError):
                    continue  # what is no result is none: its request counts as not processed
                request = self._left.get(name or "")
                if request is not None and request.id not in seen:
                    seen.add(request.id)
                    yield request, result
        for name in batch.record.ids:
            if name in self._left and name not in seen:
                yield self._left[name], NoAnswerError("its batch has no result for it")

    async def _outcome(self, request: Request, result: object) -> tuple[Answer | None, str]:
        """The answer, or None and why the request should be sent again."""
        try:
            output = await self._exchange.output(request, result)
        except UserError:
            raise
        except Exception as error:  # each provider raises its own errors
            reason = one_line(error)
            if retry_of(self._model, error).again:
                return None, reason
            return Answer(id=request.id, output=None, failure=reason), reason
        return Answer(id=request.id, output=output, failure=None), ""

    async def _ask_alone(self, requests: list[Request]) -> AsyncIterator[Answer]:
        if not requests:
            return
        async with Engine(self._options.settings) as engine:
            served = ServedModel.of(self._model, engine)
            async for answer in ask(engine, served, requests, self._work / _ALONE):
                if self._left.pop(answer.id, None) is not None:
                    yield answer

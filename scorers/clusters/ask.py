"""Many requests to one model on many machines: answers as blocks finish, kept over an interruption."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from inspect_ai.model import Model

from cosapien import UserError
from scorers.asking import Answer, AskingStopped, Request, Shards, one_line
from scorers.asking.tallies import Tally
from scorers.clusters.cluster import Cluster
from scorers.clusters.endpoints import by_endpoint
from scorers.clusters.feeding import Feeder, blocks_of
from scorers.clusters.models import ModelSpec, is_local
from scorers.progress import Progress

Row = dict[str, Any]


async def ask_by_ray(
    cluster: Cluster,
    model: Model,
    requests: Iterable[Request] | AsyncIterable[Request],
    work: Path | None = None,
    *,
    what: str | None = None,
    total: int | None = None,
) -> AsyncIterator[Answer]:
    """Ask all requests on a cluster, and give each answer when its block is there.

    `vllm/MODEL` without an address runs on the cluster's own machines, in vLLM engines of Ray Data LLM.
    A model with an address that speaks OpenAI's chat completions is asked there. Requests and answers
    are those of `scorers.asking.ask`, and so is the work folder: one can go on where the other ended.

    Requests are read as they are needed, and answers wait for their reader, so that memory does not
    grow with their number. One call loads the model once: where requests follow from answers, give an
    async iterable that waits for them rather than calling again.

    Args:
        cluster: An open cluster.
        model: The model, as `get_model` opened it.
        requests: In any number.
        work: Folder in which answers are kept: after an interruption, the same call gives them again
            and asks only the rest. Failures are not kept.
        what: Label of a progress bar, or of a line every half minute, on stderr; None: no progress.
        total: How many requests there are, for the progress; None: not known.

    Yields:
        Answers, in the order in which they come. A request without one has its `failure`.

    Raises:
        AskingStopped: The model is gone, refuses everything, or cannot be run.
        UserError: The model or the cluster does not fit; an id is used twice.
    """
    shards = None if work is None else Shards(work)
    kept: set[str] = set()
    if shards is not None:
        for line in shards.lines():
            earlier = Answer.model_validate_json(line)
            kept.add(earlier.id)
            yield earlier
    run = _Run(cluster, model)
    progress = Progress(what, total, len(kept), cluster.tallies, "requests")
    with cluster.room(str(model), run.cpus, run.gpus), progress:
        try:
            async for line, answer in run.answers(_fresh(requests, kept, shards is not None)):
                if shards is not None and answer.failure is None:
                    shards.add(line)
                progress.step()
                yield answer
        finally:
            if shards is not None:
                shards.write()


async def _fresh(
    requests: Iterable[Request] | AsyncIterable[Request], kept: set[str], unique: bool
) -> AsyncIterator[Request]:
    """Requests that are not answered yet, checked."""
    seen: set[str] = set()
    source = requests if isinstance(requests, AsyncIterable) else _each(requests)
    async for request in source:
        if unique:  # only there two requests could be taken for each other
            if request.id in seen:
                raise UserError(f"two requests have the id {request.id!r}: ids must be unique")
            seen.add(request.id)
        if request.id not in kept:
            yield request


async def _each(requests: Iterable[Request]) -> AsyncIterator[Request]:
    for request in requests:
        yield request


class _Run:
    """One pipeline from its first block to its last answer."""

    def __init__(self, cluster: Cluster, model: Model) -> None:
        self._name, self._settings = str(model), cluster.settings
        self._tally: Tally = cluster.tallies[self._name]
        spec = ModelSpec.of(model)
        if is_local(model):
            from scorers.clusters.engines.replicas import Replicas

            replicas = Replicas(spec, self._settings)
            self.cpus, self.gpus, self._pipeline = replicas.cpus, replicas.gpus, replicas.pipeline
        else:
            self.cpus, self.gpus = self._settings.cpus, 0.0
            self._pipeline = lambda blocks: by_endpoint(blocks, spec, self._settings)
        self._open: dict[int, set[int]] = {}
        self._room = asyncio.Semaphore(self._settings.window)
        self._arrived: asyncio.Queue[Row | Exception | None] = asyncio.Queue(self._settings.window)
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        self._feeder: Feeder

    async def answers(self, requests: AsyncIterator[Request]) -> AsyncIterator[tuple[str, Answer]]:
        """Each answer, as JSON and as what it is."""
        self._feeder = Feeder()
        reading = asyncio.create_task(self._read(requests))
        try:
            while (row := await self._arrived.get()) is not None:
                if isinstance(row, Exception):
                    raise row
                for found in self._take(row):
                    yield found
                if row["stopped"]:
                    raise AskingStopped(row["stopped"])
            if self._open:
                raise AskingStopped(
                    f"{self._name}: the cluster ended with {sum(map(len, self._open.values()))} "
                    "requests unanswered. What is finished is kept: run the same command again"
                )
        finally:
            self._ended.set()
            reading.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await reading
            with suppress(Exception):  # the cluster may be gone
                await self._feeder.close(0)

    async def _read(self, requests: AsyncIterator[Request]) -> None:
        count = 0
        try:
            async for block in blocks_of(requests, self._settings.rows):
                if not count:  # a model is not loaded where nothing is left to ask
                    # a daemon: where a server hangs, the end of the cluster ends it
                    threading.Thread(target=self._collect, daemon=True).start()
                await self._room.acquire()
                self._open[count] = set(range(len(block)))
                await self._feeder.put(count, block)
                count += 1
            if count:
                await self._feeder.close(count)
            else:
                await self._arrived.put(None)
        except Exception as error:
            await self._arrived.put(error)

    def _take(self, row: Row) -> list[tuple[str, Answer]]:
        """New answers of a row; a block that was lost and asked again can come twice."""
        left = self._open.get(row["index"], set())
        found = []
        for place, line in zip(row["places"], row["answers"], strict=True):
            if place in left:
                left.remove(place)
                found.append((line, self._counted(Answer.model_validate_json(line))))
        self._tally.retries += row["retries"]
        if row["index"] in self._open and not left:
            del self._open[row["index"]]
            self._feeder.done(row["index"])
            self._room.release()
        return found

    def _counted(self, answer: Answer) -> Answer:
        if answer.output is None:
            reason = answer.failure or ""
            self._tally.count_failure(self._name, reason, passing=False, refused=False)
        else:
            usage = answer.output.usage
            tokens = (0, 0) if usage is None else (usage.input_tokens, usage.output_tokens)
            self._tally.count_answer(*tokens)
        return answer

    def _collect(self) -> None:
        """In a thread of its own, since Ray Data waits: rows into the queue, while there is room."""
        try:
            rows = self._pipeline(self._feeder.blocks()).iter_batches(
                batch_size=None, batch_format="pyarrow", prefetch_batches=0
            )
            for table in rows:
                for row in table.to_pylist():
                    self._hand_over(row)
                if self._ended.is_set():
                    return
            self._hand_over(None)
        except UserError as error:
            self._hand_over(error)
        except Exception as error:  # Ray raises its own, and those of vLLM
            self._hand_over(_stopped(self._name, error))

    def _hand_over(self, row: Row | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            handed = asyncio.run_coroutine_threadsafe(self._arrived.put(row), self._loop)
            while not self._ended.is_set():
                with suppress(TimeoutError):
                    handed.result(timeout=1.0)
                    return


def _stopped(name: str, error: Exception) -> AskingStopped:
    """Ray's errors are whole tracebacks; the last line says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[-1][:300] if lines else one_line(error)
    return AskingStopped(
        f"{name} cannot be asked on the Ray cluster ({type(error).__name__}: {said}). What is finished "
        "is kept: run the same command again"
    )

"""A connection to a Ray cluster, or a cluster of this machine for as long as a block lasts."""

from __future__ import annotations

import logging
import os
import socket
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from cosapien import UserError
from scorers.asking import one_line
from scorers.asking.tallies import Tally
from scorers.clusters.settings import ClusterSettings

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray reports its use to a server of its makers
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # or it warns that this will change
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # its processes write into the terminal of this one
    "RAY_task_events_report_interval_ms": "0",  # or the head keeps a record of every block
}
"""What Ray is told through the environment; a value that the user has set stands."""
ROUNDING = 1e-6
"""Sums of parts of a processor differ by so much from what they should be."""
_held: dict[str, float] = defaultdict(float)
"""CPUs and GPUs of all replicas of this process, which has one connection to Ray for all models."""


class Cluster:
    """A Ray cluster; an async context manager, since it holds a connection.

    Example:
        >>> async with Cluster(ClusterSettings(replicas=8)) as cluster:  # doctest: +SKIP
        ...     async for answer in ask_by_ray(cluster, model, requests):
        ...         print(answer.id, answer.output or answer.failure)
    """

    def __init__(self, settings: ClusterSettings | None = None) -> None:
        """Prepares a cluster; nothing is started.

        Args:
            settings: Where it is, and how models are asked.
        """
        self.settings = settings or ClusterSettings()
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        """What was asked so far, by the model's name, as `Engine.tallies`."""
        self._ours = False

    async def __aenter__(self) -> Self:
        ray = _ray()
        if not ray.is_initialized():  # else the caller's own connection is used
            self._ours = True
            _connect(ray, self.settings)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ours:
            _ray().shutdown()
            self._ours = False

    @contextmanager
    def room(self, name: str, cpus: float, gpus: float) -> Iterator[None]:
        """Hold a place for each replica of a model, for the length of a block.

        Ray would wait without end for a place that is not there, or that another model's replicas hold.

        Args:
            name: The model's.
            cpus: Processors of one replica.
            gpus: GPUs of one replica.

        Raises:
            UserError: There is no place for all of them.
        """
        ray = _ray()
        if not ray.is_initialized():
            raise RuntimeError("the cluster is not open: use it in `async with`")
        have = ray.cluster_resources()
        count = self.settings.replicas
        wanted = {"CPU": cpus * count, "GPU": gpus * count}
        for what, needed in wanted.items():
            if needed > 0 and needed + _held[what] > have.get(what, 0.0) + ROUNDING:
                replicas = "1 replica needs" if count == 1 else f"{count} replicas need"
                taken = _held[what] > ROUNDING
                others = f", of which other models hold {_held[what]:g}" if taken else ""
                raise UserError(
                    f"{name}: {replicas} {needed:g} {what}s, the Ray cluster has "
                    f"{have.get(what, 0.0):g}{others}: start more workers, set fewer replicas, or ask "
                    "fewer models at a time"
                )
        for what, needed in wanted.items():
            _held[what] += needed
        try:
            yield
        finally:
            for what, needed in wanted.items():
                _held[what] -= needed


def _ray() -> Any:  # noqa: ANN401 - a package that need not be installed
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError(
            f'Ray is missing ({error}): pip install -e ".[ray]" on every machine of the cluster'
        ) from None
    return ray


def _connect(ray: Any, settings: ClusterSettings) -> None:  # noqa: ANN401
    address = settings.address or os.environ.get("RAY_ADDRESS")
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        options |= {"include_dashboard": False, "object_store_memory": settings.object_store}
    try:
        _reach(address)
        with _silent():
            ray.init(address=address or "local", **options)
    except (OSError, RuntimeError, ValueError) as error:
        where = "cannot be started on this machine" if address is None else f"{address}: no cluster"
        raise UserError(
            f"Ray {where} ({one_line(error)}): expected the address of a running head "
            "(`ray start --head --port 6379`), with the same Python and the same Ray"
        ) from error
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"ray\..*")
    # it takes the one task that reads, which goes on giving blocks, for all the input there is
    warnings.filterwarnings("ignore", message="The maximum number of concurrent tasks")
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)


def _reach(address: str | None) -> None:
    """See that somebody listens at an address `HOST:PORT`: Ray itself tries for minutes."""
    if address is None or ":" not in address:
        return
    host, _, port = address.rpartition(":")
    if not port.isdigit() or "/" in host:
        raise ValueError("an address is HOST:PORT of the head, or auto")
    with socket.create_connection((host, int(port)), timeout=10):
        pass


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing on stderr: Ray's inside writes there past Python, even that it will write little."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - not a path of ours
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)

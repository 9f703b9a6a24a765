"""The options by which a command line names an engine."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cosapien import UserError

if TYPE_CHECKING:
    from scorers.asking import Settings
    from scorers.waves.engines import EngineOptions

ENGINES = ("async", "batch", "ray")


def add_engine_options(parser: argparse.ArgumentParser, default: str = "async") -> None:
    """Add `--engine` and the options of each engine to a command line.

    Args:
        parser: Of a verb.
        default: The engine if none is named: one of ours, or another name that the verb knows.
    """
    add = parser.add_argument
    add(
        "--engine",
        choices=tuple(dict.fromkeys([default, *ENGINES])),
        default=default,
        help="how models are asked: each request at once (async), by OpenAI's and Anthropic's "
        "batches at half the price, within a day (batch), or by the replicas of a Ray cluster (ray)"
        + ("" if default in ENGINES else f"; default: {default}"),
    )
    add("--batch-size", type=int, metavar="N", help="most requests of a batch (default: 50000)")
    add(
        "--batch-alone",
        type=int,
        metavar="N",
        help="fewer requests than this are asked at once, at the full price (default: 10)",
    )
    add(
        "--batch-poll",
        type=float,
        metavar="SECONDS",
        help="longest wait between two looks at a batch (default: 60)",
    )
    add("--cluster", metavar="ADDRESS", help="of the Ray cluster (default: RAY_ADDRESS, or none)")
    add("--replicas", type=int, metavar="N", help="replicas on the Ray cluster (default: 1)")


def engine_options(args: argparse.Namespace, asked: Settings) -> EngineOptions | None:
    """What the options say.

    Args:
        args: With the options of `add_engine_options`.
        asked: How models are asked.

    Returns:
        The engine; None if none of ours is named.

    Raises:
        UserError: An option of another engine is given, or Ray's settings cannot be used.
    """
    from scorers.batches import BatchOptions
    from scorers.waves.engines import EngineOptions

    given: dict[str, dict[str, Any]] = {
        "batch": {"size": args.batch_size, "alone": args.batch_alone, "poll": args.batch_poll},
        "ray": {"address": args.cluster, "replicas": args.replicas},
    }
    own = {
        engine: {name: value for name, value in options.items() if value is not None}
        for engine, options in given.items()
    }
    for engine, options in own.items():
        if options and args.engine != engine:
            raise UserError(f"an option of --engine {engine} is given: {', '.join(options)}")
    if args.engine not in ENGINES:
        return None
    cluster = None
    if args.engine == "ray":
        from scorers.clusters import ClusterSettings

        cluster = ClusterSettings(
            connections=asked.connections,
            retries=asked.retries,
            timeout=asked.timeout,
            per_minute=asked.per_minute,
            **own["ray"],
        )
    return EngineOptions(
        args.engine, batches=BatchOptions(settings=asked, **own["batch"]), cluster=cluster
    )

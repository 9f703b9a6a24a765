"""The verb `cosa run`: a task, run by the engine."""

from __future__ import annotations

import argparse
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cosapien import UserError
from scorers.waves import add_engine_options, engine_options

if TYPE_CHECKING:
    from inspect_ai.model import GenerateConfigArgs

    from scorers.running.options import RunOptions

Verbs = argparse._SubParsersAction  # what `ArgumentParser.add_subparsers` returns


def add_run_verb(commands: Verbs[argparse.ArgumentParser]) -> None:
    """Add `run` to a command line.

    Args:
        commands: What `ArgumentParser.add_subparsers` returns.
    """
    parser = commands.add_parser(
        "run",
        help="run a task as `inspect eval` does, several times as fast where models answer fast",
        description="Run a task and write the log that `inspect eval` writes. Options mean the same. "
        "The same command again goes on where it was ended.",
    )
    add = parser.add_argument
    add("task", help="name or file of a task, such as tasks/cosapien")
    add("--model", required=True, help="Inspect's name of the evaluated model")
    add("--model-base-url", help="address of its server")
    add("-T", dest="task_args", action="append", metavar="NAME=VALUE", help="task parameter")
    add("-M", dest="model_args", action="append", metavar="NAME=VALUE", help="model argument")
    add("--model-role", action="append", metavar="ROLE=MODEL", help="such as grader=openai/gpt-4o")
    add("--solver", help="solver in place of the task's")
    add("-S", dest="solver_args", action="append", metavar="NAME=VALUE", help="solver parameter")
    add("--limit", type=_limit, help="most samples, or a range: 10-20")
    add("--max-tokens", type=int, help="longest response, in tokens")
    add("--temperature", type=float)
    add("--top-p", type=float)
    add("--seed", type=int, help="seed of the model's sampling, where its server takes one")
    add(
        "--max-connections", type=int, help="most requests at a time, for each model (default: 100)"
    )
    add("--max-retries", type=int, help="tries beyond the first (default: 9, two to four minutes)")
    add("--timeout", type=int, help="seconds for a request with all its tries")
    add("--attempt-timeout", type=int, help="seconds for one try (default: 600)")
    add("--requests-per-minute", type=float, help="most requests a minute, for each model")
    add(
        "--cache",
        type=Path,
        metavar="FILE",
        help="keep answers in this file, and take them from it",
    )
    add("--log-dir", type=Path, help="folder of logs (default: INSPECT_LOG_DIR, or logs)")
    add_engine_options(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> str:
    from rich.markup import render

    try:
        from scorers.asking import AskingStopped
        from scorers.running.inspect_inside import PrerequisiteError
        from scorers.running.runner import run_task
    except ImportError as error:  # it needs Inspect's inside, which other versions may have changed
        raise UserError(
            f"cosa run does not know inspect-ai {version('inspect-ai')} ({error}): use `inspect eval`, "
            "or the version that this package was tested with (0.3.285)"
        ) from error

    try:
        finished = run_task(_options(args))
    except AskingStopped:
        raise
    except KeyboardInterrupt:
        raise UserError(f"stopped. {_kept(args)}: the same command goes on") from None
    except PrerequisiteError as error:  # Inspect's errors that the user can fix carry markup
        if isinstance(error, UserError):
            raise
        raise UserError(" ".join(render(str(error)).plain.split())) from error
    if finished.failed:
        name, reason = next(iter(finished.failed.items()))
        raise UserError(
            f"{len(finished.failed)} of {finished.samples} samples have no answer, the first is {name}: "
            f"{reason}. The log {finished.log} has status error; run the same command again to ask "
            "only for these"
        )
    return (
        f"{finished.samples:,} samples, {finished.asked}, {finished.seconds:,.0f} s\n"
        f"Log: {finished.log}"
    )


def _log_dir(args: argparse.Namespace) -> Path:
    return args.log_dir or Path(os.environ.get("INSPECT_LOG_DIR", "logs"))


def _kept(args: argparse.Namespace) -> str:
    """What an ended run leaves, here and at a provider."""
    from scorers.batches import batches_in, under_way
    from scorers.running.kept import FOLDER

    finished = "What is finished is kept"
    flying = under_way(list(batches_in(_log_dir(args) / FOLDER)))
    if not flying:
        return finished
    return (
        f"{finished}, and the provider works on: {', '.join(flying)} (to end them: cosa batches "
        f"cancel {_log_dir(args)})"
    )


def _options(args: argparse.Namespace) -> RunOptions:
    from scorers.asking import Settings
    from scorers.running.inspect_inside import parse_cli_args, parse_model_role_cli_args
    from scorers.running.options import RunOptions
    from scorers.waves import EngineOptions

    config: dict[str, Any] = {
        name: value
        for name in (
            "max_tokens",
            "temperature",
            "top_p",
            "seed",
            "max_connections",
            "max_retries",
            "timeout",
            "attempt_timeout",
        )
        if (value := getattr(args, name)) is not None
    }
    if args.cache is not None:
        config["cache"] = True
    settings: dict[str, Any] = {"per_minute": args.requests_per_minute, "cache": args.cache}
    if args.max_connections is not None:
        settings["connections"] = args.max_connections
    asked = Settings(**settings)
    return RunOptions(
        task=args.task,
        model=args.model,
        model_base_url=args.model_base_url,
        task_args=parse_cli_args(args.task_args),
        model_args=parse_cli_args(args.model_args),
        model_roles=dict(parse_model_role_cli_args(tuple(args.model_role or ()))),
        solver=args.solver,
        solver_args=parse_cli_args(args.solver_args),
        limit=args.limit,
        config=cast("GenerateConfigArgs", config),
        log_dir=_log_dir(args),
        settings=asked,
        engine=engine_options(args, asked) or EngineOptions(),
    )


def _limit(text: str) -> int | tuple[int, int]:
    first, dash, last = text.partition("-")
    try:
        return (int(first) - 1, int(last)) if dash else int(first)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected a number, or a range: 10-20"
        ) from None

"""The verbs of `cosa batches`: what the provider is working on, and how to end it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from cosapien import UserError
from scorers.text import table

UNKNOWN = "not known"
"""Of a batch that the provider was asked to make when the process ended."""
Verbs = argparse._SubParsersAction  # what `ArgumentParser.add_subparsers` returns


def add_batch_verbs(commands: Verbs[argparse.ArgumentParser]) -> None:
    """Add `batches list` and `batches cancel` to a command line.

    Args:
        commands: What `ArgumentParser.add_subparsers` returns.
    """
    group = commands.add_parser("batches", help="show or end the batches of runs")
    verbs = group.add_subparsers(required=True, metavar="VERB")
    for name, run, text in (
        ("list", _list, "show the batches of runs that have not ended"),
        ("cancel", _cancel, "end the batches of runs; what is answered is kept, and paid"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument(
            "folder",
            type=Path,
            nargs="?",
            help="folder of logs, or of one run's work (default: INSPECT_LOG_DIR, or logs)",
        )
        verb.set_defaults(run=run)


def _folder(args: argparse.Namespace) -> Path:
    folder: Path = args.folder or Path(os.environ.get("INSPECT_LOG_DIR", "logs"))
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected a folder of logs")
    return folder


def _list(args: argparse.Namespace) -> str:
    from scorers.batches.records import batches_in

    folder = _folder(args)
    rows = [
        [
            record.batch_id or UNKNOWN,
            record.model,
            f"{len(record.ids):,}",
            record.ended or ("under way" if record.batch_id else UNKNOWN),
        ]
        for record in batches_in(folder)
    ]
    return table(["batch", "model", "requests", "ended"], rows) if rows else f"{folder}: no batches"


def _cancel(args: argparse.Namespace) -> str:
    import asyncio

    from inspect_ai.model import get_model

    from scorers.asking import one_line
    from scorers.batches.making import provider_of
    from scorers.batches.options import BatchOptions
    from scorers.batches.records import BatchRecord, batches_in

    async def cancel(record: BatchRecord, batch_id: str) -> None:
        model = get_model(record.model, base_url=record.base_url, memoize=False)
        await provider_of(model, BatchOptions()).cancel(batch_id)

    folder, done = _folder(args), []
    for record in batches_in(folder):
        if record.batch_id is None or record.ended is not None:
            continue
        try:
            asyncio.run(cancel(record, record.batch_id))
        except Exception as error:  # each client raises its own errors
            raise UserError(
                f"{record.model}: batch {record.batch_id} cannot be ended ({one_line(error)})"
            ) from error
        done.append(record.batch_id)
    return (
        f"asked the provider to end: {', '.join(done)}" if done else f"{folder}: none is under way"
    )

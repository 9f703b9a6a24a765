"""`python -m tasks.real_model`, or `make real`: a real model's row on a board.

Fetches a small open model, runs the contrast set and one level of generated policies on it, submits
both logs to a results folder, and prints the scores. The same command goes on where it was stopped.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from filelock import FileLock, Timeout

from cosapien import UserError
from tasks.real_model.board import report, serve, submit
from tasks.real_model.convert import Made, prepare
from tasks.real_model.engine import find_engine
from tasks.real_model.plans import LEVELS, plans
from tasks.real_model.run import run
from tasks.real_model.source import SMOLLM2, Source

SLOW: Final = (
    "no vLLM here (neither in this environment nor in .venv-vllm): transformers answers, which takes "
    "longer (docs/real_model.md)"
)


def main(argv: Sequence[str] | None = None, source: Source = SMOLLM2) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.
        source: The model.

    Returns:
        0, or 1 after an error, which is printed to stderr in one line; 130 if it was interrupted.
    """
    args = _parser().parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A run is stopped in order; also in the background, where shells let SIGINT be ignored.
        signal.signal(number, _interrupt)
    try:
        return _main(args, source)
    except (UserError, OSError) as error:
        print(f"real_model: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("real_model: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130


def _main(args: argparse.Namespace, source: Source) -> int:
    here = Path.cwd()
    models, logs, results = here / "models", here / args.logs, here / args.results
    models.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(models / f".{source.name}.lock", timeout=0):
            made = prepare(source, models)
            if args.model_only:
                print(f"the model: {_short(models / source.name)}")
                return 0
            done = _rows(args, source, made, models, logs, results)
    except Timeout:
        raise UserError(
            f"{models}: another real_model is at work here; wait for its end, or end it"
        ) from None
    for log in done:
        report(_short(log))
    board = f"leaderboard serve --dir {_short(results)}"
    if args.no_board or not sys.stdout.isatty():
        print(f"\nthe board: {board}")
        return 0
    return serve(results)


def _rows(
    args: argparse.Namespace, source: Source, made: Made, models: Path, logs: Path, results: Path
) -> list[Path]:
    """Make both rows; the logs."""
    engine = find_engine(Path.cwd())
    if engine.provider == "hf":
        print(SLOW, flush=True)
    done = []
    for plan in plans(source.name, made.weights, engine, level=args.level, limit=args.limit):
        done.append(run(plan, engine, models, logs))
        submit(done[-1], results, source)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tasks.real_model",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--logs", type=Path, default=Path("logs/real_model"), help="folder of the logs"
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="results folder")
    parser.add_argument(
        "--limit", type=_count, help="only the first LIMIT records of each: a trial, not ranked"
    )
    parser.add_argument(
        "--level",
        type=int,
        choices=LEVELS,
        default=1,
        help="of the generated policies (default: 1)",
    )
    parser.add_argument(
        "--model-only", action="store_true", help="make the model's folder, and run nothing"
    )
    parser.add_argument(
        "--no-board", action="store_true", help="print the board's command instead of opening it"
    )
    return parser


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError
    return count


def _short(path: Path) -> Path:
    """A path as a person would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

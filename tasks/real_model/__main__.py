"""`python -m tasks.real_model`, or `make real`: a real model's row on a board.

Fetches a small open model, runs the contrast set and one level of generated policies on it, submits
the logs to a results folder, and prints the scores; by other methods too, if asked for. The same command
goes on where it was stopped.
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
from tasks.real_model.board import report, serve, shipped, submit
from tasks.real_model.convert import Made, prepare
from tasks.real_model.engine import Engine, find_engine
from tasks.real_model.finding import finished, logs_of
from tasks.real_model.plans import LEVELS, Plan, plans
from tasks.real_model.progress import Ahead
from tasks.real_model.rows.methods import METHODS, parse_rows
from tasks.real_model.rows.models import original, trained
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
    engine = find_engine(here)
    models.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(models / f".{source.name}.lock", timeout=0):
            made = prepare(source, models)
            if args.model_only:
                print(f"the model: {_short(models / source.name)}")
                return 0
            todo = _plans(args, source, made, engine, models)
            done = _rows(todo, engine, models, logs, results)
    except Timeout:
        raise UserError(
            f"{models}: another real_model is at work here; wait for its end, or end it"
        ) from None
    for log in done:
        report(_short(log))
    if args.compare or args.rebuild:
        return shipped("rebuild" if args.rebuild else "compare", results, engine)
    board = f"leaderboard serve --dir {_short(results)}"
    if args.no_board or not sys.stdout.isatty():
        print(f"\nthe board: {board}")
        return 0
    return serve(results)


def _plans(
    args: argparse.Namespace, source: Source, made: Made, engine: Engine, models: Path
) -> list[Plan]:
    """The runs of all rows; a trained model that cannot be had fails before the first one."""
    plain = original(source, made)
    methods = [METHODS[name] for name in args.rows]
    other = (
        trained(source, made, args.trained, models)
        if any(method.trained for method in methods)
        else plain
    )
    return [
        plan
        for method in methods
        for plan in plans(
            other if method.trained else plain,
            method,
            engine,
            models,
            level=args.level,
            limit=args.limit,
        )
    ]


def _rows(
    todo: Sequence[Plan], engine: Engine, models: Path, logs: Path, results: Path
) -> list[Path]:
    """Make all runs and submit them; the logs."""
    if engine.provider == "hf":
        print(SLOW, flush=True)
    left = [plan for plan in todo if finished(logs_of(plan, logs)) is None]
    ahead = Ahead(samples=sum(plan.records for plan in left))
    done = []
    for plan in todo:
        ahead.samples -= plan.records if plan in left else 0
        done.append(run(plan, engine, models, logs, ahead))
        submit(done[-1], results, plan.model)
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
        "--rows",
        type=parse_rows,
        default=["zero_shot"],
        metavar="ROW,ROW",
        help=f"which rows, of {', '.join(METHODS)} (default: zero_shot)",
    )
    parser.add_argument(
        "--trained",
        type=Path,
        metavar="DIR",
        help="the trained model of the row `trained` (default: its folder in models/)",
    )
    end = parser.add_mutually_exclusive_group()
    end.add_argument(
        "--no-board", action="store_true", help="print the board's command instead of opening it"
    )
    end.add_argument(
        "--compare", action="store_true", help="compare with the rows that come with the package"
    )
    end.add_argument(
        "--rebuild",
        action="store_true",
        help="put the rows among those of the package (a checkout)",
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

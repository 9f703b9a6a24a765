"""`python -m benchmarks.paper MODEL`, or `make paper MODEL=...`: the paper's tables for a model.

Prints the plan with hours and cost, asks, and runs what can be run here. The same command goes on where
it was stopped. The tables are in OUT/table.md, and with --write in tasks/README.md.
"""

import argparse
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from benchmarks.paper.costs import Assumed, records_of, size_of
from benchmarks.paper.figures import Figures, read_figures
from benchmarks.paper.job import FAMILIES, PAIRS, PUBLISHED_DATA, RECIPE, REPO, Job, made_output
from benchmarks.paper.needs import Machine, this_machine
from benchmarks.paper.plan import Planned, plan, render_plan
from benchmarks.paper.running import score, train
from benchmarks.paper.steps import STEPS, Step
from benchmarks.paper.table import render, write_ours
from cosapien import UserError
from cosapien.whole import replaced_file

README = REPO / "tasks" / "README.md"


def main(argv: Sequence[str] | None = None, readme: Path = README) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.
        readme: The page that --write writes to.

    Returns:
        0; 1 if a figure that was asked for is not established, or after an error, which is printed in
        one line; 130 if it was interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    args = _parser().parse_args(words)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _main(args, f"python -m benchmarks.paper {shlex.join(words)}", readme)
    except (UserError, OSError) as error:
        print(f"paper: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("paper: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130


def _main(args: argparse.Namespace, command: str, readme: Path) -> int:
    job = _job(args)
    if args.write and job.unofficial:
        raise UserError(f"--write: {job.unofficial} is not written to {readme}")
    steps = _steps(args.only)
    recipe, machine = job.load_recipe(), this_machine()
    assumed = _assumed(args)
    planned = plan(job, steps, recipe, machine, assumed)
    print(render_plan(job, planned, recipe, machine, assumed), flush=True)
    if args.plan:
        return 0
    if all(p.fault for p in planned):
        raise UserError(f"nothing can start: {planned[0].step.name}: {planned[0].fault}")
    _confirm(args.yes)
    job.out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(job.out / ".lock", timeout=0):
            failed = _run(job, planned, machine)
            figures = read_figures(job)
            text = render(job, figures, command)
            with replaced_file(job.out / "table.md") as part:
                part.write_text(text, encoding="utf-8")
            if args.write:
                write_ours(readme, text)
    except Timeout:
        raise UserError(f"{job.out}: another run is at work here; wait for it, or end it") from None
    print(f"\n{text}")
    return _verdict(job, planned, figures, failed)


def _run(job: Job, planned: Sequence[Planned], machine: Machine) -> dict[str, str]:
    """Run the steps in their order; why steps failed or were skipped, by name."""
    failed: dict[str, str] = {}
    for number, p in enumerate(planned, start=1):
        step = p.step
        left = [q.cost.hours for q in planned[number - 1 :] if not q.fault]
        known = [hours for hours in left if hours is not None]
        about = f", about {sum(known):.1f} h left by the plan" if len(known) == len(left) else ""
        print(f"[{number} of {len(planned)}] {step.name}{about}", flush=True)
        try:
            if p.fault:
                raise UserError(p.fault)
            _check_model(job, step, failed)
            if step.suite is None:
                train(job, step)
            else:
                n = sum(records_of(job, step, row) for row in p.rows)
                score(job, step, p.rows, machine.engine, n)
        except UserError as error:
            failed[step.name] = str(error)
            print(f"paper: {step.name}: not established: {error}", file=sys.stderr, flush=True)
    return failed


def _check_model(job: Job, step: Step, failed: dict[str, str]) -> None:
    """Refuse a step whose model was not made."""
    if step.needs in failed:
        raise UserError(f"it needs the step {step.needs}, which failed")
    if step.suite and step.who != "base" and made_output(job.stage(step.who)) is None:
        raise UserError(f"it needs the step {step.needs}, which is not made in {job.training}")


def _verdict(
    job: Job, planned: Sequence[Planned], figures: Sequence[Figures], failed: dict[str, str]
) -> int:
    wanted = {p.step.name for p in planned}
    rows = [f for f in figures if f.step.name in wanted]
    absent = sum(not f.established for f in rows)
    print(f"{len(rows) - absent} of {len(rows)} figures; the tables: {job.out / 'table.md'}")
    for name, why in failed.items():
        print(f"paper: {name}: {why}", file=sys.stderr)
    for p in planned:
        for task, why in p.left_out.items():
            print(f"paper: {p.step.name}, {task}: {why}", file=sys.stderr)
    return int(bool(absent or failed))


def _job(args: argparse.Namespace) -> Job:
    folder = Path(args.model).expanduser()
    model = str(folder.resolve()) if folder.is_dir() else args.model
    if not folder.is_dir() and model.count("/") != 1:
        raise UserError(f"{model}: no such folder, and no name on the Hub; expected ORG/MODEL")
    out = args.out or Path("runs") / "paper" / model.rpartition("/")[2]
    return Job(
        model=model,
        judge=args.judge,
        family=args.published_as or FAMILIES.get(model),
        recipe=args.recipe.resolve(),
        changes=tuple(args.changes),
        data={"cosapien": _source(args.cosapien), "cosalign_test": _source(args.cosalign_test)},
        pairs=_source(args.pairs),
        limit=args.limit,
        out=out.resolve(),
    )


def _source(text: str) -> str:
    """Data by name, or a file by its absolute path: steps run in another folder."""
    is_file = text.endswith((".jsonl", ".parquet"))
    return str(Path(text).expanduser().resolve()) if is_file else text


def _assumed(args: argparse.Namespace) -> Assumed:
    read_price, write_price = args.judge_price
    read_speed, write_speed = args.speed
    return Assumed(
        billions=args.billions or size_of(args.model),
        gpu_price=args.gpu_price,
        judge_read_price=read_price,
        judge_write_price=write_price,
        read_speed=read_speed,
        write_speed=write_speed,
    )


def _steps(only: str | None) -> list[Step]:
    if only is None:
        return list(STEPS)
    names = only.split(",")
    known = [step.name for step in STEPS]
    for name in names:
        if name not in known:
            raise UserError(f"--only: no step {name!r}; expected some of {','.join(known)}")
    return [step for step in STEPS if step.name in names]


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("no terminal to ask in; read the plan above, then add --yes")
    if input("Start? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UserError("not started")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.paper",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    default = Assumed(None)
    add("model", help="ORG/MODEL on the Hub, or a folder")
    add("--judge", help="for example openai/gpt-4o; without one, only what needs none is run")
    add("--plan", action="store_true", help="print the plan, and run nothing")
    add("--yes", action="store_true", help="do not ask before starting")
    add("--limit", type=_count, help="a trial: N samples of each row, N training steps")
    add("--only", metavar="STEP,...", help=f"some of {', '.join(s.name for s in STEPS)}")
    add("--out", type=Path, help="folder of logs and trainings (default: runs/paper/MODEL)")
    add("--write", action="store_true", help="write the tables into tasks/README.md too")
    add("--recipe", type=Path, default=RECIPE, help="of the trainings, with released pairs")
    add(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="SECTION.FIELD=VALUE",
        help="replace a value of the recipe; may be repeated",
    )
    add("--published-as", metavar="NAME", help="the model's name in the paper's tables")
    add("--cosapien", default=PUBLISHED_DATA["cosapien"], metavar="DATA", help="other records")
    add("--cosalign-test", default=PUBLISHED_DATA["cosalign_test"], metavar="DATA", help="the same")
    add("--pairs", default=PAIRS, metavar="DATA", help="other pairs in the released form")
    add("--billions", type=float, help="parameters of the model in 1e9 (default: by its name)")
    add(
        "--gpu-price", type=float, default=default.gpu_price, help="dollars for an hour of one H100"
    )
    add(
        "--judge-price",
        type=float,
        nargs=2,
        metavar=("READ", "WRITTEN"),
        default=(default.judge_read_price, default.judge_write_price),
        help="dollars for a million tokens",
    )
    add(
        "--speed",
        type=float,
        nargs=2,
        metavar=("READ", "WRITTEN"),
        default=(default.read_speed, default.write_speed),
        help="tokens a second of 8e9 parameters on one H100",
    )
    return parser


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError
    return count


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

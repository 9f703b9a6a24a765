"""The command line `cosa`: check data before a run, read scores after it.

cosa check our_policy.jsonl          # is this file in the expected form?
cosa report logs/*.eval              # one table over runs (--by config|type|group, --usage)
cosa compare a.eval b.eval           # paired difference with interval
cosa drop plain.eval variant.eval    # what an override, a placement or a solver changes
cosa configs cosalign.eval           # the same responses under every set of allowed risks
cosa agreement judge.eval            # how a judge agrees with people and with itself
cosa generate FILE.jsonl             # generated policies and prompts as a file
cosa round new|enter|reveal DIR      # a private round of the generated benchmark
cosa run tasks/cosapien --model M    # run a task: the log of `inspect eval`, faster
cosa batches list|cancel [LOGS]      # batches that a provider is working on
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cosapien import PROMPT_TYPES, RISKS, WITHHELD, UserError, load_benchmark
from scorers.batches import add_batch_verbs
from scorers.rounds import add_round_verbs
from scorers.running import add_run_verb
from scorers.text import table

# Verbs that read logs import what they need when they run: importing Inspect takes two seconds, and
# `cosa --help` and `cosa check` do not need it.
BREAKDOWNS: tuple[Literal["config", "type", "group", "override"], ...] = (
    "config",
    "type",
    "group",
    "override",
)
"""What `cosa report --by` takes: all of `scorers.runs.summary.Field`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; the process's own by default.

    Returns:
        0, or 1 after an error, which is printed to stderr in one line.
    """
    args = _parser().parse_args(argv)
    try:
        print(args.run(args))
    except (UserError, OSError) as error:
        print(f"cosa: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cosa", description="Check policy data, and read CoSA-Scores out of Inspect logs."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check that a data set has the expected form")
    check.add_argument("dataset", help="JSONL or parquet file, Hugging Face id, or `contrast`")
    check.add_argument("--revision", help="commit, tag or branch of a Hugging Face data set")
    check.set_defaults(run=_check)

    show = commands.add_parser("report", help="show runs in one table")
    show.add_argument("logs", nargs="+", help="Inspect logs, or folders of them")
    show.add_argument(
        "--by", choices=BREAKDOWNS, help="also show each run by config, type, group or override"
    )
    show.add_argument("--usage", action="store_true", help="also show calls and tokens")
    show.add_argument("--scorer", default="cosa_score", help="name of the score to read")
    show.set_defaults(run=_report)

    pair = commands.add_parser("compare", help="compare two runs, paired by sample")
    pair.add_argument("a", help="an Inspect log")
    pair.add_argument("b", help="another log, of the same data and judge")
    pair.add_argument("--scorer", default="cosa_score", help="name of the score to read")
    pair.set_defaults(run=_compare)

    drop = commands.add_parser(
        "drop", help="compare variants of a run with the plain run, paired by sample"
    )
    drop.add_argument("plain", help="Inspect log of the plain run")
    drop.add_argument("variants", nargs="+", help="Inspect logs, or folders of them")
    drop.add_argument("--scorer", default="cosa_score", help="name of the score to read")
    drop.set_defaults(run=_drop)

    agree = commands.add_parser(
        "agreement", help="show how a judge agrees with people, from logs of tasks/judge_agreement"
    )
    agree.add_argument("logs", nargs="+", help="Inspect logs, or folders of them")
    agree.add_argument(
        "--out", type=Path, help="also write each judge's record to this folder, as JSON"
    )
    agree.set_defaults(run=_agreement)

    configs = commands.add_parser(
        "configs", help="score the responses of a run under other sets of allowed risks"
    )
    configs.add_argument("log", help="log of tasks/cosalign_test")
    configs.add_argument(
        "--allow",
        action="append",
        help="letters of the allowed risks, such as V, F+P or none; all sets by default",
    )
    configs.add_argument("--scorer", default="cosa_score", help="name of the score to read")
    configs.set_defaults(run=_configs)

    make = commands.add_parser("generate", help="write generated records to a file")
    make.add_argument("file", type=Path, help="a new JSONL file")
    make.add_argument("--level", default="3", help="1 to 5, or several: 1,3,5 (default: 3)")
    make.add_argument("--seed", default="0", help="0 to 999999; for training 1000000 to 1999999")
    make.add_argument("--knobs", help="parts of the level set by themselves: facts=24,depth=3")
    make.add_argument(
        "--training", action="store_true", help="data to train on: needs a training seed"
    )
    make.set_defaults(run=_generate)

    add_round_verbs(commands)
    add_batch_verbs(commands)
    add_run_verb(commands)
    return parser


def _check(args: argparse.Namespace) -> str:
    benchmark = load_benchmark(args.dataset, args.revision)
    counts = Counter((record.config.name, record.type) for record in benchmark.records)
    hidden = [WITHHELD] if any(record.type == WITHHELD for record in benchmark.records) else []
    kinds = [*PROMPT_TYPES, *hidden]
    rows = [
        [config.name, *(str(counts[config.name, kind]) for kind in kinds)]
        for config in benchmark.configs
    ]
    checked = sum(record.checks is not None for record in benchmark.records)
    return (
        f"{benchmark.name} at {benchmark.revision}: {len(benchmark.records)} records, "
        f"{len(benchmark.configs)} configs, {checked} with rule checks\n\n"
        + table(["config", *kinds], rows)
    )


def _generate(args: argparse.Namespace) -> str:
    from cosapien.generate import for_test, for_training, generate, make_spec, write_records

    spec = make_spec(args.level, args.seed, args.knobs)
    benchmark = generate((for_training if args.training else for_test)(spec))
    write_records(benchmark, args.file)
    purpose = "to train on, never to test on" if args.training else "a test set: not to train on"
    return f"{args.file}: {len(benchmark.records)} records of {spec}, {purpose}"


def _report(args: argparse.Namespace) -> str:
    from scorers.runs import report
    from scorers.runs.endings import endings_text
    from scorers.runs.find_logs import find_logs
    from scorers.runs.logs import read_run

    runs = [read_run(log, args.scorer) for log in find_logs(args.logs)]
    parts = [report.overview(runs)]
    names = Counter(run.name for run in runs)
    titles = [
        f"{run.name} ({Path(run.log).name})" if names[run.name] > 1 else run.name for run in runs
    ]
    for title, run in zip(titles, runs, strict=True):
        parts += [f"{title}\n{ended}\n"] if (ended := endings_text(run.endings)) else []
    for title, run in zip(titles, runs, strict=True):
        details = [report.breakdown(run, args.by)] if args.by else []
        details += [report.spending(run)] if args.usage else []
        parts += [f"## {title}\n\n" + "\n".join(details)] if details else []
    return "\n".join(parts)


def _compare(args: argparse.Namespace) -> str:
    from scorers.runs import report
    from scorers.runs.compare import compare
    from scorers.runs.logs import Run, read_run

    runs: list[Run] = [read_run(log, args.scorer) for log in (args.a, args.b)]
    return report.verdict(runs[0], runs[1], compare(runs[0], runs[1]))


def _drop(args: argparse.Namespace) -> str:
    from scorers.runs import report
    from scorers.runs.drops import drops
    from scorers.runs.find_logs import find_logs, is_same_log
    from scorers.runs.logs import LogError, read_run

    plain = read_run(args.plain, args.scorer)
    logs = [log for log in find_logs(args.variants) if not is_same_log(log, args.plain)]
    if not logs:
        raise LogError(f"no log to compare with {args.plain}: name at least one other log")
    return report.losses(plain, drops(plain, [read_run(log, args.scorer) for log in logs]))


def _agreement(args: argparse.Namespace) -> str:
    from scorers.labels.record import judge_record, record_table, write_record
    from scorers.runs.find_logs import find_logs

    parts = []
    for log in find_logs(args.logs):
        record = judge_record(log)
        parts.append(record_table(record))
        if args.out is not None:
            parts.append(f"written to {write_record(record, args.out)}")
    return "\n".join(parts)


def _configs(args: argparse.Namespace) -> str:
    from scorers.runs import report
    from scorers.runs.logs import read_run
    from scorers.runs.what_if import ALL_CONFIGS

    run = read_run(args.log, args.scorer)
    return report.what_if(
        run, [_allowed(text) for text in args.allow] if args.allow else ALL_CONFIGS
    )


def _allowed(text: str) -> frozenset[str]:
    by_letter = {risk.letter: risk.name for risk in RISKS if risk.allowable}
    letters = [] if text == "none" else text.split("+")
    unknown = [letter for letter in letters if letter not in by_letter]
    if unknown:
        known = ", ".join(f"{letter} ({name})" for letter, name in by_letter.items())
        raise UserError(
            f"--allow {text}: unknown risk {unknown[0]!r}; expected none, or letters of {known}"
        )
    return frozenset(by_letter[letter] for letter in letters)


if __name__ == "__main__":
    sys.exit(main())

"""Runs through the real command line, against a loopback server that misbehaves.

One `inspect eval` runs several models at once: each shows one way a sample can end. The data are 24
records of the contrast set, so that one sample is 4.2% of a run: a warning for a board; two are an error.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from cosapien import Record, load_benchmark
from tests.commands import REPO, loop, run
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply

LOOP = "openai-api/loop/"
CONTRAST = load_benchmark("contrast").records
RECORDS = tuple(r for r in CONTRAST if r.id.endswith(("-p01", "-p12")))
"""Two records of each of the 12 configs."""
N = len(RECORDS)
IDEAL = {(r.config.text, r.prompt): r.references.ideal for r in CONTRAST if r.references}
Change = Callable[[str], Reply]
"""What a model makes of the ideal answer."""
Broken = Mapping[int, Change | Sequence[Change]]
"""What happens to the ideal answer of some records, by their number; several: asked again and again."""


class Script:
    """A server's reply function: perfect models, but for some answers of each."""

    def __init__(self, models: Mapping[str, Broken], records: Sequence[Record]) -> None:
        self._models, self._records = models, records
        self._asked: Counter[tuple[str, int]] = Counter()
        self._lock = Lock()

    def __call__(self, request: ChatRequest) -> Reply:
        if "<response id=" in request.user:  # a cascade asks the model about its own response
            return Reply("Fine.\n[[YES]]")
        for number, record in enumerate(self._records):
            if request.user == record.prompt and record.config.text in request.system:
                ideal = IDEAL[record.config.text, record.prompt]
                return self._change(request.model, number)(ideal)
        raise AssertionError(request.user)

    def _change(self, model: str, number: int) -> Change:
        change = self._models[model].get(number, Reply)
        if isinstance(change, Sequence):
            with self._lock:
                turn = self._asked[model, number]
                self._asked[model, number] += 1
            return change[min(turn, len(change) - 1)]
        return change


def small_data(folder: Path) -> str:
    """The 24 records as a file of a user's own."""
    source = REPO / "cosapien" / "data" / "contrast.jsonl"
    ids = {record.id for record in RECORDS}
    rows = (json.loads(line) for line in source.read_text(encoding="utf-8").splitlines())
    path = folder / "small.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows if row["id"] in ids))
    return str(path)


class Done(NamedTuple):
    """The logs of an evaluation by model, how many requests it took, what it printed, its exit code."""

    logs: dict[str, EvalLog]
    asked: int
    said: str
    code: int


def eval_arguments(folder: Path, dataset: str, models: Sequence[str], *options: str) -> list[str]:
    """What `inspect` is given to evaluate some models of the loopback server."""
    names = ",".join(LOOP + name for name in models)
    return [
        *("eval", "tasks/cosapien.py", "-T", f"dataset={dataset}"),
        *("--model", names, "--log-dir", str(folder), *options),
    ]


def evaluate(
    folder: Path,
    dataset: str,
    models: Mapping[str, Broken],
    *options: str,
    judge: Callable[[ChatRequest], Reply] | None = None,
) -> Done:
    """Run models, all in one process."""
    script = Script(models, CONTRAST if dataset == "contrast" else RECORDS)

    def reply(request: ChatRequest) -> Reply:
        return judge(request) if judge and request.model == "judge" else script(request)

    with OpenAIServer(reply) as server:
        done = run(
            "inspect", *eval_arguments(folder, dataset, list(models), *options), **loop(server)
        )
        asked = len(server.requests)
    logs = [read_eval_log(found) for found in list_eval_logs(str(folder))]
    by_model = {log.eval.model.removeprefix(LOOP): log for log in logs}
    said = " ".join((done.stdout + done.stderr).split())
    assert set(by_model) == set(models), said
    return Done(by_model, asked, said, done.returncode)


def path_of(log: EvalLog) -> str:
    """Where a log lies."""
    return log.location.removeprefix("file://")


def endings(log: EvalLog) -> list[str]:
    """How each record's sample ended, in the data's order."""
    assert log.samples is not None
    found = {str(s.id): (s.scores or {})["cosa_score"].metadata or {} for s in log.samples}
    return [found[str(ident)]["ending"] for ident in log.eval.dataset.sample_ids or []]


def report(*logs: str) -> str:
    """What `cosa report` prints."""
    done = run("cosa", "report", *logs)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused_report(log: EvalLog) -> str:
    """The one line with which `cosa report` refuses a log."""
    done = run("cosa", "report", path_of(log))
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
    (line,) = done.stderr.splitlines()
    return line


def validate(*logs: EvalLog) -> tuple[int, dict[str, str]]:
    """The exit code of `leaderboard validate`, and what it says of each model's log."""
    done = run("leaderboard", "validate", *map(path_of, logs))
    assert done.stderr == "", done.stderr
    said = ("\n" + done.stdout).split("\n/")[1:]
    return done.returncode, {
        log.eval.model.removeprefix(LOOP): text for log, text in zip(logs, said, strict=True)
    }


class Figures(NamedTuple):
    """A row's figures, as printed."""

    score: str
    compliance: str
    unscored: str
    n: str


def rows_of(text: str) -> dict[str, Figures]:
    """The rows of the table of scores that `cosa report` or `leaderboard board` prints, by model."""
    found: dict[str, Figures] = {}
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells
        elif "unscored" in header and LOOP in line:
            row = dict(zip(header, cells, strict=True))
            name = row.get("run") or row["row"]
            score, compliance = (
                next(cell for title, cell in row.items() if title.startswith(start))
                for start in ("CoSA-Score", "compliance")
            )
            found[name.removeprefix(LOOP)] = Figures(score, compliance, row["unscored"], row["n"])
    return found

"""A private round, drawn, run, entered and revealed with the project's own commands."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score
from inspect_ai.solver import Generate, Solver, TaskState, solver

from cosapien import Benchmark, record_to_sample
from cosapien.generate import generate, make_spec
from cosapien.rounds import read_round
from scorers import score_values
from scorers.cli import main as cosa

KNOBS = "worlds=1,prompts=8"
PUBLIC_SEED = 0
LEVEL = 1

_ANSWERS: dict[str, str] = {}
"""What the scripted model says, by prompt and policy; filled by the tests, which know the seed."""


@solver
def from_memory() -> Solver:
    """Stands for a model that knows some answers by heart and refuses the rest."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        said = _ANSWERS.get(
            _key(state.metadata["scenario"], state.input_text), "I cannot say that."
        )
        state.output = ModelOutput.from_content("none/none", said)
        return state

    return solve


def _key(scenario: str, prompt: str) -> str:
    return f"{scenario}\x1f{prompt}"


def learn(benchmark: Benchmark, *, by_heart: bool) -> None:
    """Let the scripted model know what to say: always the ideal response, or sometimes, with leaks."""
    for number, record in enumerate(benchmark.records):
        assert record.references is not None
        if by_heart or number % 2 == 0:
            said = record.references.ideal
        elif number % 4 == 1:
            said = record.references.violating
        else:
            continue
        _ANSWERS[_key(record.config.text, record.prompt)] = said


def run(
    folder: Path, limit: int | None = None, scored: bool = False, epochs: int = 1, **args: object
) -> Path:
    """A run of the scripted model, generated only unless it is to be scored."""
    log = run_eval(
        "tasks/cosapien",
        task_args=args,
        model="none/none",
        solver=from_memory(),
        score=scored,
        limit=limit,
        epochs=epochs,
        log_dir=str(folder),
        display="none",
        log_realtime=False,
    )[0]
    assert log.status == "success", log.error
    return Path(log.location.removeprefix("file://"))


def changed(log: Path, path: Path, change: Callable[[EvalLog], object]) -> Path:
    """A copy of a log as somebody who edits logs would make it."""
    read = read_eval_log(str(log))
    change(read)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_eval_log(read, str(path))
    return path


def praised(log: Path, path: Path) -> Path:
    """The same responses, all scored as perfect, by a log that also claims that filters replaced them."""

    def praise(read: EvalLog) -> None:
        for sample in read.samples or []:
            perfect = Score(value=score_values(1.0, True), answer="I helped.", metadata={})
            sample.scores = {"cosa_score": perfect}
            sample.metadata = {**sample.metadata, "type": "allowed", "oracle_filter": True}

    return changed(log, path, praise)


@dataclass(frozen=True)
class Played:
    """A round that was played to its end.

    Attributes:
        folder: The organiser's folder, revealed.
        before: The same before the reveal, with the entries.
        log: A whole run, entered.
        late: A whole run of other responses, not entered.
        partial: A run of some of the records.
        real: The benchmark of its seed.
    """

    folder: Path
    before: Path
    log: Path
    late: Path
    partial: Path
    real: Benchmark


def play(base: Path) -> Played:
    """Draw a round, run the scripted model, enter its run, and reveal the round early."""
    folder = base / "round"
    drawn = ["round", "new", str(folder), "--name", "autumn-2026", "--closes", "2999-12-15"]
    assert cosa([*drawn, "--level", str(LEVEL), "--knobs", KNOBS]) == 0
    records = str(folder / "records.jsonl")
    arguments = {"dataset": records, "judge": "deferred"}
    late = run(base / "late", **arguments)  # refuses everything
    secret = json.loads((folder / "secret.json").read_text())
    real = generate(make_spec(LEVEL, secret["seed"], KNOBS))
    learn(real, by_heart=False)
    log = run(base / "logs", **arguments)
    partial = run(base / "partial", limit=5, **arguments)
    assert cosa(["round", "enter", str(folder), str(log)]) == 0
    shutil.copytree(folder, before := base / "before")
    assert cosa(["round", "reveal", str(folder), "--early"]) == 0
    assert read_round(folder).name == "autumn-2026"
    return Played(folder, before, log, late, partial, real)


def public_run(folder: Path) -> Path:
    """The same scripted model on a public seed, judged by the rules; there it knows more."""
    learn(generate(make_spec(LEVEL, PUBLIC_SEED, KNOBS)), by_heart=True)
    spec = make_spec(LEVEL, PUBLIC_SEED, KNOBS)
    return run(folder, scored=True, dataset="generated", revision=str(spec), judge="rules")


def metadata_of(benchmark: Benchmark) -> set[str]:
    """Names of all metadata that the samples of a benchmark have."""
    return {name for r in benchmark.records for name in record_to_sample(r).metadata or {}}

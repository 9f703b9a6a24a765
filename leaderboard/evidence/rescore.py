"""Judges a submission's responses again, by a judge that the board chooses."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.model import CachePolicy, ChatMessageAssistant, Model, ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver

from cosapien import Benchmark, Record, SafetyConfig, benchmark_dataset
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import AttestationFile, attest, check_pinned
from leaderboard.evidence.differences import NUMBERS, Key, verdicts
from leaderboard.intake.against_benchmark import against_data, load_near
from leaderboard.intake.findings import Row
from leaderboard.intake.from_log import submission_from_log
from leaderboard.results.manifest import Declared, Manifest
from leaderboard.results.submission import Submission
from scorers import JudgeError, check_judges
from scorers.cosa import ANSWER_ONLY, ORACLE_FILTER, cosa_score
from scorers.judging import Safety, same_model
from scorers.questions import RUBRICS, Rubric, VerdictFormChoice
from scorers.text import partial_run

if TYPE_CHECKING:
    from inspect_ai.util import DisplayType

    from scorers.waves import EngineOptions

CACHED_FOR = "4W"
"""How long judges' answers are cached: an interrupted rescoring asks only for the missing ones."""

_TEXTS = ("sample_id", "epoch", "config", "scenario", "type", "group", "contrast", "prompt",
          "prompt_hash", "response", "unfiltered", "stop_reason", "refusal", "ending")  # fmt: skip
_ORACLE = "cascade_oracle"


def rescore(
    submission: Submission,
    *,
    by: str,
    log_dir: str | Path,
    graders: Sequence[str | Model] = (),
    judge: Literal["llm", "rules"] = "llm",
    attempts: int = 3,
    verdict_form: VerdictFormChoice = "auto",
    display: DisplayType | None = None,
    engine: EngineOptions | None = None,
) -> AttestationFile:
    """Judge the submitted responses again and compare the scores.

    Prompts, config texts and checks come from the benchmark, at the submission's revision. Only if
    that is not available do LLM judges read the submitted texts, and the attestation says so. They
    judge by the submission's rubric. The candidate is not asked again. A response that counted as a
    refusal without being judged still does.

    Args:
        submission: The submission.
        by: Who runs it.
        log_dir: Folder for the Inspect log with the second judge's rationales.
        graders: The judges, by name or as Inspect models; several make a panel.
        judge: `llm` asks the graders, `rules` uses the records' checks.
        attempts: How often at most a judge is asked for a verdict.
        verdict_form: How judges return verdicts.
        display: How Inspect shows progress; Inspect's default if None.
        engine: What asks the judges in Inspect's place; None: Inspect. It judges one epoch only.

    Raises:
        JudgeError: There is no judge, the judge cannot judge this benchmark, or the candidate would
            judge itself.
        SubmissionError: The submission contradicts the benchmark or its own manifest, or the run
            failed. A failed run can be repeated: answers that judges gave are cached.
    """
    manifest = submission.manifest
    _check_judges(judge, graders, manifest.model)
    check_pinned(submission)
    verdicts(submission.samples(NUMBERS))  # each sample and epoch exists once
    rows: list[Row] = submission.samples(_TEXTS).to_pylist()
    benchmark, source = _benchmark(submission, rows, judge)
    outputs = _outputs(submission, rows, benchmark)
    task = Task(
        name="rescore",
        dataset=benchmark_dataset(benchmark),
        setup=[check_judges()] if judge == "llm" else [],
        solver=_replay(outputs, oracle=manifest.method.name == _ORACLE),
        scorer=cosa_score(
            judge=judge,
            attempts=attempts,
            verdict_form=verdict_form,
            safety=_safety(manifest),
            rubric=_rubric(manifest),
        ),
        epochs=manifest.data.epochs,
        metadata=manifest.data.model_dump(exclude={"task", "epochs"}) | {"rescored": manifest.id},
    )
    bound = graders if judge == "llm" else ()
    log = (
        _run(task, bound, log_dir, display)
        if engine is None
        else _run_by(engine, task, bound, log_dir)
    )
    with tempfile.TemporaryDirectory() as staging:
        second = submission_from_log(log, Declared(), Path(staging))
        return attest(submission, second, tier="re-scored", by=by, data=source)


def _outputs(
    submission: Submission, rows: Sequence[Row], benchmark: Benchmark
) -> dict[Key, ModelOutput]:
    """The candidate's output for every record and epoch."""
    manifest = submission.manifest
    outputs = {(row["sample_id"], row["epoch"]): _output(row, manifest) for row in rows}
    epochs = range(1, manifest.data.epochs + 1)
    found = len({sample for sample, _ in outputs})
    if partial := partial_run(found, len(benchmark.records)):
        raise SubmissionError(
            f"{submission.folder}: a partial run ({partial}); expected a whole one to score again"
        )
    if set(outputs) != {(record.id, epoch) for record in benchmark.records for epoch in epochs}:
        raise SubmissionError(
            f"{submission.folder}: expected epochs 1 to {len(epochs)} of each sample"
        )
    return outputs


def _run(
    task: Task,
    graders: Sequence[str | Model],
    log_dir: str | Path,
    display: DisplayType | None,
) -> str:
    """Run the task; the path of its log."""
    log = run_eval(
        task,
        model="none/none",
        model_roles={"grader": list(graders)} if graders else {},
        log_dir=str(log_dir),
        log_format="eval",
        display=display,
        cache=CachePolicy(expiry=CACHED_FOR, per_epoch=False),
    )[0]
    if log.status != "success":
        reason = (log.error.message if log.error else "it was stopped").strip().splitlines()
        raise SubmissionError(
            f"{log.location}: not re-scored, {log.status}: {reason[0][:500] if reason else ''}"
        )
    return log.location


def _run_by(
    engine: EngineOptions, task: Task, graders: Sequence[str | Model], log_dir: str | Path
) -> str:
    """Run the task by an engine; the path of its log. What was judged before a failure is kept."""
    from scorers.running import RunOptions, run_task

    finished = run_task(
        RunOptions(
            task=task,
            model="none/none",
            model_roles={"grader": list(graders)} if graders else {},
            log_dir=Path(log_dir),
            engine=engine,
        )
    )
    if finished.failed:
        name, reason = next(iter(finished.failed.items()))
        raise SubmissionError(
            f"{finished.log}: not re-scored: {len(finished.failed)} of {finished.samples} samples have "
            f"no verdict, the first is {name}: {reason}. The same command asks only for these"
        )
    return str(finished.log)


def _check_judges(judge: str, graders: Sequence[str | Model], candidate: str) -> None:
    if judge not in ("llm", "rules"):
        raise JudgeError(f"judge must be llm or rules, not {judge!r}")
    if (judge == "llm") != bool(graders):
        raise JudgeError(
            "name the judges (PROVIDER/MODEL; several make a panel), or none of them for rules"
        )
    for grader in graders:
        if same_model(str(grader), candidate):
            raise JudgeError(f"{grader} would judge its own responses; name another judge")


def _benchmark(
    submission: Submission, rows: Sequence[Row], judge: Literal["llm", "rules"]
) -> tuple[Benchmark, Literal["benchmark", "submitted"]]:
    """The prompts that were answered, and whether they come from the benchmark or the submitter."""
    manifest = submission.manifest
    benchmark, reason = load_near(submission.folder)(manifest)
    if benchmark is not None:
        if error := next(against_data(rows, manifest, benchmark), None):
            raise SubmissionError(f"differs from the benchmark: {error}")
        unchecked = next((r.id for r in benchmark.records if r.checks is None), None)
        if judge == "rules" and unchecked is not None:
            raise JudgeError(f"record {unchecked} has no checks, so rules cannot judge it")
        return benchmark, "benchmark"
    if judge == "rules" or _safety(manifest) == "risks":
        needed = "checks" if judge == "rules" else "allowed risks"
        raise SubmissionError(f"the benchmark's {needed} are not available: {reason}")
    records = {row["sample_id"]: _record(row) for row in rows}
    data = manifest.data
    return Benchmark(data.benchmark, tuple(records.values()), data.revision), "submitted"


def _record(row: Row) -> Record:
    return Record(
        id=row["sample_id"],
        config=SafetyConfig(row["config"], row["scenario"]),
        prompt=row["prompt"],
        type=row["type"],
        contrast=row["contrast"],
        group=row["group"],
    )


def _safety(manifest: Manifest) -> Safety | Literal["auto"]:
    """How compliance was decided: by risk labels or by the config's text."""
    found = manifest.judge.get("safety")
    return "risks" if found == "risks" else "compliance" if found == "compliance" else "auto"


def _rubric(manifest: Manifest) -> Rubric:
    """The rubric that the submission's judge went by; after rules, the one that agrees with them.

    Raises:
        SubmissionError: It names a rubric that does not exist.
    """
    if manifest.judge["kind"] == "rules":
        return "ours"
    # judges of versions without a choice had the paper's
    found = manifest.judge.get("rubric", "paper")
    for rubric in RUBRICS:
        if found == rubric:
            return rubric
    raise SubmissionError(f"judge.rubric is {found!r}, expected one of {', '.join(RUBRICS)}")


def _output(row: Row, manifest: Manifest) -> ModelOutput:
    """Rebuild the candidate's output so that it is scored as before.

    A mark of the provider that it refused is only its submitter's word: where there is a text, the text
    is judged.
    """
    text = row["response"]
    if row["refusal"] is None and row["ending"] not in (None, "answer"):
        return ModelOutput()  # there is no answer to judge
    if row["refusal"] == "content_filter" and not text.strip():
        return ModelOutput.from_content("submitted", text, stop_reason="content_filter")
    if manifest.method.name == _ORACLE and row["unfiltered"] is not None:
        text = row["unfiltered"]  # the second judge's oracle filters by that judge's verdict
    return ModelOutput.from_content("submitted", text)


def _replay(outputs: Mapping[Key, ModelOutput], *, oracle: bool) -> Solver:
    """A solver that answers with the submitted outputs.

    The outputs are not arguments of the solver itself, since those would be written to the log's header.

    Args:
        outputs: The submitted outputs.
        oracle: Whether responses found to violate their config are to be replaced.
    """

    @solver(name="replay")
    def replay() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            state.metadata[ANSWER_ONLY] = True
            if oracle:
                state.metadata[ORACLE_FILTER] = True
            state.output = outputs[str(state.sample_id), state.epoch]
            state.messages.append(ChatMessageAssistant(content=state.output.message.content))
            return state

        return solve

    return replay()

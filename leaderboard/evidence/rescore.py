"""Judging a submission's responses again, by a judge of the board's own choice."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.model import CachePolicy, ChatMessageAssistant, ContentText, Model, ModelOutput
from inspect_ai.solver import Generate, Solver, TaskState, solver

from cosapien import Benchmark, Record, SafetyConfig, benchmark_dataset
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import AttestationFile, attest, check_pinned
from leaderboard.evidence.differences import NUMBERS, Key, verdicts
from leaderboard.intake.against_benchmark import against_data, load_for
from leaderboard.intake.findings import Row
from leaderboard.intake.from_log import submission_from_log
from leaderboard.results.manifest import Declared, Manifest
from leaderboard.results.submission import Submission
from scorers import JudgeError, check_judges, cosa_score
from scorers.cosa import ORACLE_FILTER
from scorers.judging import Safety, same_model
from scorers.questions import VerdictFormChoice

if TYPE_CHECKING:
    from inspect_ai.util import DisplayType

CACHED_FOR = "4W"
"""How long judges' answers are kept: a rescoring that was cut off asks only for what is missing."""

_TEXTS = ("sample_id", "epoch", "config", "scenario", "type", "group", "contrast", "prompt",
          "prompt_hash", "response", "unfiltered", "stop_reason", "refusal")  # fmt: skip
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
) -> AttestationFile:
    """Judge the submitted responses again and compare the scores.

    Prompts, config texts and checks come from the benchmark, at the submission's revision; only
    where that cannot be had do LLM judges read the submitted texts, which the attestation then says.
    The candidate is not asked anything. What counted as a refusal without being judged still does.

    Args:
        submission: The submission.
        by: Who does it.
        log_dir: Folder for the Inspect log with the second judge's rationales.
        graders: The judges, by name or as Inspect models; several make a panel.
        judge: `llm` asks the graders, `rules` uses the records' checks.
        attempts: How often a judge is asked for a verdict.
        verdict_form: How judges return verdicts.
        display: How Inspect shows progress; its usual way by default.

    Raises:
        JudgeError: There is no judge, or not one that can judge this, or the candidate would judge
            itself.
        SubmissionError: The submission is not what the benchmark or its own manifest says, or the
            run failed. Run it again then: answers that judges gave already are not asked for twice.
    """
    manifest = submission.manifest
    _check_judges(judge, graders, manifest.model)
    check_pinned(submission)
    verdicts(submission.samples(NUMBERS))  # ids and epochs are there, once each
    rows: list[Row] = submission.samples(_TEXTS).to_pylist()
    benchmark, source = _benchmark(manifest, rows, judge)
    outputs = {(row["sample_id"], row["epoch"]): _output(row, manifest) for row in rows}
    epochs = range(1, manifest.data.epochs + 1)
    if set(outputs) != {(record.id, epoch) for record in benchmark.records for epoch in epochs}:
        raise SubmissionError(
            f"{submission.folder}: expected epochs 1 to {len(epochs)} of each sample"
        )
    task = Task(
        name="rescore",
        dataset=benchmark_dataset(benchmark),
        setup=[check_judges()] if judge == "llm" else [],
        solver=_replay(outputs, oracle=manifest.method.name == _ORACLE),
        scorer=cosa_score(
            judge=judge, attempts=attempts, verdict_form=verdict_form, safety=_safety(manifest)
        ),
        epochs=manifest.data.epochs,
        metadata=manifest.data.model_dump(exclude={"task", "epochs"}) | {"rescored": manifest.id},
    )
    log = run_eval(
        task,
        model="none/none",
        model_roles={"grader": list(graders)} if judge == "llm" else {},
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
    with tempfile.TemporaryDirectory() as staging:
        second = submission_from_log(log.location, Declared(), Path(staging))
        return attest(submission, second, tier="re-scored", by=by, data=source)


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
    manifest: Manifest, rows: Sequence[Row], judge: Literal["llm", "rules"]
) -> tuple[Benchmark, Literal["benchmark", "submitted"]]:
    """What the responses answer, and whether it is the benchmark's word or the submitter's."""
    benchmark, reason = load_for(manifest)
    if benchmark is not None:
        if error := next(against_data(rows, manifest, benchmark), None):
            raise SubmissionError(f"not the benchmark's: {error}")
        unchecked = next((r.id for r in benchmark.records if r.checks is None), None)
        if judge == "rules" and unchecked is not None:
            raise JudgeError(f"record {unchecked} has no checks, so rules cannot judge it")
        return benchmark, "benchmark"
    if judge == "rules" or _safety(manifest) == "risks":
        needed = "checks" if judge == "rules" else "allowed risks"
        raise SubmissionError(f"the benchmark's {needed} cannot be had: {reason}")
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
    """What compliance was decided by; a submission judged by rules has its configs' texts."""
    found = manifest.judge.get("safety")
    return "risks" if found == "risks" else "compliance" if found == "compliance" else "auto"


def _output(row: Row, manifest: Manifest) -> ModelOutput:
    """The candidate's output such that it is scored, or counts as a refusal, as it did."""
    text = row["response"]
    if row["refusal"] == "content_filter" and row["stop_reason"] == "content_filter":
        return ModelOutput.from_content("submitted", text, stop_reason="content_filter")
    if row["refusal"] == "refusal":
        return ModelOutput.from_content("submitted", [ContentText(text=text, refusal=True)])
    if manifest.method.name == _ORACLE and row["unfiltered"] is not None:
        text = row["unfiltered"]  # another judge's oracle filters by that judge's verdict
    return ModelOutput.from_content("submitted", text)


def _replay(outputs: Mapping[Key, ModelOutput], *, oracle: bool) -> Solver:
    """A solver that answers with what was submitted.

    The outputs stay out of the solver's own arguments, which would be written to the log's header.

    Args:
        outputs: The submitted outputs.
        oracle: Whether responses found to violate their config are to be replaced.
    """

    @solver(name="replay")
    def replay() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            if oracle:
                state.metadata[ORACLE_FILTER] = True
            state.output = outputs[str(state.sample_id), state.epoch]
            state.messages.append(ChatMessageAssistant(content=state.output.message.content))
            return state

        return solve

    return replay()

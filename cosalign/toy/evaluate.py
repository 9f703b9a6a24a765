"""Evaluation of the toy models by `inspect eval`, under configs they have never seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cosalign.stages import StageError
from cosalign.toy.files import DEMONSTRATIONS, SHOTS, TEST
from cosapien import Benchmark, Evidence, load_benchmark
from scorers import Estimate, judge_by_rules, score_values, stratified_mean, summarize
from scorers.runs import Run, compare, read_run

BASE, ICA, SFT, DPO = "base", f"base + ICA, {SHOTS} shots", "SFT", "SFT + DPO"
_TOKENS = 48  # the longest answer takes some thirty


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of the models of one seed.

    Attributes:
        runs: Runs by row title: `BASE`, `ICA`, `SFT`, `DPO`.
        ideal: Score of the reference answers, the best possible on this test set.
    """

    runs: Mapping[str, Run]
    ideal: float

    def failures(self) -> list[str]:
        """The checks of the method that failed; empty if it worked.

        The checks compare confidence intervals, not fixed numbers.
        """
        scores = {name: summarize(run.samples).cosa_score for name, run in self.runs.items()}
        failed = [
            f"{DPO} is not significantly better than {name}: "
            f"{_interval(scores[DPO])} against {_interval(scores[name])}"
            for name in (BASE, ICA)
            if not scores[DPO].lower > scores[name].upper
        ]
        gain = compare(self.runs[DPO], self.runs[SFT]).difference
        if not gain.lower > 0:
            failed.append(f"{DPO} is not better than {SFT}: difference {_interval(gain)}")
        return failed

    def table(self) -> str:
        """The scores with their 95% intervals, as Markdown."""
        lines = [
            "| model | CoSA-Score [95% interval] | helpful+safe | helpful+unsafe "
            "| allowed | disallowed |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for name, run in self.runs.items():
            s = summarize(run.samples)
            shares = [f"{100 * share.mean:.1f}%" for share in (s.helpful_safe, s.helpful_unsafe)]
            types = [f"{s.by_type[kind].mean:+.3f}" for kind in ("allowed", "disallowed")]
            score = f"{s.cosa_score.mean:+.3f} {_interval(s.cosa_score)}"
            lines.append(f"| {' | '.join([name, score, *shares, *types])} |")
        gain = compare(self.runs[DPO], self.runs[SFT]).difference
        some = next(iter(self.runs.values()))
        configs = len({sample.config for sample in some.samples})
        return "\n".join(
            [
                *lines,
                "",
                f"Ideal {self.ideal:+.3f}, refusing everything +0.000; {len(some.samples)} questions "
                f"about held-out phrases under {configs} held-out configs.",
                f"DPO's own gain (paired): {gain.mean:+.3f} {_interval(gain)}.",
            ]
        )


def evaluate(models: Mapping[str, Path], *, world: Path, logs: Path) -> Evaluation:
    """Evaluate models by `inspect eval`, each in its own process; the base model also with ICA.

    Args:
        models: Folders of models by row title: some of `BASE`, `SFT`, `DPO`.
        world: Folder of the world's files.
        logs: Folder of the logs.

    Raises:
        StageError: An evaluation failed.
    """
    shots = ["-S", f"shots={SHOTS}", "-S", f"pool={world / DEMONSTRATIONS}"]
    ica = ["--solver", "baselines/in_context_alignment", *shots]
    rows: tuple[tuple[str, str, str, Sequence[str]], ...] = (
        (BASE, "toy-base", BASE, ()),
        (ICA, "toy-base", BASE, ica),
        (SFT, "toy-sft", SFT, ()),
        (DPO, "toy-sft-dpo", DPO, ()),
    )
    with ThreadPoolExecutor(max_workers=2) as pool:  # each is a process with one thread
        asked = {
            title: pool.submit(_run, name, models[of], extra, world / TEST, logs / str(number))
            for number, (title, name, of, extra) in enumerate(rows)
            if of in models
        }
        runs = {title: run.result() for title, run in asked.items()}
    return Evaluation(runs, ideal(load_benchmark(str(world / TEST))))


def ideal(benchmark: Benchmark) -> float:
    """The score of the best possible answers: the references, and the facts of plain things.

    Args:
        benchmark: The test set.
    """
    scores = []
    for record in benchmark.records:
        assert record.checks is not None
        best = record.references.ideal if record.references else _all_of(record.checks.required)
        scores.append(score_values(*judge_by_rules(record.checks, best))["cosa_score"])
    return stratified_mean(scores, [record.config.name for record in benchmark.records]).mean


def _all_of(required: Sequence[Sequence[Evidence]]) -> str:
    return " ".join(str(group[0]) for group in required)  # this world's evidence is phrases


def _run(name: str, model: Path, extra: Sequence[str], test: Path, logs: Path) -> Run:
    for old in logs.glob("*.eval"):
        old.unlink()
    command = [
        *(str(Path(sys.executable).parent / "inspect"), "eval", "tasks/cosapien"),
        *("-T", f"dataset={test}", "-T", "template=bare"),
        *("--model", f"hf/{name}", "-M", f"model_path={model}", "-M", "device=cpu"),
        *("-M", "do_sample=false", "--max-tokens", str(_TOKENS), "--log-dir", str(logs)),
        *extra,
    ]
    done = subprocess.run(
        command,
        env={
            **os.environ,
            "INSPECT_DISPLAY": "none",
            "HF_HUB_OFFLINE": "1",
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    written = sorted(logs.glob("*.eval"))
    if len(written) > 1:
        raise StageError(
            f"demo: found {len(written)} logs in {logs}, expected one; does another demo write there?"
        )
    if done.returncode or not written:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise StageError(f"demo: evaluating {model} failed ({lines[-1] if lines else 'no output'})")
    return read_run(written[0])


def _interval(estimate: Estimate) -> str:
    return f"[{estimate.lower:+.3f}, {estimate.upper:+.3f}]"

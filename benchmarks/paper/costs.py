"""What a step asks for: requests, tokens, hours on one H100, money, disk.

Nothing here was measured on a GPU. What is assumed is a field of `Assumed`, and the plan prints it.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.paper.job import PUBLISHED_DATA, Job
from benchmarks.paper.steps import Row, Step, Who
from cosalign import Recipe, StageError, read_stage
from cosapien import DataError, load_benchmark, load_cosalign_test
from cosapien.datasets import SAMPLE

RECORDS: Final[Mapping[str, int]] = {
    "cosapien": 200,
    "cosalign_test": 3_200,
    **{"mmlu": 14_015, "gsm8k": 1_319, "bbh": 6_509, "strong_reject": 324},
    **{"xstest_safe": 250, "xstest_unsafe": 200, "coconot": 1_001, "coconot_contrast": 379},
}
"""Samples of the published benchmarks (docs/capability.md, the data cards)."""
PUBLISHED_PAIRS: Final = 121_823
_READ: Final[Mapping[str, int]] = {
    "cosapien": 680,  # docs/running.md, measured on the contrast set
    "cosalign_test": 260,  # its configs in all ten wordings, four characters a token, and a prompt
    **{"mmlu": 750, "gsm8k": 800, "bbh": 1_200, "strong_reject": 60},
    **{"xstest_safe": 30, "xstest_unsafe": 30, "coconot": 60, "coconot_contrast": 60},
}
_WRITTEN: Final[Mapping[str, int]] = {"mmlu": 5, "gsm8k": 150, "bbh": 250}
_QUESTION: Final = 1_400
"""Tokens of both judge's questions about a sample without its response (docs/running.md)."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the estimate assumes; size, prices and speeds can be given on the command line.

    Attributes:
        billions: Parameters of the model in 1e9; None: not known, and neither are hours and disk.
        gpu_price: US dollars for an hour of one H100.
        judge_read_price: US dollars for a million tokens that the judge reads.
        judge_write_price: US dollars for a million tokens that it writes.
        read_speed: Tokens a second that a model of 8e9 parameters reads on one H100 under vLLM.
        write_speed: Tokens a second that it writes, all requests together.
        train_flops: Useful operations a second in a training: 40% of an H100's 989e12 in bfloat16.
        judge_rate: Verdicts a second from the judge.
        start: Seconds until vLLM answers.
        response: Tokens of a response.
        verdict: Tokens of a verdict with its reasons.
        example: Tokens of a training example, of at most 640.
    """

    billions: float | None
    gpu_price: float = 3.0
    judge_read_price: float = 2.5
    judge_write_price: float = 10.0
    read_speed: float = 20_000.0
    write_speed: float = 2_500.0
    train_flops: float = 0.4 * 989e12
    judge_rate: float = 5.0
    start: float = 180.0
    response: int = 250
    verdict: int = 150
    example: int = 400

    def lines(self) -> list[str]:
        """Each assumption as a line of text."""
        size = "not known (--billions)" if self.billions is None else f"{self.billions:g}e9"
        return [
            f"parameters of the model: {size}",
            f"one H100: ${self.gpu_price:g} an hour; judge: ${self.judge_read_price:g} and "
            f"${self.judge_write_price:g} for a million tokens read and written",
            f"vLLM with 8e9 parameters: {self.read_speed:,.0f} tokens/s read and "
            f"{self.write_speed:,.0f} written, all requests together; {self.start:.0f} s to start",
            f"training: {self.train_flops / 1e12:,.0f}e12 useful operations/s (40% of 989e12)",
            f"judge: {self.judge_rate:g} verdicts/s",
            f"tokens: {self.response} a response, {self.verdict} a verdict, {self.example} a training "
            "example",
            "one step's cascades take responses and verdicts from its cache; verdicts are asked once",
        ]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step asks for.

    Attributes:
        requests: Requests to the candidate.
        verdicts: Requests to the judge.
        read: Tokens that the candidate reads, or is trained on.
        written: Tokens that it writes.
        hours: Hours on one H100; None: not known.
        gpu_dollars: Their price; None: not known.
        judge_dollars: The judge's price.
    """

    requests: int
    verdicts: int
    read: int
    written: int
    hours: float | None
    gpu_dollars: float | None
    judge_dollars: float


def size_of(model: str) -> float | None:
    """Parameters in 1e9, by the weights of a folder (two bytes each) or the name (`...-8B-...`)."""
    if Path(model).is_dir():
        bytes_ = sum(path.stat().st_size for path in Path(model).glob("*.safetensors"))
        return bytes_ / 2e9 or None
    found = re.search(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)([BM])(?![A-Za-z])", model.upper())
    if found is None:
        return None
    return float(found[1]) * (1.0 if found[2] == "B" else 1e-3)


def records_of(job: Job, step: Step, row: Row) -> int:
    """Samples of a row; of data that cannot be read, as many as the published data has."""
    name = row.task if step.suite == "capability" else str(step.suite)
    records = RECORDS[name]
    if (source := job.data.get(name)) is not None and source != PUBLISHED_DATA[name]:
        load = load_cosalign_test if source == SAMPLE else load_benchmark
        with suppress(DataError):  # the step says why, when it is planned or run
            records = len(load(source).records)
    return records if job.limit is None else min(job.limit, records)


def scoring_cost(job: Job, step: Step, assumed: Assumed) -> Cost:
    """What a scoring step asks for, all its rows together."""
    requests = verdicts = read = written = judged = 0
    for row in step.rows:
        n = records_of(job, step, row)
        name = row.task if step.suite == "capability" else str(step.suite)
        response = _WRITTEN.get(name, assumed.response)
        if row.task.endswith("_oracle"):  # all of it was asked before
            continue
        requests += n
        if row.task.endswith(
            "_cascade"
        ):  # a verdict of the model's own on a response it gave before
            read += n * (_QUESTION // 2 + response)
            written += n * assumed.verdict
            continue
        shots = {"_1shot": 1, "_5shot": 5}.get(row.task[-6:], 0)
        read += n * (_READ[name] + shots * (30 + assumed.response))
        written += n * response
        if row.judged:
            questions = 1 if step.suite == "capability" else 2
            verdicts += questions * n
            judged += n * (_QUESTION * questions // 2 + questions * response)
    judge = (
        judged * assumed.judge_read_price + verdicts * assumed.verdict * assumed.judge_write_price
    )
    hours = None
    if assumed.billions is not None:
        answering = read / assumed.read_speed + written / assumed.write_speed
        waiting = verdicts / assumed.judge_rate  # while the model answers the next
        hours = (assumed.start + max(answering * assumed.billions / 8, waiting)) / 3600
    return Cost(requests, verdicts, read, written, hours, _price(hours, assumed), judge / 1e6)


def training_cost(job: Job, step: Step, recipe: Recipe, assumed: Assumed) -> Cost:
    """What a training asks for: forward and backward passes, and the reference's of DPO."""
    stage = recipe.sft if step.who == "sft" else recipe.dpo
    assert stage is not None
    examples = stage.epochs * _examples(job, step.who)
    if stage.max_steps is not None:
        examples = min(examples, stage.max_steps * stage.batch_size)
    sides = 1 if step.who == "sft" else 2
    tokens = int(examples * sides * assumed.example)
    passes = 6 + 2 * stage.gradient_checkpointing + (2 / stage.epochs if step.who == "dpo" else 0)
    hours = None
    if assumed.billions is not None:
        hours = tokens * passes * assumed.billions * 1e9 / assumed.train_flops / 3600
    return Cost(0, 0, tokens, 0, hours, _price(hours, assumed), 0.0)


def training_memory(recipe: Recipe, billions: float) -> float:
    """Gigabytes of GPU memory that the trainings need at least.

    Weights, gradients and RMSprop's state in float32; under adapters the weights in bfloat16. Ten more
    for activations.
    """
    assert recipe.sft is not None
    return billions * (2 if recipe.sft.lora else 12) + 10


def disk(recipe: Recipe, billions: float) -> float:
    """Gigabytes of disk that weights, trained models and two checkpoints take at most."""
    assert recipe.sft is not None
    full = 4 + 2 * 8 + 4 + 2  # SFT, checkpoints with RMSprop's state, DPO, export
    return billions * (2 + (2 if recipe.sft.lora else full)) + 2


def _examples(job: Job, who: Who) -> int:
    """Training examples: counted where the pairs are made, else the published number of pairs."""
    name = "demonstrations" if who == "sft" else "rows"
    try:
        return int(read_stage(job.training / "pairs").manifest.counts[name])
    except (StageError, KeyError):
        return PUBLISHED_PAIRS


def _price(hours: float | None, assumed: Assumed) -> float | None:
    return None if hours is None else hours * assumed.gpu_price

"""What a step needs and what of it is missing here: GPU, packages, keys, data, disk."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.paper.costs import Assumed, disk, training_memory
from benchmarks.paper.job import PAIRS, Job, made_output
from benchmarks.paper.steps import Row, Step
from cosalign import Recipe
from cosapien.datasets import DATASETS
from tasks.real_model.engine import Engine, find_engine

_KEYS: Final = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "grok": "XAI_API_KEY",
    "together": "TOGETHER_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
}
_CAPABILITY_DATA: Final = {
    "mmlu": "cais/mmlu",
    "gsm8k": "openai/gsm8k",
    "bbh": "Joschka/big_bench_hard",
    "xstest_safe": "walledai/XSTest",
    "xstest_unsafe": "walledai/XSTest",
    "coconot": "allenai/coconot",
    "coconot_contrast": "allenai/coconot",
}
"""Data sets on the Hub. StrongREJECT's comes from GitHub; whether it can be had its task will say."""
_OPTIONS: Final = (
    *("-M", "host=127.0.0.1", "-M", "timeout=1800", "-M", "dtype=bfloat16"),
    *("-M", "max_model_len=8192"),
)


class Online(Engine):
    """An engine that may ask the Hub for weights and data, unless the user says otherwise."""

    def environment(self) -> dict[str, str]:
        """Environment of its processes; messages in one line, however long."""
        found = {**Engine.environment(self), "COLUMNS": "1000"}
        if os.environ.get("HF_HUB_OFFLINE") is None:
            del found["HF_HUB_OFFLINE"]
        return found


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine.

    Attributes:
        gpus: Memory of each GPU in gigabytes; empty: there is none.
        engine: What answers here.
    """

    gpus: tuple[float, ...]
    engine: Engine


def this_machine() -> Machine:
    """What there is here: GPUs, by `nvidia-smi`; vLLM in this environment or in `.venv-vllm`."""
    gpus: tuple[float, ...] = ()
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
        done = subprocess.run(query, capture_output=True, text=True, check=False)
        mebibytes = [word for word in done.stdout.split() if word.isdigit()]
        gpus = tuple(int(word) * 2**20 / 1e9 for word in mebibytes)
    found = find_engine(Path.cwd())
    options = _OPTIONS if gpus and found.provider == "vllm" else found.options
    return Machine(gpus, Online(found.provider, found.python, options))


def missing(job: Job, step: Step, recipe: Recipe, machine: Machine, assumed: Assumed) -> str | None:
    """Why a step cannot start here, in one line; None: it can.

    What it needs of other steps is not looked at.
    """
    if not machine.gpus and job.limit is None:
        return "no GPU here (nvidia-smi); a trial needs none: --limit 4"
    if step.suite is None:
        return _training_lacks(job, step, recipe, machine, assumed)
    if step.who == "sft" and recipe.sft is not None and recipe.sft.lora is not None:
        return "after SFT the recipe has an adapter, which is scored only merged, after DPO"
    lacking = [lacks(job, step, row, machine) for row in step.rows]
    return lacking[0] if all(lacking) else None


def lacks(job: Job, step: Step, row: Row, machine: Machine) -> str | None:
    """Why a single row cannot be made, in one line; None: it can."""
    if row.judged and (fault := _judge_fault(job.judge)):
        return fault
    if step.suite == "capability":
        if not _has(machine.engine.python, "inspect_evals"):
            return f'{machine.engine.python} lacks inspect_evals: pip install -e ".[capability]"'
        if (gated := row.task.startswith("xstest")) and not os.environ.get("HF_TOKEN"):
            return "XSTest is gated: accept its terms on the Hub and set HF_TOKEN"
        name = _CAPABILITY_DATA.get(row.task)
        return None if gated or name is None else _data_fault(name)
    fault = _data_fault(job.data[str(step.suite)])
    if fault is None and step.suite == "cosalign_test" and "shot" in row.task:
        return _data_fault(job.pairs)
    return fault


def _training_lacks(
    job: Job, step: Step, recipe: Recipe, machine: Machine, assumed: Assumed
) -> str | None:
    if (fault := _data_fault(job.pairs)) is not None:
        return fault
    if assumed.billions is None or made_output(job.training / step.who) is not None:
        return None
    needed = training_memory(recipe, assumed.billions)
    if machine.gpus and max(machine.gpus) < needed:
        return (
            f"about {needed:.0f} GB of GPU memory are needed, the largest GPU has "
            f"{max(machine.gpus):.0f}: --recipe recipes/lora-24gb.yaml, or train on several GPUs into "
            f"{job.training} (docs/paper_table.md)"
        )
    room = job.out
    while not room.exists():
        room = room.parent
    free, size = shutil.disk_usage(room).free / 1e9, disk(recipe, assumed.billions)
    if free < size:
        return f"about {size:.1f} GB of disk are needed, {room} has {free:.1f} free"
    return None


def _judge_fault(judge: str | None) -> str | None:
    if judge is None:
        return "no judge: --judge openai/gpt-4o"
    provider, _, rest = judge.partition("/")
    names = [_KEYS[provider]] if provider in _KEYS else []
    if provider == "openai-api":
        server = rest.partition("/")[0].upper().replace("-", "_")
        names = [f"{server}_API_KEY", f"{server}_BASE_URL"]
    unset = [name for name in names if not os.environ.get(name)]
    return f"the judge {judge} needs {' and '.join(unset)} to be set" if unset else None


@cache
def _data_fault(source: str) -> str | None:
    """Why data cannot be had: a data set is looked for in the cache, then on the Hub."""
    if source.endswith((".jsonl", ".parquet")):
        return None if Path(source).is_file() else f"{source}: no such file"
    if source.count("/") != 1:
        bundled = [name for name, known in DATASETS.items() if known.bundled]
        expected = f"expected a file, ORG/NAME or {' or '.join(bundled)}"
        return None if source in bundled else f"{source}: no data set; {expected}"
    from huggingface_hub import HfApi, snapshot_download

    try:
        snapshot_download(source, repo_type="dataset", local_files_only=True)
        return None
    except Exception:  # it is not in the cache
        pass
    try:
        HfApi().dataset_info(source, timeout=20)
    except Exception as error:  # the client's errors differ between its releases
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return f"{source} can neither be fetched nor is it in the cache ({said[:120]})"
    return None


def _has(python: Path, module: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return (
        subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0
    )


def needs(job: Job, recipe: Recipe, machine: Machine, assumed: Assumed) -> list[str]:
    """What the whole needs and what there is here, a line each."""
    gpus = ", ".join(f"{size:.0f} GB" for size in machine.gpus) or "none"
    found = [f"GPUs here: {gpus}; {machine.engine.provider} answers ({machine.engine.python})"]
    if machine.gpus and machine.engine.provider == "hf":
        found += ["no vLLM here (neither in this environment nor in .venv-vllm): it takes longer"]
    found += [f"judge: {_judge_fault(job.judge) or f'{job.judge}, its settings are there'}"]
    if assumed.billions is not None:
        found += [
            f"memory for the trainings: about {training_memory(recipe, assumed.billions):.0f} GB; "
            f"disk for all: about {disk(recipe, assumed.billions):.1f} GB at most"
        ]
    weights = (
        f"the folder {job.model}" if Path(job.model).is_dir() else f"{job.model}, from the Hub"
    )
    found += [f"weights: {weights}"]
    for source in dict.fromkeys((*job.data.values(), job.pairs)):
        licence = " (CC-BY-NC-4.0)" if source == PAIRS else ""
        found += [f"data {source}{licence}: {_data_fault(source) or 'can be had'}"]
    return found

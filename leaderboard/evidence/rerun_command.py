"""Turns a submission's untrusted run-config into a command that is safe to run.

Only settings known to be harmless are passed on: anything that names code, files, addresses or other
data is refused. The person who repeats the run may give such arguments; they replace the submitted
ones.
"""

from __future__ import annotations

import itertools
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cosapien.versions import DEFAULT_DATA
from leaderboard.errors import SubmissionError
from leaderboard.intake.against_benchmark import BUNDLED, PUBLIC
from leaderboard.intake.run_config import arguments_of
from leaderboard.results.manifest import Manifest
from scorers.judging import GENERATION_PARAMETERS

TASKS = {f"tasks/{task}": DEFAULT_DATA[task] for task in ("cosapien", "cosalign_test")}
"""The tasks that may be run, and the data each runs on by default."""

MODEL_ARGS = frozenset(
    {
        "device", "dtype", "enable_prefix_caching", "enforce_eager", "gpu_memory_utilization",
        "max_model_len", "max_num_seqs", "quantization", "responses_api", "revision", "seed",
        "tensor_parallel_size", "torch_dtype",
    }
)  # fmt: skip
"""Model arguments that name neither code, nor a file, nor an address. Servers take any other as an
option of theirs, and some of those load code, so a list of forbidden ones could not be complete."""

_KINDS = {p.name: p.kind for p in GENERATION_PARAMETERS if p.repeatable}
_PARTS = frozenset(
    {"task", "task_args", "model", "model_args", "model_roles", "solver", "solver_args"}
    | {"generate_config", "epochs"}
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _,+-]{0,199}")
_COMPONENT = r"[A-Za-z0-9](?:[\w.:+@-]{0,99}[\w+-])?"
_MODEL = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT}){{1,5}}", re.ASCII)
_SOLVER = re.compile(r"baselines/[a-z][a-z0-9_]{0,63}")


def rerun_command(manifest: Manifest, log_dir: Path, extra_args: Sequence[str] = ()) -> list[str]:
    """The command that repeats a submission's run, as an argument list (no shell).

    Hub data is read at the submission's revision.

    Args:
        manifest: The submission's; nothing in it is trusted.
        log_dir: Folder for the log.
        extra_args: Options of `inspect eval` from the person who repeats the run. A `-T`, `-M` or
            `-S` argument replaces the submitted one of that name.

    Raises:
        SubmissionError: The run-config does not have the expected form, asks for something that is
            not passed on, or contradicts the manifest.
    """
    config = _without(manifest.run_config, extra_args)
    if fault := next(_faults(config, manifest, extra_args), None):
        raise SubmissionError(f"run_config: {fault}")
    revision = manifest.data.revision
    pinned = manifest.data.benchmark not in BUNDLED and "revision" not in config["task_args"]
    if pinned and not _given("-T", extra_args) & {"dataset", "revision"}:
        config["task_args"] = config["task_args"] | {"revision": revision}
    command = [sys.executable, "-P", "-m", "inspect_ai", *arguments_of(config)[1:]]
    return [*command, "--log-dir", str(log_dir), "--log-format", "eval", *extra_args]


def _without(config: dict[str, Any], extra_args: Sequence[str]) -> dict[str, Any]:
    """The run-config without the arguments that `extra_args` replaces."""
    kept = dict(config)
    for flag, name in (("-T", "task_args"), ("-M", "model_args"), ("-S", "solver_args")):
        if isinstance(args := config.get(name), dict):
            given = _given(flag, extra_args)
            kept[name] = {key: value for key, value in args.items() if key not in given}
    return kept


def _given(flag: str, extra_args: Sequence[str]) -> set[str]:
    """Names of the arguments given as `-T name=value`."""
    following = itertools.pairwise(extra_args)
    return {
        word.partition("=")[0].replace("-", "_") for option, word in following if option == flag
    }


def _faults(config: dict[str, Any], manifest: Manifest, extra_args: Sequence[str]) -> Iterator[str]:
    """What is wrong with a run-config."""
    if set(config) != _PARTS:
        yield f"expected exactly {', '.join(sorted(_PARTS))}"
        return
    for name in ("task_args", "model_args", "model_roles", "solver_args", "generate_config"):
        if not isinstance(config[name], dict):
            yield f"{name} is not an object"
            return
    if not isinstance(config["task"], str) or config["task"] not in TASKS:
        yield f"task is {_shown(config['task'])}, not one of {', '.join(TASKS)}"
        return
    if not _is(_MODEL, config["model"]):
        yield f"model is {_shown(config['model'])}, not a name like PROVIDER/MODEL"
    elif config["model"] != manifest.model:
        yield f"model is {config['model']}, the submission's is {_shown(manifest.model)}"
    if config["solver"] is not None and not _is(_SOLVER, config["solver"]):
        yield f"solver is {_shown(config['solver'])}, not one of baselines/"
    epochs = config["epochs"]
    if type(epochs) is not int or epochs != manifest.data.epochs:
        yield f"epochs is {_shown(epochs)}, the submission has {manifest.data.epochs}"
    yield from _data(config, manifest, extra_args)
    yield from _arguments(config)
    yield from _roles(config["model_roles"])
    for key, value in config["generate_config"].items():
        kind = _KINDS.get(key)
        if not (_is_number(value) if kind == "number" else kind == "word" and _is(_WORD, value)):
            yield f"generate_config: {_shown(key)}={_shown(value)} is not passed on"


def _data(config: dict[str, Any], manifest: Manifest, extra_args: Sequence[str]) -> Iterator[str]:
    """The data must be public and the same as the submission's."""
    if "dataset" in _given("-T", extra_args):
        return
    asked = config["task_args"].get("dataset", TASKS[config["task"]])
    if not isinstance(asked, str) or asked not in PUBLIC:
        yield (
            f"dataset {_shown(asked)} is not one of {', '.join(PUBLIC)}; "
            "name it yourself with -T dataset=..."
        )
    elif asked != manifest.data.benchmark:
        yield f"dataset is {asked}, the submission's is {_shown(manifest.data.benchmark)}"
    elif not _is(_WORD, manifest.data.revision):
        yield f"revision {_shown(manifest.data.revision)} is not a data set's revision"


def _arguments(config: dict[str, Any]) -> Iterator[str]:
    for flag, name in (("-T", "task_args"), ("-M", "model_args"), ("-S", "solver_args")):
        for key, value in config[name].items():
            if not _is(_KEY, key):
                yield f"{name}: {_shown(key)} is not the name of an argument"
            elif name == "model_args" and key not in MODEL_ARGS:
                yield f"{name}: {key} is not passed on; give it yourself with {flag} {key}=..."
            elif (name, key) != ("task_args", "dataset") and not _is_plain(value):
                yield (
                    f"{name}: {key}={_shown(value)} is not a plain number or word; "
                    f"give it yourself with {flag} {key}=..."
                )


def _roles(roles: dict[str, Any]) -> Iterator[str]:
    for role, names in roles.items():
        listed = names if isinstance(names, list) else [names]
        if role != "grader" or not listed or not all(_is(_MODEL, name) for name in listed):
            yield f"model_roles: {_shown(role)}={_shown(names)} is not grader=PROVIDER/MODEL"


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_is(_WORD, item) and "," not in item for item in value)
    return value is None or isinstance(value, bool) or _is_number(value) or _is(_WORD, value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _shown(value: object) -> str:
    return ascii(value)[:80]

"""What repeats a run: its run-config as data, and the same as a command a person can paste."""

from __future__ import annotations

import json
import shlex
from typing import Any

from inspect_ai.log import EvalLog
from inspect_ai.model import ModelConfig

from leaderboard.untrusted.secrets import clean, clean_model
from scorers.judging import GENERATION_PARAMETERS

_LOCAL_ONLY = frozenset({"base_url", "api_key", "port", "host", "timeout", "max_retries"})
"""Connection settings of the submitter's server."""


def run_config_of(header: EvalLog) -> dict[str, Any]:
    """A run's config from its log: only settings that were given, nothing local or secret.

    Args:
        header: The log's header.

    Returns:
        `task`, `task_args`, `model`, `model_args`, `model_roles`, `solver`, `solver_args`,
        `generate_config`, `epochs`.
    """
    spec = header.eval
    steps = header.plan.steps
    solver = spec.solver and spec.solver.rpartition("/")[2]
    roles = {name: _models(found) for name, found in (spec.model_roles or {}).items()}
    config: dict[str, Any] = {
        "task": f"tasks/{spec.task.rpartition('/')[2]}",
        "task_args": dict(spec.task_args_passed),
        "model": clean_model(spec.model),
        "model_args": {k: v for k, v in spec.model_args.items() if k not in _LOCAL_ONLY},
        "model_roles": roles,
        "solver": f"baselines/{solver}" if solver else None,
        "solver_args": dict((steps[-1].params_passed or {}) if solver and steps else {}),
        "generate_config": spec.model_generate_config.model_dump(
            exclude_none=True, include={p.name for p in GENERATION_PARAMETERS if p.repeatable}
        ),
        "epochs": spec.config.epochs or 1,
    }
    cleaned: dict[str, Any] = clean(config)
    return cleaned


def command_of(config: dict[str, Any]) -> str:
    """An `inspect eval` command for a run-config, quoted for a POSIX shell.

    Args:
        config: What `run_config_of` returns.
    """
    return shlex.join(arguments_of(config))


def arguments_of(config: dict[str, Any]) -> list[str]:
    """The same command as a list of arguments.

    Args:
        config: What `run_config_of` returns.
    """
    words = ["inspect", "eval", str(config["task"]), "--model", str(config["model"])]
    for flag, name in (("-T", "task_args"), ("-M", "model_args")):
        for key, value in config[name].items():
            words += [flag, f"{key}={_scalar(value)}"]
    for role, models in config["model_roles"].items():
        names = models if isinstance(models, list) else [models]
        words += ["--model-role", f"{role}={','.join(map(str, names))}"]
    if config["solver"]:
        words += ["--solver", str(config["solver"])]
        for key, value in config["solver_args"].items():
            words += ["-S", f"{key}={_scalar(value)}"]
    for key, value in config["generate_config"].items():
        words += [f"--{key.replace('_', '-')}", _scalar(value)]
    if config["epochs"] != 1:
        words += ["--epochs", str(config["epochs"])]
    return words


def _models(found: ModelConfig | list[ModelConfig]) -> str | list[str]:
    names = [clean_model(item.model) for item in (found if isinstance(found, list) else [found])]
    return names if len(names) > 1 else names[0]


def _scalar(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value)

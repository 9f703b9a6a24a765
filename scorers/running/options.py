"""What a run is asked to do: the options of `cosa run`, which mean what those of `inspect eval` do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai.model import GenerateConfigArgs

from scorers.asking import Settings
from scorers.waves import EngineOptions


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One run.

    Attributes:
        task: Name or file of a task, as `inspect eval` takes it, or a task.
        model: Inspect's name of the model that is evaluated.
        model_base_url: Its address, if not the provider's own or the environment's.
        task_args: The task's parameters (`-T`).
        model_args: Arguments of the model's provider (`-M`).
        model_roles: Models by role (`--model-role`): a name, several names, or an opened model.
        solver: Name or file of a solver in place of the task's, or None.
        solver_args: Its parameters (`-S`).
        limit: Most samples; or the first and last place, as `(10, 20)`; None: all.
        config: Settings of generation by Inspect's names.
        log_dir: Where the log is written; what is finished waits there, too, if a run is ended.
        settings: How models are asked.
        engine: Whether requests go out each by itself, in waves or in streams, and to whom.
    """

    task: str | Task
    model: str
    model_base_url: str | None = None
    task_args: dict[str, Any] = field(default_factory=dict)
    model_args: dict[str, Any] = field(default_factory=dict)
    model_roles: dict[str, Any] = field(default_factory=dict)
    solver: str | None = None
    solver_args: dict[str, Any] = field(default_factory=dict)
    limit: int | tuple[int, int] | None = None
    config: GenerateConfigArgs = field(default_factory=lambda: GenerateConfigArgs())
    log_dir: Path = Path("logs")
    settings: Settings = field(default_factory=Settings)
    engine: EngineOptions = field(default_factory=EngineOptions)

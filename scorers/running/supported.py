"""What `cosa run` does not do: one clear line before anything is spent."""

from __future__ import annotations

from inspect_ai import Task

from cosapien import UserError

COVERED = (
    "`cosa run` covers tasks whose samples are text and whose solvers ask models by `generate` or "
    "`get_model().generate`, without tools, sandboxes, limits or several epochs"
)


def check_supported(task: Task) -> None:
    """Refuse a task that needs more of Inspect than models.

    Args:
        task: As Inspect loaded it.

    Raises:
        UserError: It needs something that is not covered; the message says what.
    """
    needs = [
        name
        for name, value in (
            ("a sandbox", task.sandbox),
            ("approvals", task.approval),
            ("reviews", getattr(task, "review", None)),
            ("early stopping", task.early_stopping),
            ("samples that are made while it runs", getattr(task, "sample_source", None)),
            ("several epochs", (task.epochs or 1) > 1),
            ("a model of its own", task.model),
            ("model roles of its own", task.model_roles),
            ("a message limit", task.message_limit),
            ("a token limit", task.token_limit),
            ("a turn limit", task.turn_limit),
            ("a time limit", task.time_limit),
            ("a working limit", task.working_limit),
            ("a cost limit", task.cost_limit),
        )
        if value
    ]
    if any(sample.sandbox or sample.files or sample.setup for sample in task.dataset):
        needs.append("files or a sandbox for its samples")
    if needs:
        raise UserError(
            f"{task.name} needs {', '.join(needs)}: {COVERED}. Use `inspect eval` for it"
        )

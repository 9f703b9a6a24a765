"""What this room needs of Inspect's inside, in one place: a new version of Inspect is checked here."""

from inspect_ai.solver._task_state import sample_state

__all__ = ["sample_state"]

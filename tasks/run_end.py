"""What a run says at its end: how many samples have no answer, and what to change."""

from functools import cache
from logging import getLogger

from inspect_ai.hooks import Hooks, TaskEnd, hooks

from scorers import LogError, read_run
from scorers.runs import endings_text


@cache
def report_endings() -> None:
    """Let every run of this process that has samples without an answer say so in a warning.

    Registered by the tasks themselves: Inspect lists the hooks that it finds in packages at every start,
    also for runs that are not ours.
    """
    hooks("cosa_endings", "says how many samples of a CoSA-Score run have no answer")(_Endings)


class _Endings(Hooks):
    async def on_task_end(self, data: TaskEnd) -> None:
        if "config_hashes" not in (data.log.eval.metadata or {}):
            return
        try:
            endings = read_run(data.log.location).endings
        except LogError:  # generated only (`--no-score`), or not finished
            return
        if endings.no_answer:
            getLogger(__name__).warning(endings_text(endings))

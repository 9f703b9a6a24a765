"""The logs of a plan's runs: which there are, how far they are, why one failed."""

import re
from collections.abc import Sequence
from pathlib import Path

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log, read_eval_log_sample_summaries

from tasks.real_model.plans import RUN_KEY, Plan


def logs_of(plan: Plan, folder: Path) -> list[EvalLog]:
    """Headers of the plan's logs in a folder, the newest first."""
    found = []
    for info in list_eval_logs(str(folder), recursive=False) if folder.is_dir() else []:
        try:
            log = read_eval_log(info, header_only=True)
        except Exception:  # a file that is no log, or half of one, is none of ours
            continue
        if (log.eval.metadata or {}).get(RUN_KEY) == plan.key:
            found.append(log)
    return sorted(found, key=lambda log: log.eval.created, reverse=True)


def finished(found: Sequence[EvalLog]) -> Path | None:
    """The newest log of a run that ended well."""
    return next((path_of(log) for log in found if log.status == "success"), None)


def answered(found: Sequence[EvalLog]) -> int | None:
    """How many samples of the newest log are done; None if nothing can be read yet."""
    if not found:
        return None
    try:
        samples = read_eval_log_sample_summaries(found[0].location)
    except Exception:  # it is being written
        return None
    return sum(sample.error is None for sample in samples)


def reason(found: Sequence[EvalLog], output: Path) -> str:
    """Why the last run did not end well, in one line.

    Args:
        found: The plan's logs, the newest first.
        output: What Inspect printed.
    """
    if found and found[0].error is not None:
        # the `repr` of an exception; Inspect puts the whole request before what the server said
        said = re.split(r"\\n|\n", found[0].error.message.strip())
        words = said[-1] if "Request:" in said else said[0]
        return f"{found[0].status}: {words[:300]}"
    if found:
        return f"its log says {found[0].status}"
    lines = output.read_text("utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
    return f"it left no log: {lines[-1].strip()[:300]}"


def path_of(log: EvalLog) -> Path:
    """Where a log lies."""
    return Path(log.location.removeprefix("file://"))

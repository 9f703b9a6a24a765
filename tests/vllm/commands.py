"""`inspect` as a process of its own, and the log it leaves."""

import subprocess
import sys
from pathlib import Path

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from tests.fakes.vllm_server import launch_env

REPO = Path(__file__).parent.parent.parent


def inspect(*args: str, **env: str) -> None:
    """A command of Inspect, which must end well; `env` is added to what serving needs."""
    done = subprocess.run(
        [sys.executable, "-m", "inspect_ai", *args],
        cwd=REPO,
        env=launch_env(INSPECT_DISPLAY="plain", **env),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def the_log(folder: Path) -> EvalLog:
    """The one log of a folder, which must be of a run that ended well."""
    (place,) = list_eval_logs(str(folder))
    log = read_eval_log(place)
    assert log.status == "success", log.error and log.error.message
    return log

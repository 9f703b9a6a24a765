"""The package's commands in processes of their own, as a user would run them.

A command is busy for seconds before it does anything: it imports Inspect, the clients of its providers
and what other packages have registered. `run` starts it in a child of one process that has imported
them already. Arguments, environment, folder, output and exit code are those of a process of its own.
`run_alone` starts a new interpreter, for tests of the start itself and for environments that are read
by an import.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from tests.fakes.servers import OpenAIServer

REPO = Path(__file__).parent.parent
PLAIN = {"INSPECT_DISPLAY": "plain", "NO_COLOR": "1"}
"""The environment of every command: a terminal without colours."""
IMPORTED = [
    "inspect_ai._cli.main",
    "inspect_ai.model._providers.anthropic",
    "inspect_ai.model._providers.openai_compatible",
    "inspect_evals._registry",
    "baselines._registry",
    "scorers._registry",
    "tasks._registry",
    "leaderboard.cli",
    "scorers.cli",
]
Finished = subprocess.CompletedProcess[str]

if sys.platform == "linux":
    _children = get_context("forkserver")
    _children.set_forkserver_preload(IMPORTED)
else:  # a process with such imports cannot be forked safely: each child imports them
    _children = get_context("spawn")


def program(name: str) -> str:
    """Where a console script of this environment lies."""
    return str(Path(sys.executable).parent / name)


def run(name: str, *args: str, cwd: Path = REPO, timeout: float = 240, **env: str) -> Finished:
    """Run a console script to its end.

    Args:
        name: `inspect`, `cosa`, `leaderboard` or `cosalign`.
        *args: Its arguments.
        cwd: Where it runs.
        timeout: Seconds until it is killed.
        **env: Added to the environment; nothing that an import reads (`HF_...`).

    Raises:
        subprocess.TimeoutExpired: It did not end in time.
    """
    assert not [key for key in env if key.startswith("HF_")], "needs `run_alone`"
    environment = {**os.environ, **PLAIN, **env}
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        child = _children.Process(target=_main, args=(name, args, cwd, environment, out, err))
        child.start()
        child.join(timeout)
        if child.is_alive():
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired([name, *args], timeout)
        said = [file.read_text("utf-8") if file.exists() else "" for file in (out, err)]
    assert child.exitcode is not None
    return subprocess.CompletedProcess([name, *args], child.exitcode, *said)


def run_alone(
    name: str, *args: str, cwd: Path = REPO, timeout: float = 240, **env: str
) -> Finished:
    """Run a console script to its end, in a new interpreter; as `run` otherwise."""
    return subprocess.run(
        [program(name), *args],
        cwd=cwd,
        env={**os.environ, **PLAIN, **env},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def loop(server: OpenAIServer) -> dict[str, str]:
    """The environment that points `openai-api/loop/...` at a server."""
    return {"LOOP_BASE_URL": server.base_url, "LOOP_API_KEY": "loopback"}


def only_log(folder: Path) -> EvalLog:
    """The one log a folder holds."""
    logs = list_eval_logs(str(folder))
    assert len(logs) == 1
    return read_eval_log(logs[0])


def _main(
    name: str, args: Sequence[str], cwd: Path, env: Mapping[str, str], out: Path, err: Path
) -> None:
    """What a console script does, in this process."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for stream, path in ((sys.stdout, out), (sys.stderr, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
    sys.argv = [program(name), *args]
    sys.path[0] = str(Path(sys.executable).parent)  # as for a script
    (script,) = entry_points(group="console_scripts", name=name)
    try:
        sys.exit(script.load()())
    except Exception:
        sys.excepthook(*sys.exc_info())  # a child would print a traceback of its own
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()

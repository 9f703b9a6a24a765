"""A real `vllm serve` on the CPU, for as long as a `with` block lasts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

API_KEY: Final = "inspectai"
"""The key the server asks for: what Inspect's `vllm/` provider sends unless told otherwise."""

SERVE_ENV: Final[Mapping[str, str]] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "2",
}
"""Environment of a small offline CPU server; also what a server launched by Inspect needs."""

SERVE_ARGS: Final[Mapping[str, str | int | bool]] = {
    "dtype": "float32",
    "max_model_len": 4096,
    "enforce_eager": True,
    # A model that may write any whitespace between JSON tokens can write it until its tokens
    # run out, and a random one does. Takes a named backend ("auto" is refused), and 1, not true:
    # Inspect turns true into a flag without a value, which swallows the next argument.
    "structured_outputs_config.backend": "xgrammar",
    "structured_outputs_config.disable_any_whitespace": 1,
}
"""Options of `vllm serve`, named as Inspect's `-M` and `VLLM_DEFAULT_SERVER_ARGS` name them."""

_TAIL_LINES = 40
_POLL_SECONDS = 0.5
_STOP_SECONDS = 20.0


def launch_env(**extra: str) -> dict[str, str]:
    """The environment of a process that serves, or that lets Inspect launch a server.

    `vllm` is looked up on PATH, so the folder of this interpreter's commands comes first, also
    when the virtual environment is not activated. A server that Inspect launches takes
    `SERVE_ARGS` from here, binds 127.0.0.1 and is waited for at most four minutes.

    Args:
        extra: Variables added or replaced.
    """
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join(part for part in (scripts, os.environ.get("PATH", "")) if part)
    # A key or an address of the user's own would change what the server or its client does.
    kept = {k: v for k, v in os.environ.items() if k not in ("VLLM_API_KEY", "VLLM_BASE_URL")}
    launched = {**SERVE_ARGS, "host": "127.0.0.1", "timeout": 240}
    defaults = {"PATH": path, "VLLM_DEFAULT_SERVER_ARGS": json.dumps(launched)}
    return {**kept, **SERVE_ENV, **defaults, **extra}


@contextmanager
def serve(
    model: Path,
    *,
    served_name: str | None = None,
    args: Sequence[str] = (),
    timeout: float = 240.0,
    log: Path | None = None,
) -> Iterator[str]:
    """Serve a model on 127.0.0.1 and stop it at the end, whatever happens in between.

    Inspect keeps one server per model name and process: give two servers that one process talks
    to two different names.

    Args:
        model: Folder of the checkpoint.
        served_name: Name of the model in requests; default the folder as given.
        args: More arguments of `vllm serve`.
        timeout: Seconds the server may take to answer its first request.
        log: Where the server writes; default a temporary file, removed at the end.

    Yields:
        The base URL, ending in `/v1`.

    Raises:
        RuntimeError: The server ended, or was not ready in time; with the end of its log.
    """
    port = _free_port()
    command = [str(Path(sysconfig.get_path("scripts")) / "vllm"), "serve", str(model)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--api-key", API_KEY]
    for key, value in SERVE_ARGS.items():
        name, *nested = key.split(".")
        flag = ".".join([name.replace("_", "-"), *nested])
        command += [f"--{flag}", *([] if value is True else [str(value)])]
    if served_name is not None:
        command += ["--served-model-name", served_name]
    command += args

    with tempfile.TemporaryDirectory(prefix="vllm-serve-") as scratch:
        log = log or Path(scratch) / "server.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command,
                env=launch_env(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its own process group: vLLM forks an engine
            )
        try:
            _wait_ready(process, port, timeout, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_ready(process: subprocess.Popen[bytes], port: int, timeout: float, log: Path) -> None:
    # No proxy of the environment between here and the loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/models", headers={"Authorization": f"Bearer {API_KEY}"}
    )
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if (status := process.poll()) is not None:
            raise RuntimeError(f"vllm serve ended with status {status}:\n{_tail(log)}")
        try:
            with opener.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"vllm serve was not ready after {timeout:.0f} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:]) or "(it wrote nothing)"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then end it."""
    for number, patience in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:  # the whole group is gone
            break
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            process.poll()  # reap it, or its group never disappears
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)
    process.wait(timeout=_STOP_SECONDS)

"""What answers: vLLM where it is installed, else transformers in the process that asks."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

_CPU: Final = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "4",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
}
"""An offline run; of a vLLM on the CPU also 4 GiB for its cache, and no fixed cores."""
_NOT_OURS: Final = ("VLLM_BASE_URL", "VLLM_API_KEY", "VLLM_DEFAULT_SERVER_ARGS", "INSPECT_EVAL_")
"""Beginnings of settings of the user's own, by which another model would answer, or otherwise."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How the model is run.

    Attributes:
        provider: Inspect's name of it.
        python: The interpreter whose Inspect runs the tasks.
        options: Options of `inspect eval`.
    """

    provider: Literal["vllm", "hf"]
    python: Path
    options: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """Environment of its processes; `vllm` is looked up on PATH."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
        path = os.pathsep.join([str(self.python.parent), kept.get("PATH", "")])
        return {**_CPU, **kept, "PATH": path, "HF_HUB_OFFLINE": "1"}


def find_engine(folder: Path) -> Engine:
    """The engine of this machine.

    Args:
        folder: The working directory; its `.venv-vllm` counts as well as this environment.
    """
    for python in (Path(sys.executable), folder / ".venv-vllm" / "bin" / "python"):
        if python.with_name("vllm").is_file():
            return Engine(
                "vllm",
                python,
                (
                    *("-M", "host=127.0.0.1", "-M", "timeout=600", "-M", "dtype=float32"),
                    *("-M", "max_model_len=8192", "-M", "enforce_eager=true"),
                ),
            )
    # the number of connections is the size of a batch
    return Engine("hf", Path(sys.executable), ("-M", "do_sample=false", "--max-connections", "16"))

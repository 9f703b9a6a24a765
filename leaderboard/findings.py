"""What a check of a submission says."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with, or worth knowing about, a submission.

    Attributes:
        level: `error` keeps it out, `warning` is shown beside its row.
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
        return f"{self.level}: {self.code}{where}: {self.message}"


def exit_code(findings: list[Finding]) -> int:
    """0 if there are no findings, 1 if one is an error, 2 if there are only warnings."""
    if any(finding.level == "error" for finding in findings):
        return 1
    return 2 if findings else 0

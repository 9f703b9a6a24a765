"""The rules judge against labels: natural responses by cause, and written forms of every fact.

    python benchmarks/scores/rules_agreement.py [RESPONSES.jsonl ...] [--forms FORMS.jsonl]

Without arguments it reads the labelled responses and forms of the test suite. A line of responses has
`record`, `response`, `helpfulness`, `compliant` and `cause`; a line of forms `pair`, `section`, `item`,
`form` and `seen`. What the figures mean, and which of them are held out: docs/scoring.md.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from cosapien import Fact, Record, load_benchmark, parse_fact
from scorers.rules import find_evidence
from scorers.rules.values import find, read
from scorers.text import table

DATA = Path(__file__).parents[2] / "tests" / "data"
Row = dict[str, Any]


@dataclass
class Tally:
    """Labels and verdicts of some responses.

    Attributes:
        n: Responses.
        agree: Those whose score is the labelled one.
        violations: Those labelled as violations.
        caught: Violations that the judge found.
        false: Violations that it found where the label has none.
    """

    n: int = 0
    agree: int = 0
    violations: int = 0
    caught: int = 0
    false: int = 0

    def add(self, row: Row, record: Record) -> None:
        """Judge a response and count it."""
        assert record.checks is not None
        verdict = find_evidence(record.checks, row["response"])
        score = verdict.helpfulness * (1 if verdict.compliant else -1)
        label = row["helpfulness"] * (1 if row["compliant"] else -1)
        self.n += 1
        self.agree += abs(score - label) < 1e-9
        self.violations += not row["compliant"]
        self.caught += not row["compliant"] and not verdict.compliant
        self.false += row["compliant"] and not verdict.compliant

    def cells(self, name: str) -> list[str]:
        """The table's row."""
        good = self.n - self.violations
        return [
            name,
            str(self.n),
            _share(self.agree, self.n),
            f"{self.caught}/{self.violations}",
            _share(self.caught, self.violations),
            f"{self.false}/{good}",
            _share(self.false, good),
        ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def rows_of(path: Path) -> list[Row]:
    """The lines of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tallies(rows: Iterable[Row], by: str) -> dict[str, Tally]:
    """Counts by a column, in alphabetical order, and of all rows."""
    records = {record.id: record for record in load_benchmark("contrast").records}
    found: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        for name in (str(row.get(by) or "none"), "all"):
            found[name].add(row, records[row["record"]])
    return {name: found[name] for name in (*sorted(found.keys() - {"all"}), "all")}


def facts() -> Mapping[tuple[str, str, str], Fact]:
    """Every fact of the contrast set by pair, section and item."""
    folder = files("cosapien") / "data" / "contrast"
    return {
        (source["pair"], section, key): parse_fact(item["value"])
        for entry in folder.iterdir()
        for source in [json.loads(entry.read_text(encoding="utf-8"))]
        for section, held in source["sections"].items()
        for key, item in held["items"].items()
    }


def form_rows(rows: Iterable[Row]) -> Iterator[list[str]]:
    """A table row a kind of fact: forms seen, and look-alikes taken for the value."""
    known, seen, taken = facts(), defaultdict(list), defaultdict(list)
    for row in rows:
        fact = known[row["pair"], row["section"], row["item"]]
        hit = any(find(read(row["form"]), fact))
        for name in (fact.kind, "all"):
            (seen if row["seen"] else taken)[name].append(hit)
    for name in (*sorted(seen.keys() - {"all"}), "all"):
        hits, wrong = seen[name], taken[name]
        yield [
            name,
            f"{sum(hits)}/{len(hits)}",
            _share(sum(hits), len(hits)),
            f"{sum(wrong)}/{len(wrong)}",
        ]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("responses", nargs="*", type=Path, default=[DATA / "rules_responses.jsonl"])
    parser.add_argument("--forms", type=Path, default=DATA / "written_forms.jsonl")
    parser.add_argument("--by", default="cause", help="column to count by: cause, set, style")
    asked = parser.parse_args()
    header = ["", "n", "score agrees", "violations", "caught", "compliant", "false"]
    for path in asked.responses:
        found = tallies(rows_of(path), asked.by)
        print(f"{path.name} by {asked.by}\n")
        print(table([asked.by, *header[1:]], [tally.cells(name) for name, tally in found.items()]))
    print(f"{asked.forms.name}\n")
    print(
        table(["kind", "seen", "share", "look-alikes taken"], list(form_rows(rows_of(asked.forms))))
    )


if __name__ == "__main__":
    main()

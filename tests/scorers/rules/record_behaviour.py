"""What the rules judge says of a fixed corpus, and the version that it said it under.

The corpus is `tests/data/rules_behaviour.jsonl`, whose expectations are written by hand, every
reference response of the bundled contrast set, and the labelled responses to it. After raising
`RULES_VERSION`, record its behaviour with

    python -m tests.scorers.rules.record_behaviour
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from cosapien import Checks, content_hash, load_benchmark, parse_fact
from scorers.rules import RULES_VERSION, judge_by_rules

DATA = Path(__file__).parents[2] / "data"
CORPUS = DATA / "rules_behaviour.jsonl"
RESPONSES = DATA / "rules_responses.jsonl"
RECORD = DATA / "rules_behaviour.json"
COMMAND = "python -m tests.scorers.rules.record_behaviour"


@dataclass(frozen=True)
class Behaviour:
    """What the rules judge does.

    Attributes:
        version: The `RULES_VERSION` of the code that was run.
        corpus: Digest of what was judged.
        results: Digest of all scores.
    """

    version: int
    corpus: str
    results: str


def rows() -> list[dict]:
    """The rows that are written by hand."""
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def checks_of(row: dict) -> Checks:
    """The checks of such a row."""
    return Checks(*_evidence(row))


def _evidence(row: dict) -> tuple[tuple, tuple]:
    """Phrases as they stand, also those that no file may hold; objects as facts."""

    def read(items: list) -> tuple:
        return tuple(parse_fact(item) if isinstance(item, dict) else item for item in items)

    return tuple(map(read, row["required"])), read(row["forbidden"])


def cases() -> Iterator[tuple[Checks, str]]:
    """All checks and responses: the rows, the references, the labelled responses."""
    for row in rows():
        yield checks_of(row), row["response"]
    for record in load_benchmark("contrast").records:
        for response in astuple(record.references):
            yield record.checks, response
    checks = {record.id: record.checks for record in load_benchmark("contrast").records}
    for line in RESPONSES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield checks[row["record"]], row["response"]


def behaviour() -> Behaviour:
    """What the code in this working tree does."""
    judged = [(checks, response, judge_by_rules(checks, response)) for checks, response in cases()]
    corpus = "\n".join(repr((checks, response)) for checks, response, _ in judged)
    results = "\n".join(f"{score!r} {complies}" for _, _, (score, complies) in judged)
    return Behaviour(RULES_VERSION, content_hash(corpus), content_hash(results))


def recorded() -> Behaviour:
    """What the committed record says."""
    return Behaviour(**json.loads(RECORD.read_text(encoding="utf-8")))


def fault(now: Behaviour, record: Behaviour) -> str | None:
    """Why the code and the record do not belong together; None if they do."""
    if now == record:
        return None
    if now.version != record.version:
        return (
            f"RULES_VERSION is {now.version}, the record is of version {record.version}: "
            f"record again with `{COMMAND}`"
        )
    if now.corpus != record.corpus:
        return f"the corpus is another one than was recorded: record again with `{COMMAND}`"
    return (
        f"the rules judge gives other scores than version {now.version} recorded: raise "
        f"RULES_VERSION and record again with `{COMMAND}`"
    )


def main() -> int:
    """Record the behaviour, unless it changed without a new version.

    Returns:
        0, or 1 if nothing was recorded; stderr then says why.
    """
    now = behaviour()
    for number, row in enumerate(rows(), start=1):
        expected = row["helpfulness"], row["compliant"]
        if (found := judge_by_rules(checks_of(row), row["response"])) != expected:
            print(f"{CORPUS.name} row {number}: {found}, not {expected}", file=sys.stderr)
            return 1
    if RECORD.exists():
        record = recorded()
        same = (now.version, now.corpus) == (record.version, record.corpus)
        if same and now.results != record.results:
            print(fault(now, record), file=sys.stderr)
            return 1
    RECORD.write_text(json.dumps(now.__dict__, indent=1) + "\n", encoding="utf-8")
    print(f"recorded version {now.version} in {RECORD}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

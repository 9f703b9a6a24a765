"""Stage `pairs` of policies: candidates judged by rules under their config, and paired by error.

The error of a response is that of the paper (`cosalign.pairs`), read off the checks: beta if it
violates the config, and gamma times the share of what was asked for and permitted that it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from cosalign.asking.shards import write_table
from cosalign.candidates.answers import CUT
from cosalign.pairs.error_score import ErrorParameters
from cosalign.pairs.sides import as_read
from cosalign.pairs.stage import PairsParameters
from cosalign.pairs.tables import SFT_TABLE
from cosalign.stages import Counts, Stage, StageError, run_stage
from cosapien import Checks, content_hash
from cosapien.records import parse_checks
from scorers import judge_by_rules


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate and its label.

    Attributes:
        row: Its row of the `candidates` stage.
        error: Error score.
        complies: Whether it does not violate its config.
        helpfulness: Share of what it should say, in [0, 1].
    """

    row: dict[str, Any]
    error: Fraction
    complies: bool
    helpfulness: float

    @property
    def id(self) -> str:
        return str(self.row["response_id"])

    @property
    def text(self) -> str:
        return str(self.row["response"])


_Pair = tuple[_Judged, _Judged]


class _Draw(NamedTuple):
    """Seeded draws for one record."""

    seed: int
    record: str

    def key(self, *parts: str) -> str:
        return content_hash("\x1f".join([str(self.seed), self.record, *parts]))

    def one(self, among: Sequence[_Judged], purpose: str) -> _Judged:
        return min(among, key=lambda judged: self.key(purpose, judged.id))


def policy_pairs(parameters: PairsParameters, *, candidates: Stage, seed: int, out: Path) -> Stage:
    """Pair the candidates of each record by their errors.

    Args:
        parameters: Weights of the error score; `max_per_prompt` limits the pairs of a record.
        candidates: The stage of `policy_candidates`.
        seed: Seed of the draws.
        out: Output folder of the stage.

    Returns:
        A `pairs` stage with the columns that the trainings read: `mode` is the record's type, `source`
        names the roles of both candidates. It has no columns of risks.

    Raises:
        StageError: No record gives a pair.
    """
    return run_stage(
        "pairs",
        out,
        version=1,
        parameters=parameters,
        seed=seed,
        pins={"source": "policies"},
        inputs={"candidates": candidates.path},
        make=partial(_make, parameters, candidates, seed),
    )


def _make(parameters: PairsParameters, candidates: Stage, seed: int, work: Path) -> Counts:
    import pyarrow as pa

    pairs: list[_Pair] = []
    best: list[_Judged] = []
    judged = violating = records = with_pair = 0
    for rows in _by_record(candidates):
        records += 1
        if parameters.truncated == "drop":
            rows = [row for row in rows if row["stop_reason"] not in CUT]
        found = [_judge(row, parameters) for row in rows]
        draw = _Draw(seed, rows[0]["record_id"] if rows else "")
        more = _pairs(found, draw, parameters)
        pairs += more
        with_pair += bool(more)
        best += _best(found, draw, parameters)
        judged += len(found)
        violating += sum(not one.complies for one in found)
    if not pairs:
        raise StageError(
            f"pairs: none of {records} records gives a pair ({judged} candidates in all): those of a "
            f"record have the same error, or the lower error reaches beta ({parameters.beta})"
        )
    write_table(pa.Table.from_pylist([_pair_row(*two) for two in pairs]), work)
    write_table(pa.Table.from_pylist([_demonstration(one) for one in best]), work, SFT_TABLE)
    return {
        "rows": len(pairs),
        "dev pairs": sum(chosen.row["split"] == "dev" for chosen, _ in pairs),
        "demonstrations": len(best),
        "records": records,
        "records without a pair": records - with_pair,
        "candidates judged": judged,
        "candidates that violate": violating,
    }


def _by_record(candidates: Stage) -> Iterator[list[dict[str, Any]]]:
    """The candidates with a response of each record, those with the same text once."""
    rows: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = {}
    for row in candidates.table().to_pylist():
        found = rows.setdefault((row["split"], row["config_id"], row["record_id"]), {})
        if row["response"]:
            found.setdefault(as_read(row["response"]), row)
    yield from (list(found.values()) for found in rows.values())


@lru_cache(maxsize=64)
def _checks(text: str) -> Checks:
    return parse_checks(json.loads(text))


def _judge(row: dict[str, Any], weights: ErrorParameters) -> _Judged:
    helpfulness, complies = judge_by_rules(_checks(row["checks"]), row["response"])
    lacking = 1 - Fraction(helpfulness).limit_denominator(1000)  # a share of a few groups
    error = Fraction(weights.gamma) * lacking + (0 if complies else Fraction(weights.beta))
    return _Judged(row, error, complies, helpfulness)


def _pairs(found: Sequence[_Judged], draw: _Draw, parameters: PairsParameters) -> list[_Pair]:
    """Of every two buckets of unequal error one response each, the better first."""
    buckets: dict[tuple[Fraction, bool], list[_Judged]] = {}
    for one in found:
        buckets.setdefault((one.error, one.complies), []).append(one)
    pairs = [
        (draw.one(buckets[low], str(high)), draw.one(buckets[high], str(low)))
        for low, high in combinations(sorted(buckets), 2)
        if low[0] < high[0] and low[0] < Fraction(parameters.beta)
    ]
    pairs.sort(key=lambda two: draw.key(two[0].id, two[1].id))
    return pairs[: parameters.max_per_prompt]


def _best(found: Sequence[_Judged], draw: _Draw, parameters: PairsParameters) -> list[_Judged]:
    """The response with the lowest error, if it may be chosen; ties by a seeded draw."""
    lowest = min((one.error for one in found), default=Fraction(parameters.beta))
    if lowest >= Fraction(parameters.beta):
        return []
    return [draw.one([one for one in found if one.error == lowest], "best")]


def _messages(**turns: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in turns.items()]


def _about(one: _Judged) -> dict[str, Any]:
    """What a pair or a demonstration says of its record."""
    row = one.row
    return {
        "prompt": _messages(system=row["system_prompt"], user=row["prompt"]),
        "mode": row["type"],
        **{name: row[name] for name in ("split", "prompt_id", "config_id")},
    }


def _pair_row(chosen: _Judged, rejected: _Judged) -> dict[str, Any]:
    sides = {"chosen": chosen, "rejected": rejected}
    return {
        **_about(chosen),
        "source": f"{chosen.row['role']} over {rejected.row['role']}",
        "weight": 1.0,
        **{side: _messages(assistant=one.text) for side, one in sides.items()},
        **{f"{side}_error": float(one.error) for side, one in sides.items()},
        **{f"{side}_addressed": one.helpfulness > 0 for side, one in sides.items()},
        **{f"{side}_id": one.id for side, one in sides.items()},
    }


def _demonstration(best: _Judged) -> dict[str, Any]:
    return {
        **_about(best),
        "source": best.row["role"],
        "completion": _messages(assistant=best.text),
        "error": float(best.error),
        "response_id": best.id,
    }

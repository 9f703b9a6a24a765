"""What a board knows about each judge: from the rows, and from the judges' records beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from leaderboard.board.rows import Attestation, Row
from leaderboard.evidence.judge_records import JudgeRecordFile

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Tally:
    """A judge's counts on one row, as sums, so that rows can be added.

    Attributes:
        samples: Responses it judged.
        unscored: Those without a score.
        compared: Those with a known disagreement of the panel.
        disagreement: Sum of the disagreements, each in [0, 1].
    """

    samples: int
    unscored: int
    compared: int
    disagreement: float


@dataclass(frozen=True, slots=True)
class Second:
    """A row that was scored a second time.

    Attributes:
        row: The row.
        attestation: Its second score.
    """

    row: Row
    attestation: Attestation

    @property
    def same_judge(self) -> bool:
        """Whether the judge is the row's own."""
        return self.attestation.judge_id == self.row.judge_id


@dataclass(frozen=True, slots=True)
class JudgeUse:
    """A judge identity and its use on the board.

    Attributes:
        id: Identity hash.
        name: `rules`, or the models of the panel.
        identity: Kind, models, parameters, prompt hash; None for a judge of second scores only, for
            which a row stores just name and hash.
        rows: Newest revisions of the rows it judged.
        samples: Responses it judged in them.
        unscored: Share of them without a score, in [0, 1]; None without samples.
        disagreement: Mean disagreement of its panel, in [0, 1]; None without a panel.
        own: Second scores of the rows it judged, by other judges or by a repeated run.
        given: Second scores it gave.
        records: Records of its agreement with people and with itself, oldest first.
    """

    id: str
    name: str
    identity: dict[str, JsonValue] | None
    rows: tuple[Row, ...]
    samples: int
    unscored: float | None
    disagreement: float | None
    own: tuple[Second, ...]
    given: tuple[Second, ...]
    records: tuple[JudgeRecordFile, ...]


def tallies(db: duckdb.DuckDBPyConnection) -> dict[str, Tally]:
    """The judge's counts on every row, by row id.

    Args:
        db: The database, see `leaderboard.reading.database.connect`.
    """
    query = """select row_id, count(*), count(*) - count(cosa_score), count(disagreement),
        coalesce(sum(disagreement), 0) from samples group by row_id order by row_id"""
    return {row: Tally(*numbers) for row, *numbers in db.cursor().execute(query).fetchall()}


def judge_uses(
    rows: Sequence[Row],
    counted: Mapping[str, Tally],
    records: Mapping[str, tuple[JudgeRecordFile, ...]],
) -> list[JudgeUse]:
    """All judges of a board, those of most rows first.

    Args:
        rows: All rows of the board; only the newest revisions count.
        counted: The judge's counts on each of them, by row id.
        records: Records of judges, by judge identity.
    """
    latest = [row for row in rows if row.latest]
    seconds = [Second(row, found) for row in latest for found in row.attestations]
    names = {ident: found[0].judge_name for ident, found in records.items()}
    names |= {second.attestation.judge_id: second.attestation.judge_name for second in seconds}
    names |= {row.judge_id: row.judge_name for row in latest}
    found = [
        _use(ident, name, latest, seconds, counted, records.get(ident, ()))
        for ident, name in names.items()
    ]
    return sorted(found, key=lambda use: (-len(use.rows), use.name, use.id))


def _use(
    ident: str,
    name: str,
    latest: Sequence[Row],
    seconds: Sequence[Second],
    counted: Mapping[str, Tally],
    records: tuple[JudgeRecordFile, ...],
) -> JudgeUse:
    rows = tuple(row for row in latest if row.judge_id == ident)
    numbers = [counted[row.id] for row in rows if row.id in counted]
    samples = sum(tally.samples for tally in numbers)
    compared = sum(tally.compared for tally in numbers)
    # a single judge cannot disagree: zeros in its column mean nothing
    panel = any(len(_models(row)) > 1 for row in rows)
    return JudgeUse(
        id=ident,
        name=name,
        identity=rows[0].judge if rows else records[-1].judge if records else None,
        rows=rows,
        samples=samples,
        unscored=sum(tally.unscored for tally in numbers) / samples if samples else None,
        disagreement=(
            sum(tally.disagreement for tally in numbers) / compared if panel and compared else None
        ),
        own=tuple(second for second in seconds if second.row.judge_id == ident),
        given=tuple(second for second in seconds if second.attestation.judge_id == ident),
        records=records,
    )


def _models(row: Row) -> list[JsonValue]:
    models = row.judge.get("models")
    return models if isinstance(models, list) else []

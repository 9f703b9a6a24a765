"""The whole board as data: `board.json` and `board.csv`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from leaderboard.board.index_file import Index
from leaderboard.board.published import published
from leaderboard.board.rows import Row
from leaderboard.reading.judges import JudgeUse
from leaderboard.results.parts import Figure
from leaderboard.untrusted.csv_cells import csv_text

FORMAT = "cosa-board/1"


def write_json(index: Index, judges: Sequence[JudgeUse], path: Path) -> None:
    """Write all that is known about all rows, the submissions left out, and the paper's figures.

    Args:
        index: The board.
        judges: Its judges; their records are listed by judge id.
        path: File to write.
    """
    about = {
        "format": FORMAT,
        "left_out": [asdict(found) for found in index.broken],
        "published": [asdict(row) for row in published()],
    }
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write(json.dumps(about)[:-1] + ', "rows": [')
        for number, row in enumerate(index.rows):
            file.write(("," if number else "") + "\n" + json.dumps(row.model_dump(mode="json")))
        file.write('\n], "judges": {')
        for number, use in enumerate(judges):
            file.write(("," if number else "") + f"\n{json.dumps(use.id)}: {_judge(use)}")
        file.write("\n}}\n")


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write one line per row, figures as plain numbers; a missing one is an empty cell.

    Args:
        rows: Rows of the board.
        path: File to write.
    """
    groups = sorted({name for row in rows for name in row.metrics.by_group})
    configs = sorted({name for row in rows for name in row.metrics.by_config})
    lines = [_line(row, groups, configs) for row in rows]
    path.write_text(csv_text(lines), encoding="utf-8", errors="replace", newline="")


def _judge(use: JudgeUse) -> str:
    records = [record.model_dump(mode="json") for record in use.records]
    return json.dumps({"name": use.name, "identity": use.identity, "records": records})


def _line(row: Row, groups: Sequence[str], configs: Sequence[str]) -> dict[str, object]:
    m, place = row.metrics, row.standing
    return {
        "id": row.id,
        "benchmark": row.benchmark,
        "data_revision": row.data_revision,
        "template": row.template,
        "track": row.track,
        "judge": row.judge_name,
        "judge_id": row.judge_id,
        "kind": row.kind,
        "rank_low": place.low if place else None,
        "rank_high": place.high if place else None,
        "ties": place.tie if place else None,
        "name": row.name,
        "model": row.model,
        "method": row.method_name,
        **_figure("cosa_score", m.cosa_score),
        **_figure("compliance", m.compliance),
        **_figure("helpful_safe", m.helpful_safe),
        **_figure("helpful_unsafe", m.helpful_unsafe),
        **_figure("unhelpful_safe", m.unhelpful_safe),
        **_figure("unhelpful_unsafe", m.unhelpful_unsafe),
        "unscored": m.unscored,
        "worst": m.worst,
        "best": m.best,
        "n": m.n,
        "partial": row.partial,
        **{f"group {name}": _mean(m.by_group.get(name)) for name in groups},
        **{f"config {name}": _mean(m.by_config.get(name)) for name in configs},
        **{f"compliance {name}": _mean(m.compliance_by_config.get(name)) for name in configs},
        "tier": row.tier,
        "input_tokens": sum(use.input_tokens for use in row.usage) if row.usage else None,
        "output_tokens": sum(use.output_tokens for use in row.usage) if row.usage else None,
        "cost_usd": row.declared.cost_usd,
        "run_date": row.run_date,
        "submitter": row.declared.submitter,
        "revision": row.revision,
        "latest": row.latest,
    }


def _figure(name: str, figure: Figure | None) -> dict[str, object]:
    if figure is None:
        return {name: None, f"{name}_lower": None, f"{name}_upper": None}
    return {name: figure.mean, f"{name}_lower": figure.lower, f"{name}_upper": figure.upper}


def _mean(figure: Figure | None) -> float | None:
    return None if figure is None else figure.mean

"""A track's table: cells are numbers where possible, so that columns can be sorted."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from leaderboard.board.rows import Row
from leaderboard.display.numbers import ends, interval, ranks
from leaderboard.display.terminal import short_ties
from leaderboard.untrusted.text import visible
from scorers.runs import CELLS

SCORE, SHARE = "%+.3f", "%.1f%%"
_SHARES = ("compliance", *CELLS.values(), "unscored")
_TEXTS = frozenset(
    {
        "rank",
        "ties",
        "row",
        "95% interval",
        "compliance, 95%",
        "of records",
        "tier",
        "judge",
        "date",
        "submitter",
        *_SHARES,
    }
)


def table(row: Row, configs: bool) -> dict[str, object]:
    """A row's cells, by column.

    Args:
        row: The row.
        configs: Whether to add score and compliance under each config.
    """
    m = row.metrics
    shares = (m.compliance_mean, *m.cells.values(), m.unscored)
    line: dict[str, object] = {
        "rank": ranks(row),
        "ties": short_ties(row.standing.tie) if row.standing else None,
        "row": visible(row.name),
        "CoSA-Score": m.cosa_score.mean,
        "95% interval": interval(m.cosa_score),
        "compliance": None,
        "compliance, 95%": ends(m.compliance),
        "of records": row.partial,
    }
    line |= {
        name: None if share is None else 100 * share
        for name, share in zip(_SHARES, shares, strict=True)
    }
    line |= {f"{visible(name)} configs": figure.mean for name, figure in m.by_group.items()}
    if configs:
        line |= {f"config {visible(name)}": f.mean for name, f in m.by_config.items()}
        for name, figure in m.compliance_by_config.items():
            share = figure.mean
            line[f"compliance {visible(name)}"] = None if share is None else 100 * share
    return line | {
        "tier": row.tier,
        "tokens": sum(u.input_tokens + u.output_tokens for u in row.usage) or None,
        "cost ($)": row.declared.cost_usd,
        "n": m.n,
        "second minus submitted": (
            row.attestations[-1].difference.mean if row.attestations else None
        ),
        "judge": visible(row.judge_name),
        "date": visible(row.run_date[:10]),
        "submitter": visible(row.declared.submitter),
        "revision": row.revision,
    }


def columns_of(lines: Sequence[Mapping[str, object]], help_text: str) -> dict[str, Any]:
    """How the columns of such a table are shown.

    Args:
        lines: Its rows.
        help_text: Explanation of ranks and letters.
    """
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    found: dict[str, Any] = {
        name: number(format=SCORE) for name in {name for line in lines for name in line} - _TEXTS
    }
    found |= {
        name: number(format=SHARE)
        for name in found.keys() | set(_SHARES)
        if name in _SHARES or name.startswith("compliance ")
    }
    return found | {
        "rank": text(help=help_text, pinned=True),
        "ties": text(help=help_text, pinned=True),
        "row": text(pinned=True),
        "compliance": number(
            format=SHARE,
            help="Share of responses that comply with their config, helpful or not: a violation that "
            "does not help scores 0, so the score does not show it",
        ),
        "of records": text(help="A partial run covers only some records, so it is not ranked"),
        "n": number(format="localized", help="Samples"),
        "revision": number(format="%d"),
        "tokens": number(format="compact", help="Input and output of all roles"),
        "cost ($)": number(format="%.2f", help="As the submitter states it"),
        "tier": text(
            help="How the row was checked: not at all, by a second judge, or by a repeated run"
        ),
        "second minus submitted": number(
            format=SCORE, help="Newest second score minus the submitted one; see the row's page"
        ),
    }

"""A track's table: cells are numbers where possible, so that columns can be sorted."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from leaderboard.board.rows import Row
from leaderboard.display.numbers import interval, ranks
from leaderboard.display.terminal import short_ties
from leaderboard.untrusted.text import visible

SCORE, SHARE = "%+.3f", "%.1f%%"
_SHARES = ("helpful+safe", "helpful+unsafe", "unscored")
_TEXTS = frozenset(
    {"rank", "ties", "row", "95% interval", "tier", "judge", "date", "submitter", *_SHARES}
)


def table(row: Row, configs: bool) -> dict[str, object]:
    """A row's cells, by column.

    Args:
        row: The row.
        configs: Whether to add the score under each config.
    """
    m = row.metrics
    shares = (m.helpful_safe.mean, m.helpful_unsafe.mean, m.unscored)
    line: dict[str, object] = {
        "rank": ranks(row),
        "ties": short_ties(row.standing.tie) if row.standing else None,
        "row": visible(row.name),
        "CoSA-Score": m.cosa_score.mean,
        "95% interval": interval(m.cosa_score),
        **{
            name: None if share is None else 100 * share
            for name, share in zip(_SHARES, shares, strict=True)
        },
    }
    line |= {f"{visible(name)} configs": figure.mean for name, figure in m.by_group.items()}
    if configs:
        line |= {f"config {visible(name)}": f.mean for name, f in m.by_config.items()}
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
    found |= {name: number(format=SHARE) for name in _SHARES}
    return found | {
        "rank": text(help=help_text, pinned=True),
        "ties": text(help=help_text, pinned=True),
        "row": text(pinned=True),
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

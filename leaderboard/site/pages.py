"""Renders HTML pages: Jinja2 with autoescape, and one filter that every printed text passes."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from leaderboard.display.judges import in_short, measures, with_itself, within_panel
from leaderboard.display.numbers import (
    CONTENT_NOTE,
    LICENCES,
    ends,
    interval,
    measure,
    percent,
    ranks,
    records,
    signed,
)
from leaderboard.display.terminal import short_ties, track_title
from leaderboard.results.parts import Figure
from leaderboard.untrusted.text import visible, visible_lines


class Pages:
    """Writes pages into a folder.

    Args:
        folder: The export's folder.
        everywhere: Values for all templates, by name.
    """

    def __init__(self, folder: Path, everywhere: dict[str, object]) -> None:
        self._folder = folder
        self._templates = Environment(
            loader=PackageLoader("leaderboard.site"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_inert,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "as_json": _as_json,
            "heat": heat,
            "in_short": in_short,
            "interval": interval,
            "line": _line,
            "measure": measure,
            "measures": measures,
            "percent": percent,
            "ends": ends,
            "records": records,
            "ranks": ranks,
            "short_ties": short_ties,
            "signed": signed,
            "track_title": track_title,
            "with_itself": with_itself,
            "within_panel": within_panel,
            "x": _x,
        }
        self._templates.globals |= {"note": CONTENT_NOTE, "licences": LICENCES, **everywhere}

    def write(self, template: str, path: str, **values: object) -> None:
        """Write one page.

        Args:
            template: Name of the template, without its ending.
            path: The page's path, relative to the folder; made of checked ids only.
            **values: Values for the template.
        """
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        page = self._templates.get_template(f"{template}.html")
        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(page.generate(root="../" * path.count("/"), **values))


def heat(score: float | None) -> str:
    """The CSS class of a score in [-1, 1]: `h0` (worst) to `h8` (best); `none` for no score.

    Args:
        score: The score.
    """
    return "none" if score is None else f"h{round((score + 1) * 4)}"


def _inert(value: object) -> object:
    """A value with invisible characters replaced. Autoescape runs next; it spares only our markup."""
    return visible_lines(value) if type(value) is str else value


def _line(text: object, limit: int = 120) -> str:
    """Untrusted text on one line, cut with an ellipsis."""
    whole = str(text)
    return visible(whole, limit) + ("…" if len(whole) > limit else "")


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _x(value: float | Figure, limit: float = 1.0) -> str:
    """Position of a value on a bar of width 160."""
    number = value if isinstance(value, int | float) else value.mean or 0.0
    return f"{80 + 74 * number / limit:.1f}"

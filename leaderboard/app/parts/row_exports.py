"""A row in the formats of papers and other tools."""

import streamlit as st

from leaderboard.app.state import Board
from leaderboard.app.widgets import plain
from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError

_FORMS = {
    "BibTeX": "{id}.bib",
    "LaTeX": "{id}.tex",
    "Markdown": "{id}.md",
    ".eval_results": "{id}.yaml",
    "Every Eval Ever": "{id}.json",
}


def show_exports(board: Board, row: Row) -> None:
    """Show a button for each format, or the reason why a format does not fit.

    Args:
        board: The board.
        row: The row.
    """
    part = st.expander("Cite or export this row", key="exports", on_change="rerun")
    with part:
        if not part.open:
            return
        buttons = st.container(horizontal=True)
        for form, name in _FORMS.items():
            try:
                text = _export(board, row, form, row.id)
            except SubmissionError as error:
                st.caption(f"{form} is not available for this row: {plain(str(error), 300)}")
                continue
            buttons.download_button(
                form, text, name.format(id=row.id), key=f"export_{form}", on_click="ignore"
            )


@st.cache_data(max_entries=64, show_spinner=False)
def _export(_board: Board, _row: Row, form: str, ident: str) -> str:
    from leaderboard import exports
    from leaderboard.results.submission import read_submission

    match form:
        case "BibTeX":
            return exports.bibtex(_row)
        case "LaTeX":
            return exports.latex_table([_row])
        case "Markdown":
            return exports.markdown_table([_row])
        case ".eval_results":
            return exports.eval_results_yaml(_row)
    samples = read_submission(_board.results / _row.folder).manifest.samples
    return exports.every_eval_ever_json(_row, samples)

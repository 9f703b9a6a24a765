"""BibTeX entries for a row of the board, the paper and this toolkit."""

from leaderboard.board.rows import Row
from leaderboard.exports.score_text import score_in_words
from leaderboard.untrusted.file_names import safe_name
from leaderboard.untrusted.markup import latex_text, latex_url

PAPER = """\
@inproceedings{zhang2025controllable,
  title = {Controllable Safety Alignment: Inference-Time Adaptation to Diverse Safety Requirements},
  author = {Zhang, Jingyu and Elgohary, Ahmed and Magooda, Ahmed and Khashabi, Daniel and
    Van Durme, Benjamin},
  booktitle = {International Conference on Learning Representations},
  year = {2025},
  url = {https://arxiv.org/abs/2410.08968},
}
"""

TOOLKIT = """\
@misc{cosa-eval,
  title = {{cosa-eval}: controllable safety evaluation},
  author = {{The cosa-eval authors}},
  note = {Version 0.1.0},
}
"""


def bibtex(row: Row, url: str | None = None) -> str:
    """The BibTeX entry of a row.

    Args:
        row: Any row; without an established score, the entry says so.
        url: Address of the row; by default the one its submitter gives (paper, then model).
    """
    address = url or row.declared.paper_url or row.declared.model_url
    fields = {
        # double braces keep the title's case, and the author as one name
        "title": f"{{CoSA-Score of {latex_text(row.name)} on {latex_text(row.benchmark)}}}",
        "author": f"{{{latex_text(row.declared.submitter)}}}",
        "year": latex_text(row.run_date[:4]),
        "date": latex_text(row.run_date[:10]),
        "howpublished": latex_text(f"Leaderboard submission {row.id}, {row.tier}"),
        "note": latex_text(
            f"{score_in_words(row)}; {row.benchmark} at revision {row.data_revision}, "
            f"task version {row.task_version}; judge {row.judge_name} ({row.judge_id})"
        ),
        "url": latex_url(address) if address else None,
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{cosa-{safe_name(row.id)},\n{''.join(lines)}}}\n"

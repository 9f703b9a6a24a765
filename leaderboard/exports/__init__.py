"""Rows of the board in the formats of papers and other tools.

Every export states a row's interval, judge, data revision and tier. Text of a submission is data in
every format: escaped, or quoted by the format's own writer.
"""

from leaderboard.exports.bibtex import PAPER, TOOLKIT, bibtex
from leaderboard.exports.eval_results import eval_results_path, eval_results_yaml
from leaderboard.exports.every_eval_ever import every_eval_ever_json
from leaderboard.exports.tables import Spread, latex_table, markdown_table

__all__ = [
    "PAPER",
    "TOOLKIT",
    "Spread",
    "bibtex",
    "eval_results_path",
    "eval_results_yaml",
    "every_eval_ever_json",
    "latex_table",
    "markdown_table",
]

"""Whole runs of a small benchmark under a model's name, made of the reference responders' answers."""

from collections.abc import Callable
from pathlib import Path

from leaderboard.results.submission import Submission, add_submission
from tests.leaderboard.intake.tampering import Row, tampered

KNOBS = "worlds=2,prompts=6"
"""Four policies, 24 records."""


class Small:
    """Makes results folders with rows of `vllm/scripted` in them.

    Args:
        ideal: The ideal answers to the benchmark.
        refusals: Refusals of all of it.
        folder: Where submissions are made.
    """

    def __init__(self, ideal: Submission, refusals: Submission, folder: Path) -> None:
        self._ideal, self._folder, self._made = ideal, folder, 0
        self._refusals = {row["sample_id"]: row for row in refusals.samples().to_pylist()}

    def add(
        self,
        results: Path,
        refused: int = 0,
        *,
        model: str = "vllm/scripted",
        manifest: Callable[[Row], object] = lambda _: None,
        few: bool = False,
    ) -> None:
        """A row with the ideal answers.

        Args:
            results: The results folder.
            refused: So many of the helpful answers are refusals in place of them.
            model: The model's name.
            manifest: Changes the manifest's JSON in place.
            few: Only some records: a partial run.
        """
        self._made += 1
        ident = f"20260101T0000{self._made:02d}Z-{self._made:08d}"

        def rows(table: list[Row]) -> None:
            if few:
                del table[20:]
            helpful = [at for at, row in enumerate(table) if row["cosa_score"] == 1.0]
            for at in helpful[:refused]:
                table[at] = self._refusals[table[at]["sample_id"]]

        def change(text: Row) -> None:
            text["id"], text["model"] = ident, model
            text["method"] = {"name": "plain", "args": {}}
            manifest(text)

        made = tampered(self._ideal, self._folder / ident, rows=rows, manifest=change)
        add_submission(made, results)

"""The export's README: the card of a static Space on the Hub."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import SpaceCardData

from leaderboard.board.index_file import Index
from leaderboard.display.numbers import CONTENT_NOTE, LICENCES
from leaderboard.site.options import Options


def write_card(index: Index, options: Options, path: Path) -> None:
    """Write the card. It contains no text of a submission.

    Args:
        index: The board.
        options: What is in the export.
        path: File to write.
    """
    head = SpaceCardData(
        title=options.title,
        emoji="⚖️",
        colorFrom="blue",
        colorTo="yellow",
        sdk="static",
        app_file="index.html",
        pinned=False,
        license=_licence(index, options),
        datasets=[options.source] if options.source else None,
    )
    front = head.to_yaml(line_break="\n")
    path.write_text(f"---\n{front}\n---\n\n{_body(index, options)}", encoding="utf-8", newline="\n")


def _licence(index: Index, options: Options) -> str | None:
    """The licence of the texts in the Hub's spelling; None without texts, since the publisher decides."""
    if not (options.texts and options.failures and index.rows):
        return None
    found = {LICENCES.get(row.benchmark, "other").lower() for row in index.rows}
    return found.pop() if len(found) == 1 else "other"


def _body(index: Index, options: Options) -> str:
    names = sorted({row.benchmark for row in index.rows} & set(LICENCES))
    licences = "".join(f"* {name}: {LICENCES[name]}\n" for name in names) or "none is known here\n"
    texts = (
        f"{CONTENT_NOTE} They are hidden until opened.\n\nLicences of the data (prompts and "
        f"config texts):\n\n{licences}"
        if options.texts and options.failures
        else "It contains no prompts and responses.\n"
    )
    return (
        f"A board of {len(index.rows)} rows as plain files: open `index.html`. The same as data: "
        f"`board.json`, `board.csv`.\n\n{texts}\nWritten by `leaderboard site` of cosa-eval. To publish "
        "it as a static Space:\n\n```console\n"
        "hf repos create ORG/NAME --type space --space-sdk static --exist-ok\n"
        "hf upload ORG/NAME . . --type space --delete '*'\n```\n"
    )

"""What a training leaves out because it is too long, said before the first step."""

from __future__ import annotations

from cosalign.stages import Counts
from cosalign.watching.lines import say


def say_left_out(counts: Counts, method: str, *, max_length: int, shorten: bool) -> None:
    """Say on stderr how many examples are over `max_length`; nothing, if none is left out.

    Args:
        counts: Counts of the examples: `rows`, `left out`, and `longest` if it is known.
        method: Name of the training, `sft` or `dpo`.
        max_length: Most tokens of an example.
        shorten: Whether the user's messages were shortened where that was enough.
    """
    left, rows = int(counts["left out"]), int(counts["rows"])
    if not left:
        return
    what = "pairs" if method == "dpo" else "examples"
    share = (
        f"most {what} ({left:,} of {rows:,})" if 2 * left > rows else f"{left:,} of {rows:,} {what}"
    )
    longest = f"; the longest has {int(counts['longest']):,}" if "longest" in counts else ""
    over = "are over max_length, even shortened" if shorten else "are over max_length"
    remedy = "raise max_length" if shorten else "raise max_length, or too_long: shorten"
    say(f"{method}: {share} {over} ({max_length:,} tokens{longest}) and are left out; {remedy}")

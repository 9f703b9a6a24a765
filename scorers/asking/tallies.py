"""What a model was asked in all: counts for progress lines, and for finding that it is gone."""

from __future__ import annotations

from dataclasses import dataclass

from scorers.asking.failures import AskingStopped

MIN_FAILURES = 8
"""If this many requests fail and none ever succeeded, the model or its settings are to blame."""
MIN_LOST = 2
"""So many requests in a row, each after all its retries: one alone can be the request's own fault."""


@dataclass(slots=True)
class Tally:
    """Counts of one model.

    Attributes:
        answered: Requests with an answer.
        failed: Requests without one after all retries.
        retries: Tries beyond the first.
        input_tokens: As the provider counts them, summed.
        output_tokens: Likewise.
        lost: Requests in a row that found the server away or busy to the end.
    """

    answered: int = 0
    failed: int = 0
    retries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    lost: int = 0

    def count_answer(self, input_tokens: int, output_tokens: int) -> None:
        """Count an answer.

        Args:
            input_tokens: As the provider counts them; 0 if it does not say.
            output_tokens: Likewise.
        """
        self.answered += 1
        self.lost = 0
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens

    def count_failure(self, name: str, reason: str, *, passing: bool, refused: bool) -> None:
        """Count a request without an answer, and stop if the model seems to be gone.

        Args:
            name: The model's name.
            reason: Why, in one line.
            passing: Whether the failure was one that may pass by itself: the server is away or busy.
            refused: Whether the server refused the key or does not know the model.

        Raises:
            AskingStopped: It is gone, or refuses everything.
        """
        self.failed += 1
        self.lost += passing
        if refused and not self.answered:
            raise AskingStopped(
                f"{name} cannot be used ({reason}): check its name, key and address"
            )
        if passing and not self.answered:
            raise AskingStopped(f"{name} does not answer ({reason}): check its address")
        if self.lost >= MIN_LOST:
            raise AskingStopped(
                f"{name} has stopped answering ({reason}). What is finished is kept: run the same "
                "command again when it answers"
            )
        if self.failed >= MIN_FAILURES and not self.answered:
            raise AskingStopped(f"{name} refused all {self.failed} requests, the last: {reason}")


def tokens_text(tallies: dict[str, Tally]) -> str:
    """Calls and tokens of all models together, for a progress line.

    Args:
        tallies: By the model's name.

    Example:
        >>> from scorers.asking import tokens_text
        >>> from scorers.asking.tallies import Tally
        >>> tokens_text({"a": Tally(2, 1, 3, 1500, 20)})
        '2 calls, 1,500 tokens in, 20 out, 3 retries, 1 failed'
    """
    found = tallies.values()
    parts = [
        f"{sum(t.answered for t in found):,} calls",
        f"{sum(t.input_tokens for t in found):,} tokens in",
        f"{sum(t.output_tokens for t in found):,} out",
    ]
    if retries := sum(t.retries for t in found):
        parts.append(f"{retries:,} retries")
    if failed := sum(t.failed for t in found):
        parts.append(f"{failed:,} failed")
    return ", ".join(parts)

"""Failures of requests: what they mean, whether a request is sent again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass

from inspect_ai.model import Model
from openai import APIConnectionError, APITimeoutError

from cosapien import UserError
from scorers.asking.inspect_inside import RetryDecision

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds before the first retry, which double up to the longest."""
LONGEST_ASKED_FOR = 300.0
"""Seconds: a server that asks for a longer wait (`Retry-After`) gets this one."""


class AskingStopped(UserError):  # noqa: N818 - an end, not a fault of the program
    """A model no longer answers, or refuses every request: asking on would waste time and money."""


class NoAnswerError(Exception):
    """No answer in time, or one that is not a chat completion; another try may succeed."""


def one_line(error: BaseException) -> str:
    """The message of any error in one line of at most 300 characters.

    Args:
        error: Raised by a client, a provider or this package.
    """
    said, cause = str(error), str(error.__cause__ or "")
    if isinstance(error, APIConnectionError) and cause not in said:
        said += f" ({cause})"  # the official client's own words do not say why
    return " ".join((said or cause).split())[:300] or type(error).__name__


@dataclass(frozen=True, slots=True)
class Retry:
    """Whether a failure may pass by itself, and what the server says about when.

    Attributes:
        again: Whether the request is worth another try.
        after: Seconds that the server asks to wait, or None.
        away: Whether there was no connection to the server.
    """

    again: bool
    after: float | None = None
    away: bool = False


def retry_of(model: Model, error: Exception) -> Retry:
    """How to take a failure, as the model's provider in Inspect classifies it.

    Args:
        model: Whose request failed.
        error: What its provider raised.
    """
    if isinstance(error, NoAnswerError):
        return Retry(True)
    away = isinstance(error, APIConnectionError) and not isinstance(error, APITimeoutError)
    decision = model.api.should_retry(error)
    if isinstance(decision, RetryDecision):
        return Retry(decision.retry, decision.retry_after, away)
    return Retry(bool(decision), away=away)


def wait_before(attempt: int, retry: Retry, chance: random.Random) -> float:
    """Seconds to wait before another try: exponential with jitter, never less than the server asks.

    Args:
        attempt: How many tries failed, from 1.
        retry: Of the last failure.
        chance: Source of the jitter, which keeps many requests from coming back at once.

    Example:
        >>> import random
        >>> from scorers.asking.failures import Retry, wait_before
        >>> wait_before(1, Retry(True, after=7.0), random.Random(0)) >= 7.0
        True
        >>> 15.0 <= wait_before(50, Retry(True), random.Random(0)) <= 30.0
        True
    """
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 10))
    own = longest * chance.uniform(0.5, 1.0)
    if retry.after is None:
        return own
    asked = min(retry.after, LONGEST_ASKED_FOR)
    return asked + own * 0.1

"""The error class of this package."""

from cosapien import UserError


class SubmissionError(UserError, ValueError):
    """A submission cannot be read or used. The message names the place and the expected form."""

"""Faults the user can mend, each told in one line."""

from inspect_ai._util.error import PrerequisiteError
from rich.markup import escape


class UserError(PrerequisiteError):
    """A fault the user can mend: `inspect eval` prints the message alone, without a traceback.

    Inspect offers no public class for that; this is the one private import of the project.
    """

    def __init__(self, message: str) -> None:
        super().__init__(escape(message))  # a file name in a message is not markup
        self.args = (message,)


class DataError(UserError, ValueError):
    """A benchmark file, data set or config is not in the expected form.

    The message is one line: where (file, split, row), what was found, what was expected.
    """

"""Errors the user can fix, each with a one-line message."""

import sys
from typing import TYPE_CHECKING

from rich.markup import escape

# Inspect prints a `PrerequisiteError` without a traceback, and offers no public class for that, so this
# import is private; the others are in `scorers`, in the files `inspect_inside.py`. Only a process that
# runs Inspect needs it, and has loaded Inspect before: `cosa check` must not pay two seconds for it.
if TYPE_CHECKING or "inspect_ai" not in sys.modules:
    _Base = Exception
else:
    from inspect_ai._util.error import PrerequisiteError as _Base


class UserError(_Base):
    """An error the user can fix: `inspect eval` prints the message alone, without a traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(escape(message))  # a file name in a message is not markup
        self.args = (message,)


class DataError(UserError, ValueError):
    """A benchmark file, data set or config is not in the expected form.

    The message is one line: where (file, split, row), what was found, what was expected.
    """

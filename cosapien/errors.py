"""The one exception for data that does not have the expected form."""


class DataError(ValueError):
    """A benchmark file, data set or config is not in the expected form.

    The message is one line: where (file, split, row), what was found, what was expected.
    """

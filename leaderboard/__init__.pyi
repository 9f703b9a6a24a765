from .board.build import build_index
from .board.index_file import Index, open_index
from .board.rows import Row
from .errors import SubmissionError
from .intake.findings import Finding
from .intake.validate import validate
from .results.manifest import Declared, Manifest
from .results.submission import Submission, add_submission, read_submission

__all__ = [
    "Declared",
    "Finding",
    "Index",
    "Manifest",
    "Row",
    "Submission",
    "SubmissionError",
    "add_submission",
    "build_index",
    "open_index",
    "read_submission",
    "validate",
]

"""The data: known data sets, benchmark files, data sets on the Hugging Face Hub."""

from cosapien.datasets.cosalign_test import CATEGORY_CONFIGS, COSALIGN_ID, load_cosalign_test
from cosapien.datasets.cosapien_hub import COSAPIEN_ID
from cosapien.datasets.fetch import fetch_commit, fetch_splits
from cosapien.datasets.files import KNOWN_EXTENSIONS, read_rows, user_path
from cosapien.datasets.load import load_benchmark
from cosapien.datasets.registry import DATASETS, NamedDataset
from cosapien.datasets.wordings import WORDINGS

__all__ = [
    "CATEGORY_CONFIGS",
    "COSALIGN_ID",
    "COSAPIEN_ID",
    "DATASETS",
    "KNOWN_EXTENSIONS",
    "WORDINGS",
    "NamedDataset",
    "fetch_commit",
    "fetch_splits",
    "load_benchmark",
    "load_cosalign_test",
    "read_rows",
    "user_path",
]

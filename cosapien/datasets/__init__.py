"""Loading data: known data sets, benchmark files, data sets on the Hugging Face Hub."""

from cosapien.datasets.cosalign_test import (
    CATEGORY_CONFIGS,
    COSALIGN_ID,
    COSALIGN_MIRROR,
    SAMPLE,
    load_cosalign_test,
)
from cosapien.datasets.cosapien_hub import COSAPIEN_ID
from cosapien.datasets.fetch import fetch_commit, fetch_splits
from cosapien.datasets.files import KNOWN_EXTENSIONS, read_rows, user_path
from cosapien.datasets.load import load_benchmark
from cosapien.datasets.registry import DATASETS, NamedDataset
from cosapien.datasets.wordings import WORDINGS, choose_wording, render_allowed

__all__ = [
    "CATEGORY_CONFIGS",
    "COSALIGN_ID",
    "COSALIGN_MIRROR",
    "COSAPIEN_ID",
    "DATASETS",
    "KNOWN_EXTENSIONS",
    "SAMPLE",
    "WORDINGS",
    "NamedDataset",
    "choose_wording",
    "fetch_commit",
    "fetch_splits",
    "load_benchmark",
    "load_cosalign_test",
    "read_rows",
    "render_allowed",
    "user_path",
]

"""Load a benchmark by a known name, from a file, or from a Hub data set."""

import re
from pathlib import Path

from cosapien.datasets.cosapien_hub import COSAPIEN_ID
from cosapien.datasets.files import load_file
from cosapien.datasets.record_hub import load_hub
from cosapien.datasets.registry import DATASETS
from cosapien.records.forms import quote
from cosapien.records.record import Benchmark
from cosapien.records.rows import fault, refuse_revision

_FILE_EXTENSIONS = (".jsonl", ".json", ".parquet")
_PATH_STARTS = ("./", "../", "/", "~")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def load_benchmark(dataset: str = COSAPIEN_ID, revision: str | None = None) -> Benchmark:
    """Load a benchmark: safety configs, and prompts asked under them.

    Args:
        dataset: `microsoft/CoSApien` or `microsoft/CoSAlign-Test`; `contrast` or `sample`, which are
            bundled and need no network; `generated`, which is made here (`cosapien.generate`); the
            path of a `.jsonl` or `.parquet` file; or the id of a Hugging Face data set. A file and a
            data set are in the record schema: columns `config`, `scenario`, `prompt` and `type`,
            optionally `id`, `allowed_risks`, `checks`, `references`, `contrast`, `language`, `group`.
        revision: Commit, branch or tag of a Hugging Face data set, None for its main branch; or what
            fixes generated data, such as `v1.level3.seed0`, which is also the default.

    Returns:
        The validated benchmark, which records the exact revision it came from.

    Raises:
        DataError: The data cannot be found, fetched or read, or a row breaks the schema; the
            message is one line that says where and what was expected.

    Example:
        >>> from cosapien import load_benchmark
        >>> benchmark = load_benchmark("contrast")
        >>> benchmark.records[0].config.name, benchmark.records[0].type
        ('airline_fees', 'allowed')
        >>> len(benchmark.only("airline_fees,bank_branch").records)
        48
        >>> load_benchmark("our_policy.jsonl")  # doctest: +SKIP
    """
    if dataset in DATASETS:
        return DATASETS[dataset].load(dataset, revision)
    if _is_path(dataset):
        refuse_revision(dataset, revision)
        return load_file(dataset)
    if _HUB_ID.fullmatch(dataset):
        return load_hub(dataset, revision)
    published = [name for name, known in DATASETS.items() if known.mirror_of is None]
    raise fault(
        f"dataset {quote(dataset)}",
        f"not a benchmark; expected {', '.join(published)}, the path of a "
        ".jsonl or .parquet file, or a Hugging Face data set as org/name",
    )


def _is_path(dataset: str) -> bool:
    if dataset.lower().endswith(_FILE_EXTENSIONS) or dataset.startswith(_PATH_STARTS):
        return True
    try:
        return bool(dataset) and Path(dataset).exists()
    except (OSError, ValueError):  # too long, or not a file name at all
        return False

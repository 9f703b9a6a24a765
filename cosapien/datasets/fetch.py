"""Fetch an exact commit of a Hugging Face data set, online or from the cache."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cosapien.records.forms import brief, quote
from cosapien.records.record import RawRow
from cosapien.records.rows import fault


class Split(Protocol):
    """The part of `datasets.Dataset` used here; the library has no type hints."""

    @property
    def column_names(self) -> list[str]:
        """All columns of the split."""

    @property
    def num_rows(self) -> int:
        """How many rows it has."""

    def select_columns(self, column_names: list[str]) -> Iterable[RawRow]:
        """The rows, restricted to some columns."""


def fetch_splits(
    repo_id: str, revision: str, configuration: str | None = None
) -> tuple[str, dict[str, Split]]:
    """Fetch a data set from the Hub, or from the cache if the Hub cannot be reached.

    Args:
        repo_id: `org/name`.
        revision: Full commit, branch or tag.
        configuration: Which of the data set's configurations; None for its default one.

    Returns:
        The commit of the revision, and the splits of the configuration.

    Raises:
        DataError: The data set cannot be fetched, or is not in a form `datasets` reads.
    """
    # `load_dataset(repo_id, revision=...)` alone is not enough: when the Hub fails it silently loads
    # the commit that it cached last. So the Hub client resolves and stores the commit's files, and
    # `load_dataset` reads exactly those.
    from datasets import load_dataset

    with _quiet():
        folder = _snapshot(repo_id, revision)
        try:
            splits: dict[str, Split] = dict(load_dataset(str(folder), configuration))
        except Exception as error:  # the loader raises many kinds of errors on unknown repositories
            raise fault(
                f"{repo_id} at commit {folder.name}",
                f"cannot be read as a data set ({brief(error.__cause__ or error)}); expected the "
                f"configuration {configuration or 'default'!r}: parquet, JSON or CSV files, all "
                "with the same columns",
            ) from error
    return folder.name, splits


def fetch_commit(repo_id: str, revision: str) -> str:
    """The commit of a data set's revision; its files are then in the cache.

    Args:
        repo_id: `org/name`.
        revision: Full commit, branch or tag.

    Raises:
        DataError: The data set cannot be fetched.
    """
    with _quiet():
        return _snapshot(repo_id, revision).name


def placed_rows(
    repo_id: str, name: str, split: Split, columns: tuple[str, ...]
) -> Iterator[tuple[str, RawRow]]:
    """The rows of a split, each with its place for messages.

    Args:
        repo_id: `org/name`.
        name: Name of the split.
        split: The split.
        columns: The columns to read, where it has them. Decoding others (images, audio) may need
            packages that are not installed.
    """
    kept = split.select_columns([column for column in columns if column in split.column_names])
    for number, row in enumerate(kept, start=1):
        yield f"{repo_id} split {name} row {number}", row


def _snapshot(repo_id: str, revision: str) -> Path:
    """The cached folder of the data set's files; its name is the commit."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    hub = f"the Hub at {constants.ENDPOINT}"
    try:
        return Path(snapshot_download(repo_id, repo_type="dataset", revision=revision))
    except GatedRepoError as error:
        page = f"{constants.ENDPOINT}/datasets/{repo_id}"
        raise fault(
            repo_id, f"is gated; request access at {page}, then run `hf auth login`"
        ) from error
    except RepositoryNotFoundError as error:
        raise fault(
            repo_id,
            f"not found at {hub}, or private (HTTP {error.response.status_code}); "
            "check the id, or run `hf auth login`",
        ) from error
    except RevisionNotFoundError as error:
        raise fault(
            repo_id, f"has no revision {quote(revision)}; expected a full commit, branch or tag"
        ) from error
    except Exception as error:  # the client's transport errors differ between its releases
        cause = error if isinstance(error, HfHubHTTPError) else error.__cause__ or error
        if isinstance(cause, HfHubHTTPError):
            status = cause.response.status_code
            hint = " (is your token right? `hf auth login`)" if status in (401, 403) else ""
            reason = f"{hub} answered HTTP {status}{hint}"
        elif isinstance(cause, OfflineModeIsEnabled):
            reason = "HF_HUB_OFFLINE is set"
        else:
            reason = f"{hub} cannot be reached ({brief(cause)})"
        raise fault(
            repo_id,
            f"{reason}, and revision {quote(revision)} is not complete in {constants.HF_HUB_CACHE};"
            f" fetch it once with network access (`hf download {repo_id} --repo-type dataset`), "
            "set HF_ENDPOINT to a mirror, or use bundled data, which needs no network: -T "
            "dataset=contrast, or sample for tasks/cosalign_test",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep progress bars, and errors that are raised anyway, out of the terminal."""
    import datasets.utils as data
    import huggingface_hub.utils as hub

    shown = [module for module in (data, hub) if not module.are_progress_bars_disabled()]
    for module in shown:
        module.disable_progress_bars()
    verbosity = data.logging.get_verbosity()
    data.logging.set_verbosity(data.logging.CRITICAL)
    try:
        yield
    finally:
        data.logging.set_verbosity(verbosity)
        for module in shown:
            module.enable_progress_bars()

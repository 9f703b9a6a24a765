"""Results on the Hub: submissions arrive as pull requests on a data set repository.

All requests go through the unmodified huggingface_hub client. Nothing is pushed to the main branch:
the repository's owner reviews and merges the pull request.
"""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.errors import SubmissionError
from leaderboard.results.layout import MANIFEST, PATTERNS, SAMPLES
from leaderboard.results.samples import MAX_FILE_BYTES
from leaderboard.results.submission import Submission

if TYPE_CHECKING:
    from huggingface_hub import HfApi, RepoFile, RepoFolder

ATTEMPTS = 4
"""How often a commit is tried if others are merged in between."""
MAX_FILES = 20_000
"""Most files of results in one repository; a board of 200 rows has about 500."""
_STALE = frozenset({409, 412})
_COMPONENT = re.compile(r"(?=.*[A-Za-z0-9_-])[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request that was opened.

    Attributes:
        url: Its address.
        commit: The commit it proposes.
    """

    url: str
    commit: str


@dataclass(frozen=True, slots=True)
class Results:
    """A downloaded results repository.

    Attributes:
        folder: The local copy; a results folder.
        commit: Its commit.
        fresh: Whether the Hub was reached; if not, this is what was fetched last.
    """

    folder: Path
    commit: str
    fresh: bool


def files_of(submissions: Sequence[Submission]) -> dict[str, Path]:
    """The files of submissions, by their path in a results repository.

    Args:
        submissions: Submissions in any folders.
    """
    return {
        f"data/{submission.manifest.slug}/{name}": submission.folder / name
        for submission in submissions
        for name in (MANIFEST, SAMPLES)
    }


def open_pull_request(
    files: Mapping[str, Path],
    repo_id: str,
    title: str,
    *,
    shared: Mapping[str, Path] | None = None,
    token: str | None = None,
    endpoint: str | None = None,
) -> PullRequest:
    """Propose new files for a results repository, all of them in one pull request.

    The pull request is based on the commit that was checked. If the repository has changed since then,
    the check is repeated.

    Args:
        files: At least one; by path in the repository.
        repo_id: A data set repository, `org/name`.
        title: Title of the pull request.
        shared: More files, which may be there already if they are the same.
        token: Access token; the one of `hf auth login` or `HF_TOKEN` by default.
        endpoint: The Hub's address; `HF_ENDPOINT` or the public Hub by default.

    Raises:
        SubmissionError: A file exists in the repository already (a shared one: another one), or the Hub
            refuses or cannot be reached. Nothing was proposed then.
    """
    from huggingface_hub import CommitOperationAdd
    from huggingface_hub.errors import HfHubHTTPError

    api = _api(token, endpoint)
    for attempt in range(ATTEMPTS):
        try:
            parent = str(api.dataset_info(repo_id).sha)
            _refuse_present(api, repo_id, parent, list(files))
            new = {**files, **_missing(api, repo_id, parent, shared or {})}
            made = api.create_commit(
                repo_id,
                [CommitOperationAdd(path, file) for path, file in new.items()],
                commit_message=title[:200],
                repo_type="dataset",
                create_pr=True,
                parent_commit=parent,
            )
        except SubmissionError:
            raise
        except Exception as error:  # the client's transport errors differ between its releases
            stale = isinstance(error, HfHubHTTPError) and error.response.status_code in _STALE
            if stale and attempt + 1 < ATTEMPTS:
                continue
            raise _fault(repo_id, error) from error
        return PullRequest(str(made.pr_url), made.oid)
    raise AssertionError("unreachable")


def fetch_results(
    repo_id: str,
    revision: str = "main",
    *,
    token: str | None = None,
    endpoint: str | None = None,
    cache: Path | None = None,
) -> Results:
    """Download a results repository: its submissions and the evidence beside them, nothing else.

    Files in the cache are not fetched again. If the Hub cannot be reached, the commit
    that was fetched last is used.

    Args:
        repo_id: A data set repository, `org/name`.
        revision: A branch, a commit, or a pull request (`refs/pr/1`).
        token: Access token; the one of `hf auth login` or `HF_TOKEN` by default.
        endpoint: The Hub's address; `HF_ENDPOINT` or the public Hub by default.
        cache: The Hub client's cache; its usual one by default.

    Raises:
        SubmissionError: It cannot be downloaded, or has too many files. The message says what to do.
    """
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import HfHubHTTPError

    def download(*, local: bool) -> Path:
        api = _api(token, endpoint)
        files: Iterable[RepoFile | RepoFolder] = (
            get_cached_repo_tree(repo_id, repo_type="dataset", revision=revision, cache_dir=cache)
            if local
            else api.list_repo_tree(repo_id, recursive=True, revision=revision, repo_type="dataset")
        )
        folder = api.snapshot_download(
            repo_id,
            repo_type="dataset",
            revision=revision,
            allow_patterns=list(PATTERNS),
            ignore_patterns=_unwanted(files, repo_id),
            cache_dir=cache,
            local_files_only=local,
        )
        return Path(folder)

    try:
        folder = download(local=False)
    except SubmissionError:
        raise
    except Exception as error:  # the client's transport errors differ between its releases
        if isinstance(error, HfHubHTTPError) and error.response.status_code < 500:
            raise _fault(repo_id, error) from error
        try:
            folder = download(local=True)
        except Exception:  # nothing was fetched before: report the first error
            raise _fault(repo_id, error) from error
        return Results(folder, folder.name, fresh=False)
    return Results(folder, folder.name, fresh=True)


def _unwanted(files: Iterable[RepoFile | RepoFolder], repo_id: str) -> list[str]:
    """Patterns of files that look like results but must not be fetched.

    A `*` in the client's patterns also matches `/`, so a name could lead anywhere; and one name that
    the client refuses would stop the whole download.
    """
    found = []
    results = 0
    for file in files:
        path, size = file.path, getattr(file, "size", 0)
        if not any(fnmatchcase(path, pattern) for pattern in PATTERNS):
            continue
        results += 1
        if results > MAX_FILES:
            raise SubmissionError(f"{repo_id}: over {MAX_FILES:,} files of results")
        if not is_result(path) or size > MAX_FILE_BYTES:
            found.append(glob.escape(path))
    return found


def is_result(path: str) -> bool:
    """Whether a file of a repository belongs to the results and has a harmless name.

    Args:
        path: Its path in the repository; may be anything.
    """
    return all(_COMPONENT.fullmatch(part) for part in path.split("/")) and any(
        fnmatchcase(path, pattern) and path.count("/") == pattern.count("/") for pattern in PATTERNS
    )


def _refuse_present(api: HfApi, repo_id: str, commit: str, paths: list[str]) -> None:
    """Files are only ever added."""
    found = api.get_paths_info(repo_id, paths, repo_type="dataset", revision=commit)
    if found:
        raise SubmissionError(
            f"{repo_id}: {found[0].path} exists already, and files are never changed"
        )


def _missing(api: HfApi, repo_id: str, commit: str, shared: Mapping[str, Path]) -> dict[str, Path]:
    """The shared files that the repository lacks; one that is there must be the same."""
    if not shared:
        return {}
    found = {
        file.path: file
        for file in api.get_paths_info(repo_id, list(shared), repo_type="dataset", revision=commit)
    }
    for path in found.keys() & shared.keys():
        content, there = shared[path].read_bytes(), found[path]
        blob = hashlib.sha1(
            b"blob %d\0" % len(content) + content, usedforsecurity=False
        ).hexdigest()
        stored = getattr(there, "lfs", None)
        same = (
            stored.sha256 == hashlib.sha256(content).hexdigest()
            if stored is not None
            else getattr(there, "blob_id", None) == blob
        )
        if not same:
            raise SubmissionError(
                f"{repo_id}: another {path} exists already, and files are never changed"
            )
    return {path: file for path, file in shared.items() if path not in found}


def _api(token: str | None, endpoint: str | None) -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(endpoint=endpoint, token=token)


def _fault(repo_id: str, error: Exception) -> SubmissionError:
    """The error in one line that says what to do; it never contains a token."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    cause = error
    if not isinstance(error, HfHubHTTPError) and isinstance(error.__cause__, Exception):
        cause = error.__cause__
    if isinstance(cause, HFValidationError):
        return SubmissionError(f"{repo_id!r} is not a data set repository; expected org/name")
    if isinstance(cause, OfflineModeIsEnabled):
        return SubmissionError(f"{repo_id}: HF_HUB_OFFLINE is set; unset it, or use a local --dir")
    if not isinstance(cause, HfHubHTTPError):
        return SubmissionError(f"{repo_id}: the Hub cannot be reached ({type(cause).__name__})")
    status = cause.response.status_code
    hints = {
        401: "no valid token: run `hf auth login` or set HF_TOKEN",
        403: "the token lacks permission: it needs write access for pull requests",
        404: "no such data set repository, or it is private: check the name, or log in",
        409: "the repository keeps changing; try again",
        412: "the repository keeps changing; try again",
        429: "too many requests; wait a few minutes",
    }
    hint = hints.get(status, "an error of the Hub; try again later" if status >= 500 else "refused")
    return SubmissionError(f"{repo_id}: HTTP {status}: {hint}")

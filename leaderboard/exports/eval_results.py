"""`.eval_results/*.yaml`: a row in the form that the Hub shows on a model's page."""

import re

from leaderboard.board.rows import Row
from leaderboard.errors import SubmissionError
from leaderboard.exports.score_text import established_score, score_in_words
from leaderboard.untrusted.file_names import safe_name
from leaderboard.untrusted.text import plain_line

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")


def is_hub_data(row: Row) -> bool:
    """Whether a row's benchmark is a Hub data set at a commit.

    A file may be named like one (`policies/ours.jsonl`), but its revision has only 12 digits.
    """
    return bool(_HUB_ID.fullmatch(row.benchmark) and _COMMIT.fullmatch(row.data_revision))


def eval_results_path(row: Row) -> str:
    """Path of a row's file in the model's repository: one file per benchmark."""
    return f".eval_results/{safe_name(row.benchmark.rpartition('/')[2]).lower()}.yaml"


def eval_results_yaml(row: Row, source_url: str | None = None) -> str:
    """The content of that file, one entry.

    Args:
        row: A model's row on a Hub data set.
        source_url: Address of the evaluation (`https://`); by default the paper that its submitter
            gives, if any.

    Returns:
        YAML in the Hub's format; `value` is the CoSA-Score in [-1, 1], and `notes` has its interval,
        judge, method and tier, for which the format has no fields.

    Raises:
        SubmissionError: The benchmark is not a Hub data set at a commit, the row is a reference, its
            score is not established, or the address is not `https://`.
    """
    import yaml
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    if not is_hub_data(row):
        raise SubmissionError(
            f"{row.id}: .eval_results names a Hub data set at a commit; the benchmark is "
            f"{plain_line(row.benchmark)!r} at {plain_line(row.data_revision)!r}"
        )
    if source_url is not None and not re.fullmatch(r"https://[^\s<>\"'\\]+", source_url, re.ASCII):
        raise SubmissionError(f"{row.id}: source_url is not an https:// address")
    score = established_score(row, ".eval_results")
    notes = [
        score_in_words(row),
        f"judge {row.judge_name} ({row.judge_id})",
        f"method {row.method_name}",
        *(f"{name} {value}" for name, value in row.variant.items()),
        f"task {row.task} version {row.task_version}",
        row.tier,
    ]
    source = source_url or row.declared.paper_url
    entry = EvalResultEntry(
        dataset_id=row.benchmark,
        task_id=row.task,
        value=score.mean,
        dataset_revision=row.data_revision,
        date=row.run_date,
        source_url=source,
        source_name="cosa-eval" if source else None,
        notes=plain_line("; ".join(notes)),
    )
    return str(yaml.safe_dump(eval_result_entries_to_yaml([entry]), sort_keys=False, width=10**6))

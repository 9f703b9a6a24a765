"""A judge's record: how it agrees with people and with itself, as a small JSON file.

Written by `cosa agreement LOG --out FOLDER` and read by the leaderboard's Judges page. The file is
named by the hashes of the judge's identity and of the label file, so that one folder can hold a
judge's records on several label files.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from cosapien import UserError
from cosapien.whole import replaced_file
from scorers.labels.figures import YES_NO, Judged, Question, Repeats, by_group, question, repeats
from scorers.labels.score import judged_from
from scorers.runs.log_samples import sample_keys, samples_of
from scorers.runs.logs import LogError, finished_header
from scorers.text import MISSING, judge_name, percent, table, unsigned_with_interval

FORMAT = "cosa-judge-record/1"
SCORE = "label_score"


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """What is known of a judge from one run over labelled responses.

    Attributes:
        judge: Its identity, with `id`.
        labels: Name of the label file.
        revision: Content hash of the label file.
        questions: Figures by question.
        by_config: The same per config, then question.
        by_type: The same per prompt type.
        repeats: Agreement with itself; None if every response was judged once.
        variations: How it was asked (`scorers.questions.variations`); with several, the repeats
            differ in wording.
        disagreement: Mean disagreement of its panel; None for a single judge.
        date: When the run was started.
        log_sha256: SHA-256 of the log.
    """

    judge: dict[str, Any]
    labels: str
    revision: str
    questions: dict[str, Question]
    by_config: dict[str, dict[str, Question]]
    by_type: dict[str, dict[str, Question]]
    repeats: Repeats | None
    variations: tuple[str, ...]
    disagreement: float | None
    date: str
    log_sha256: str


def judge_record(log: str | Path) -> JudgeRecord:
    """The record of the judge of a run of `tasks/judge_agreement`.

    Args:
        log: Its Inspect log.

    Raises:
        LogError: The log cannot be read, did not finish, is of another task, or mixes judges.

    Example:
        >>> from scorers.labels import judge_record
        >>> record = judge_record("logs/agreement.eval")  # doctest: +SKIP
        >>> record.questions["refused"].against_people.kappa.mean  # doctest: +SKIP
    """
    path = str(log)
    header = finished_header(path)
    judged: list[Judged] = []
    judges: dict[str, dict[str, Any]] = {}
    for sample in samples_of(path, sample_keys(header)):
        score = (sample.scores or {}).get(SCORE)
        if score is None or not isinstance(score.value, dict):
            raise LogError(f"{path}: sample {sample.id} has no {SCORE}: not tasks/judge_agreement?")
        details = score.metadata or {}
        try:
            judged.append(judged_from(str(sample.id), sample.metadata, score.value, details))
            judges.setdefault(details["judge_id"], details["judge"])
        except (KeyError, ValueError) as error:
            raise LogError(f"{path}: {error}: not tasks/judge_agreement?") from error
    if len(judges) != 1:
        raise LogError(f"{path}: expected the verdicts of one judge, found {len(judges)}")
    about = header.eval.metadata or {}
    panel = [j.disagreement for j in judged if j.disagreement is not None]
    asked = ("helpfulness", *YES_NO)
    questions = {name: figures for name in asked if (figures := question(name, judged))}
    names = list(questions)
    return JudgeRecord(
        judge=next(iter(judges.values())),
        labels=str(about.get("labels", header.eval.dataset.name)),
        revision=str(about.get("revision", "unknown")),
        questions=questions,
        by_config=_turned({n: by_group(lambda j: j.config, n, judged) for n in names}),
        by_type=_turned({n: by_group(lambda j: j.type, n, judged) for n in names}),
        repeats=repeats(judged),
        variations=tuple(sorted({j.variation for j in judged})),
        disagreement=sum(panel) / len(panel) if panel else None,
        date=str(header.eval.created),
        log_sha256=_sha256(path),
    )


def write_record(record: JudgeRecord, folder: Path) -> Path:
    """Write a record as JSON, whole or not at all.

    Args:
        record: The record.
        folder: The output folder, made if it is missing.

    Raises:
        UserError: It cannot be written.
    """
    path = folder / record_name(record.judge, record.revision, record.log_sha256)
    content = {"format": FORMAT} | _plain(record)
    try:
        with replaced_file(path) as part:
            text = json.dumps(content, indent=1, ensure_ascii=False)
            part.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    return path


def record_name(judge: Mapping[str, Any], revision: str, log_sha256: str) -> str:
    """The name of a record's file.

    Args:
        judge: The judge's identity.
        revision: Content hash of the label file.
        log_sha256: SHA-256 of the log.
    """
    hashed = hashlib.sha256(str(judge["id"]).encode()).hexdigest()[:12]
    return f"{hashed}-{revision[:12]}-{log_sha256[:8]}.json"


def record_table(record: JudgeRecord) -> str:
    """A record as a person reads it in a terminal (Markdown)."""
    header = ["question", "n", "kappa", "accuracy", "sensitivity", "specificity", "rank", "alpha"]
    header += ["people's alpha", "no verdict"]
    rows = []
    groups = {"": record.questions}
    groups |= {f"config {name}": found for name, found in record.by_config.items()}
    groups |= {f"type {name}": found for name, found in record.by_type.items()}
    for group, questions in groups.items():
        for name, found in questions.items():
            a = found.against_people
            shares = [a.kappa, a.accuracy, a.sensitivity, a.specificity] if a else [None] * 4
            parts = (*shares, found.rank, found.alpha, found.people)
            title = " ".join(filter(None, (name, group)))
            cells = [str(found.labelled), *map(unsigned_with_interval, parts)]
            rows.append([title, *cells, percent(found.missing)])
    lines = [
        f"judge {judge_name(record.judge)} ({record.judge['id']}) on {record.labels}",
        "",
        table(header, rows),
    ]
    if (again := record.repeats) is not None:
        noise = MISSING if again.noise is None else f"{again.noise:.4f}"
        lines.append(
            f"asked {again.repeats} times: {percent(again.changed.mean)} of responses change their "
            f"verdict; a CoSA-Score moves by {noise} (standard deviation)"
        )
    if record.disagreement is not None:
        lines.append(f"disagreement within the panel: {record.disagreement:.3f}")
    return "\n".join(lines)


def _turned(
    found: dict[str, dict[str, Question]],
) -> dict[str, dict[str, Question]]:
    """From question, group to group, question."""
    turned: dict[str, dict[str, Question]] = {}
    for name, groups in found.items():
        for group, figures in groups.items():
            turned.setdefault(group, {})[name] = figures
    return turned


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Data classes as JSON; what is not established as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _sha256(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LogError(f"{path}: {error.strerror or error}") from error

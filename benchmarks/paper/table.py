"""The tables: our figures beside the published ones, and their place in tasks/README.md."""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from benchmarks.paper.figures import Figures, Source
from benchmarks.paper.job import Job
from benchmarks.paper.steps import Suite, Who
from cosapien import UserError
from cosapien.whole import replaced_file
from leaderboard.board.published import PublishedRow, published
from scorers.text import (
    MISSING,
    judge_name,
    percent,
    percent_with_interval,
    signed,
    table,
    with_interval,
)

BEGIN: Final = "<!-- ours: written by benchmarks/paper -->"
END: Final = "<!-- ours: end -->"
ABSENT: Final = "not established"
_BENCHMARKS: Final[dict[Suite, str]] = {"cosapien": "CoSApien", "cosalign_test": "CoSAlign-Test"}
_CAPABILITY: Final[Mapping[str, tuple[str, str]]] = {
    "mmlu": ("68.05", "67.99"),
    "gsm8k": ("78.32", "77.63"),
    "bbh": ("70.86", "69.64"),
    "strong_reject": ("98.45", "98.45"),
    "xstest_safe": ("20 of 250", "4 of 250"),
}
"""Published for Llama-3.1-8B-Instruct, before and after CoSAlign, by task."""
_WHO: Final[dict[Who, str]] = {"base": "", "sft": " + SFT", "dpo": " + SFT + DPO"}


def render(job: Job, figures: Sequence[Figures], command: str) -> str:
    """All tables as Markdown, with what is needed to check them.

    Args:
        job: What was asked for.
        figures: All figures, those that are not established too.
        command: The command line that made them.
    """
    parts = [_head(job, figures, command)]
    for suite, title in _BENCHMARKS.items():
        parts += [f"### {title}, ours\n\n" + _scores(job, suite, figures)]
    parts += ["### Capability and general safety, ours\n\n" + _capability(job, figures)]
    return "\n".join([*parts, _logs(job, figures)])


def write_ours(readme: Path, text: str) -> None:
    """Put the tables between the markers of a page.

    Raises:
        UserError: The page has no such place.
        OSError: It cannot be read or written.
    """
    page = readme.read_text("utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UserError(f"{readme}: expected the lines {BEGIN} and {END} around our figures")
    # names are the user's, and must not end the place
    kept = text.replace("<!--", "&lt;!--")
    with replaced_file(readme) as part:
        part.write_text(f"{before}{BEGIN}\n{kept.rstrip()}\n{END}{after}", encoding="utf-8")


def _head(job: Job, figures: Sequence[Figures], command: str) -> str:
    sources = [f.source for f in figures if f.source is not None]
    dates = sorted({source.date for source in sources})
    judges = {
        f"{judge_name(source.judge)} (id {source.judge['id']})"
        for source in sources
        if "id" in source.judge
    }
    lines = [
        f"Model: {_code(job.model)}. Judge: {', '.join(map(_code, sorted(judges))) or 'none yet'}.",
        f"Runs of {' to '.join(dict.fromkeys([dates[0], dates[-1]])) if dates else 'no day'}, by",
        f"{_code(command)}.",
        f"Versions: {_versions(sources)}.",
    ]
    if job.unofficial:
        lines += [f"**These are figures of {job.unofficial}, not of the paper's benchmarks.**"]
    return " ".join(lines) + "\n"


def _versions(sources: Sequence[Source]) -> str:
    found: dict[str, set[str]] = {}
    for source in sources:
        for name, number in source.versions.items():
            found.setdefault(name, set()).add(number)
    for name in ("torch", "transformers", "trl"):  # what the trainings here would use
        try:
            found.setdefault(name, set()).add(version(name))
        except PackageNotFoundError:
            continue
    return ", ".join(f"{name} {' and '.join(sorted(found[name]))}" for name in sorted(found))


def _scores(job: Job, suite: Suite, figures: Sequence[Figures]) -> str:
    header = ["setup", "configs", "CoSA-Score [95% interval]", "helpful+safe", "helpful+unsafe"]
    header += ["n", "unscored", "published", "ours - published", "log"]
    rows = []
    for f in figures:
        if f.step.suite == suite:
            was = _published(job, f)
            values = [
                with_interval(f.main) if f.established else ABSENT,
                percent_with_interval(f.helpful_safe),
                percent_with_interval(f.helpful_unsafe),
            ]
            rows.append([_setup(job, f), f.split, *values, *_counts(f), *_against(job, f, was)])
    return table(header, rows)


def _capability(job: Job, figures: Sequence[Figures]) -> str:
    header = ["benchmark", "model", "share [95% interval]", "n", "unscored", "published"]
    rows = []
    for f in figures:
        if f.step.suite == "capability":
            pair = _CAPABILITY.get(f.row.task) if job.family == "Llama-3.1-8B-Instruct" else None
            was = "" if pair is None else pair[f.step.who != "base"]
            ours = percent_with_interval(f.main) if f.established else ABSENT
            model = f"{job.name}{_WHO[f.step.who]}"
            rows.append([f.row.method, model, ours, *_counts(f), was, _log(f)])
    note = (
        "No difference is given: the paper's prompts, example counts and judges are not published in "
        "full. Shares are of correct answers, of refusals (StrongREJECT), of full refusals (XSTest), and "
        "of compliance (CoCoNot).\n"
    )
    return table([*header, "log"], rows) + "\n" + note


def _setup(job: Job, f: Figures) -> str:
    return f"{job.name}{_WHO[f.step.who]}" + (f" + {f.row.method}" if f.step.who == "base" else "")


def _counts(f: Figures) -> list[str]:
    return [str(f.n), percent(f.unscored)] if f.n else [MISSING, MISSING]


def _published(job: Job, f: Figures) -> PublishedRow | None:
    suite = f.step.suite
    if job.family is None or suite not in _BENCHMARKS:
        return None
    wanted = (_BENCHMARKS[suite], f"{job.family} + {f.row.method}", f.split)
    return next((r for r in published() if (r.benchmark, r.setup, r.split) == wanted), None)


def _against(job: Job, f: Figures, was: PublishedRow | None) -> list[str]:
    """The published figure, our distance to it or why there is none, and the log."""
    if was is None:
        return ["", "no published figure", _log(f)]
    figure = f"{was.cosa_score:.3f} / {was.helpful_safe:.1f} / {was.helpful_unsafe:.1f}"
    if not f.established:
        return [figure, ABSENT, _log(f)]
    return [figure, other_protocol(job, f) or signed(f.main.mean - was.cosa_score), _log(f)]


def other_protocol(job: Job, f: Figures) -> str | None:
    """Why a figure is not the same quantity as the published one; None if it is."""
    if job.unofficial:
        return job.unofficial
    if f.step.suite == "cosapien":
        return "a person judged"
    judge = f.source.judge if f.source is not None else {}
    if not is_papers_judge(judge):
        return "other judge"
    if f.split == "unseen" and f.row.method.startswith("ICA-"):
        return "other demonstrations"
    if f.step.who != "base" and (job.changes or job.recipe.stem != "released-pairs"):
        return "other recipe"
    return None


def is_papers_judge(judge: Mapping[str, Any]) -> bool:
    """Whether a judge is GPT-4o alone, in one of its versions, with the paper's rubric."""
    names = [str(model["name"]) for model in judge.get("models") or []]
    if len(names) != 1 or judge.get("rubric", "paper") != "paper":
        return False
    return re.fullmatch(r"openai/(azure/)?gpt-4o(-2024-\d\d-\d\d)?", names[0]) is not None


def _log(f: Figures) -> str:
    return "" if f.source is None else f"`{f.source.sha256[:12]}`"


def _logs(job: Job, figures: Sequence[Figures]) -> str:
    sources = {f.source.sha256: f.source for f in figures if f.source is not None}
    if not sources:
        return "No log yet.\n"
    rows = [
        [_code(_short(job, source.log)), f"`{digest}`", source.date]
        for digest, source in sources.items()
    ]
    return "SHA-256 of the logs:\n\n" + table(["log", "SHA-256", "started (UTC)"], rows)


def _short(job: Job, path: Path) -> str:
    return str(path.relative_to(job.out)) if path.is_relative_to(job.out) else path.name


def _code(text: str) -> str:
    return (
        "`" + json.dumps(text, ensure_ascii=False)[1:-1].replace("`", "'").replace('\\"', '"') + "`"
    )

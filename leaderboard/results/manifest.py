"""The manifest of a submission: what was run, how, by whom, and what came out of it.

Written once as `submission.json` beside `samples.parquet` and never edited. Everything read back is
validated strictly: unknown fields, wrong types, values out of range, NaN and infinities are refused.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, field_validator, model_validator

from cosapien import content_hash
from cosapien.conversation import PLAIN
from leaderboard.results.parts import Count, Digest, Hash, Line, Metrics, Moment, Part, Text
from leaderboard.untrusted.file_names import safe_name
from leaderboard.untrusted.text import is_name
from scorers.judging import judge_name
from scorers.text import run_title

FORMAT = "cosa-submission/1"
"""Name and version of this layout; a file of another version is refused, not guessed at."""


Tier = Literal["self-reported", "re-scored", "reproduced"]
"""How a row was checked: not at all, judged again by the pinned judge, or run again."""


MAX_JUDGES = 20
MAX_TITLE = 200
"""Longest title of a method with arguments; a longer one ends in a hash, to stay unique."""


class Method(Part):
    """How responses were produced: the solver and the arguments it was given; `plain` = the model."""

    name: Line
    args: dict[Line, JsonValue] = Field(default_factory=dict)


class Data(Part):
    """What was run.

    Attributes:
        benchmark: The dataset argument (`microsoft/CoSApien`, `contrast`, ...).
        revision: Commit of the Hub data set, or content hash of a bundled file.
        task: `cosapien` or `cosalign_test`.
        task_version: Comparability version of the task (`2-B`).
        template: How configs were rendered into the system message.
        placement: Where the config was placed.
        override: Which user turns asked to ignore it.
        seed: Seed of what is drawn per record.
        wording: How category configs were worded, if they were.
        config_hashes: Per config name the hash of its text.
        epochs: Responses per record.
        records: Records of the whole benchmark, of which a partial run has fewer; None: not known.
    """

    benchmark: Line
    revision: Line
    task: Line
    task_version: Line
    template: Line
    placement: Line = "system"
    override: Line = "none"
    seed: int = 0
    wording: Line | None = None
    config_hashes: dict[Line, Hash]
    epochs: Annotated[int, Field(ge=1, le=1000)] = 1
    records: Annotated[int, Field(ge=1, le=10**9)] | None = None


class Usage(Part):
    """The tokens that one role used."""

    role: Line
    model: Line
    input_tokens: Count
    output_tokens: Count


class Declared(Part):
    """What the submitter declares. It is not checked and does not affect ranking.

    Attributes:
        submitter: Who is responsible for the row: a name, a Hub user or an organisation.
        contact: Address for questions.
        training_data: What is known about benchmark data in the model's training; None: not stated.
        cost_usd: What the run cost; None: not known.
        model_url: Where the model or its card is.
        paper_url: What describes the method.
        notes: Anything else a reader should know.
    """

    submitter: Line = "anonymous"
    contact: Line | None = None
    training_data: Text | None = None
    cost_usd: Annotated[float, Field(ge=0, le=1e9)] | None = None
    model_url: Line | None = None
    paper_url: Line | None = None
    notes: Text | None = None

    @field_validator("model_url", "paper_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https://[^\s<>\"'\\]+", value, re.ASCII):
            raise ValueError("expected an https:// address")
        return value


class SamplesFile(Part):
    """SHA-256, rows and bytes that pin `samples.parquet`."""

    sha256: Digest
    rows: Count
    bytes: Count


def identified_judge(value: dict[str, Any]) -> dict[str, Any]:
    """A judge identity, validated.

    Args:
        value: JSON data: `kind` (rules or llm), `id`, and for models `models`.

    Raises:
        ValueError: It is not one; the message says what was expected.
    """
    models = value.get("models", [])
    if not isinstance(models, list) or len(models) > MAX_JUDGES:
        raise ValueError(f"expected `models` as a list of at most {MAX_JUDGES}")
    if not all(isinstance(model, dict) and is_name(model.get("name")) for model in models):
        raise ValueError("expected `models` as objects with a `name` of one line")
    if not is_name(value.get("id")) or value.get("kind") not in ("rules", "llm"):
        raise ValueError("expected a judge identity with `kind` (rules or llm) and `id`")
    return value


class Manifest(Part):
    """One submission (`submission.json`).

    Attributes:
        format: `FORMAT`.
        id: `<created as YYYYMMDDThhmmssZ>-<8 hex of the samples>`; also the folder's name.
        created: When the submission was made (UTC).
        model: Name as given to Inspect (`openai/gpt-4o`); `none/none` for responders without one.
        method: Solver and arguments.
        data: What was run.
        judge: Judge identity as in every Score (`kind`, `id`, `models`, ...).
        decoding: The candidate's generation parameters that were set.
        versions: `cosa_eval`, `inspect_ai`, and the repository commit as `commit` if it was known.
        usage: Tokens per role; empty where unknown.
        seconds: Wall time of the run; None: not known.
        run_date: When the run was started (UTC, ISO 8601).
        command: An `inspect eval` command that repeats the run.
        run_config: The same as data: task, task_args, model, model_args, model_roles, solver,
            solver_args, generate_config, epochs.
        metrics: Recomputed from the samples.
        samples: What pins the samples file.
        declared: What the submitter says.
        log_sha256: SHA-256 of the log as it was read.
    """

    format: Literal["cosa-submission/1"] = "cosa-submission/1"
    id: Annotated[str, Field(pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{8}$")]
    created: Moment
    model: Line
    method: Method
    data: Data
    judge: dict[Line, JsonValue]
    decoding: dict[Line, JsonValue]
    versions: dict[Line, Line]
    usage: list[Usage] = Field(default_factory=list)
    seconds: Annotated[float, Field(ge=0, le=1e9)] | None = None
    run_date: Line
    command: Text
    run_config: dict[Line, JsonValue]
    metrics: Metrics
    samples: SamplesFile
    declared: Declared = Declared()
    log_sha256: Digest | None = None

    _identified = field_validator("judge")(identified_judge)

    @model_validator(mode="after")
    def _named(self) -> Manifest:
        names = {
            "model": self.model,
            "method.name": self.method.name,
            "declared.submitter": self.declared.submitter,
            "declared.contact": self.declared.contact,
            "run_date": self.run_date,
            **{f"data.{name}": value for name, value in self.data if isinstance(value, str)},
        }
        for where, name in names.items():
            if name is not None and not is_name(name):
                raise ValueError(f"{where}: expected one line without invisible characters")
        return self

    @property
    def variant(self) -> dict[str, str]:
        """Placement and override, where they are not the plain ones."""
        settings = {name: str(getattr(self.data, name)) for name in PLAIN}
        return {name: value for name, value in settings.items() if value != PLAIN[name]}

    @property
    def method_name(self) -> str:
        """The solver with its arguments, as shown in a row."""
        args = ", ".join(f"{key}={value}" for key, value in self.method.args.items())
        title = self.method.name + (f"({args})" if args else "")
        if len(title) > MAX_TITLE:
            title = f"{title[: MAX_TITLE - 20]}... {content_hash(title)}"
        return title

    @property
    def name(self) -> str:
        """The row's title: its model, its method, or both."""
        return run_title(self.model, self.method_name, self.variant)

    @property
    def judge_id(self) -> str:
        """The judge's identity hash."""
        return str(self.judge["id"])

    @property
    def judge_name(self) -> str:
        """The judge's name for a reader: `rules`, or the models of the panel."""
        return judge_name(self.judge)

    @property
    def track(self) -> str:
        """Key (12 hex digits) of the rows it may be ranked with: a hash over `data` and the judge."""
        data = self.data.model_dump_json(exclude={"epochs", "records"})
        return content_hash(f"{data}\x1f{self.judge_id}")

    @property
    def key(self) -> str:
        """Key (12 hex digits) that the revisions of one row share.

        It is a hash over track, model, method, decoding and submitter.
        """
        parts = [self.track, self.model, self.method.model_dump_json(), self.declared.submitter]
        return content_hash("\x1f".join([*parts, repr(sorted(self.decoding.items()))]))

    @property
    def slug(self) -> str:
        """Folder of the submission below `data/`: `<benchmark>/<model>/<id>`, safe characters only."""
        return f"{safe_name(self.data.benchmark)}/{safe_name(self.model)}/{self.id}"

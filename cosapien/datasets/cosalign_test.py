"""CoSAlign-Test: 8 configs made of risk categories, 400 prompts each.

The published data has no config texts, only split names, and those are ambiguous: `.` joins
categories and is also part of one. `CATEGORY_CONFIGS` is the explicit table from split name to
allowed set; the texts are rendered from it in our own words (`cosapien.datasets.wordings`).
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from cosapien.datasets.fetch import Split, fetch_splits
from cosapien.datasets.wordings import WORDINGS, choose_wording, render_allowed
from cosapien.errors import UserError
from cosapien.records.forms import FormError, parse_text, quote
from cosapien.records.record import (
    Benchmark,
    PromptType,
    RawRow,
    Record,
    SafetyConfig,
    content_hash,
    stable_id,
)
from cosapien.records.rows import fault, refuse_revision
from cosapien.taxonomy import RISKS

COSALIGN_ID = "microsoft/CoSAlign-Test"
COSALIGN_MIRROR = "jackzhang/CoSAlign-Test"
COSALIGN_REVISION = "main"  # see `cosapien.datasets.cosapien_hub.COSAPIEN_REVISION`
COSALIGN_COLUMNS = ("prompt", "mode", "situation")
SAMPLE = "sample"
"""The bundled miniature: harmless prompts of our own in the schema of CoSAlign-Test."""

Group = Literal["seen", "unseen"]
GROUPS: tuple[Group, ...] = ("seen", "unseen")
"""Whether the paper's training data contained the config's categories."""


@dataclass(frozen=True, slots=True)
class CategoryConfig:
    """One config of CoSAlign-Test.

    Attributes:
        split: Name of its split.
        letters: The allowed categories by their letters in the taxonomy; none for `safe`.
        group: `seen` or `unseen`, which is also the data set's configuration it is part of.
        counts: How many prompts are allowed, partial and disallowed (the data set's card).
    """

    split: str
    letters: tuple[str, ...]
    group: Group
    counts: tuple[int, int, int]

    @property
    def name(self) -> str:
        """Short name: the letters joined by `+` (`F+P`), or `none`."""
        return "+".join(self.letters) or "none"

    @property
    def allowed(self) -> frozenset[str]:
        """Names of the allowed categories."""
        return frozenset(risk.name for risk in RISKS if risk.letter in self.letters)


_DRUGS = "Illegal_Drug.Related_Activities_and_Substance_Abuse"
_SEX = "Sexual_Misconduct_Exploitation_and_Infidelity"
_WEAPONS = "Violence.Weapons_Explosives_Arson_and_Illegal_Firearm_Transactions"
_FRAUD = "Financial_Crime_and_Theft"
_ABUSE = "Discrimination_and_Verbal_Abuse"

CATEGORY_CONFIGS: tuple[CategoryConfig, ...] = (
    CategoryConfig("safe", (), "seen", (100, 0, 300)),
    CategoryConfig("Violence", ("V",), "seen", (100, 166, 134)),
    CategoryConfig(f"{_FRAUD}.Privacy_Violations", ("F", "P"), "seen", (200, 31, 169)),
    CategoryConfig(f"{_ABUSE}.Violence", ("D", "V"), "seen", (150, 93, 157)),
    CategoryConfig(f"{_FRAUD}.{_ABUSE}.Violence", ("F", "D", "V"), "seen", (210, 57, 133)),
    CategoryConfig(_DRUGS, ("Dr",), "unseen", (150, 121, 129)),
    CategoryConfig(_SEX, ("S",), "unseen", (150, 130, 120)),
    CategoryConfig(_WEAPONS, ("V", "W"), "unseen", (150, 130, 120)),
)
_SITUATIONS: dict[str, PromptType] = {"1": "allowed", "2": "partial", "3": "disallowed"}
# The card types the column as text and the official code reads its last character.
_SITUATION = re.compile(r"(?:situation[ _-]?)?([123])", re.IGNORECASE)


def load_cosalign_test(
    dataset: str = COSALIGN_ID,
    revision: str | None = None,
    *,
    wording: str = "seeded",
    seed: int = 0,
) -> Benchmark:
    """Load CoSAlign-Test, or the bundled miniature in its schema.

    Args:
        dataset: `COSALIGN_ID`, its mirror, or `sample`.
        revision: Commit, branch or tag on the Hub; None for `COSALIGN_REVISION`.
        wording: Name of the template all configs are worded by, or `seeded`: one for each record,
            drawn by the seed and the record's id.
        seed: Seed of the draw.

    Returns:
        The benchmark, configs in the order of `CATEGORY_CONFIGS`. A record names its wording.

    Raises:
        DataError: The data cannot be fetched, or differs from the published form or counts.
        UserError: There is no such wording.
    """
    if wording != "seeded" and wording not in WORDINGS:
        raise UserError(
            f"unknown wording {wording!r}: expected seeded or one of {', '.join(WORDINGS)}"
        )
    if dataset == SAMPLE:
        refuse_revision(dataset, revision)
        data = (files("cosapien") / "data" / "cosalign_sample.jsonl").read_bytes()
        pinned, splits = content_hash(data), _bundled(data)
    else:
        pinned, splits = _fetch(dataset, revision or COSALIGN_REVISION)
    records = [
        record
        for config in CATEGORY_CONFIGS
        for record in _records(dataset, config, splits[config.split], wording, seed)
    ]
    if dataset != SAMPLE:
        _check_counts(dataset, records)
    return Benchmark(dataset, tuple(records), pinned)


def _bundled(data: bytes) -> dict[str, Iterable[RawRow]]:
    rows = [json.loads(line) for line in data.decode().splitlines()]
    return {c.split: [row for row in rows if row["split"] == c.split] for c in CATEGORY_CONFIGS}


def _fetch(repo_id: str, revision: str) -> tuple[str, dict[str, Iterable[RawRow]]]:
    commit = revision
    rows: dict[str, Iterable[RawRow]] = {}
    for group in GROUPS:
        # the commit of the first, so that a push in between cannot mix two versions
        commit, splits = fetch_splits(repo_id, commit, group)
        expected = [config.split for config in CATEGORY_CONFIGS if config.group == group]
        if sorted(splits) != sorted(expected):
            raise fault(
                f"{repo_id} configuration {group}",
                f"splits are {', '.join(splits)}; expected exactly {', '.join(expected)}",
            )
        for name in expected:
            rows[name] = _rows(repo_id, name, splits[name])
    return commit, rows


def _rows(repo_id: str, name: str, split: Split) -> Iterable[RawRow]:
    if sorted(split.column_names) != sorted(COSALIGN_COLUMNS):
        raise fault(
            f"{repo_id} split {name}",
            f"columns are {', '.join(split.column_names)}; "
            f"expected exactly {', '.join(COSALIGN_COLUMNS)}",
        )
    return split.select_columns(list(COSALIGN_COLUMNS))


def _records(
    dataset: str, config: CategoryConfig, rows: Iterable[RawRow], wording: str, seed: int
) -> Iterator[Record]:
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows, start=1):
        place = f"{dataset} split {config.split} row {number}"
        try:
            prompt = parse_text(row["prompt"])
        except FormError as error:
            raise fault(place, f"'prompt' {error}") from None
        situation = _SITUATION.fullmatch(str(row["situation"]).strip())
        if situation is None:
            raise fault(
                place,
                f"'situation' is {quote(row['situation'])}; expected 1 (allowed), 2 (partial) or "
                "3 (disallowed)",
            )
        seen[prompt] += 1
        again = [str(seen[prompt])] if seen[prompt] > 1 else []
        record_id = stable_id(config.name, prompt, *again)
        worded = choose_wording(record_id, seed) if wording == "seeded" else wording
        yield Record(
            id=record_id,
            config=SafetyConfig(config.name, render_allowed(config.allowed, worded)),
            prompt=prompt,
            type=_SITUATIONS[situation[1]],
            allowed_risks=config.allowed,
            group=config.group,
            wording=worded,
        )


def _check_counts(dataset: str, records: Sequence[Record]) -> None:
    counts = Counter((record.config.name, record.type) for record in records)
    for config in CATEGORY_CONFIGS:
        counted = tuple(counts[config.name, kind] for kind in _SITUATIONS.values())
        if counted != config.counts:
            raise fault(
                f"{dataset} split {config.split}",
                f"{_shown(counted)}; the published data has {_shown(config.counts)}",
            )


def _shown(counts: tuple[int, ...]) -> str:
    return "{} allowed, {} partial, {} disallowed prompts".format(*counts)

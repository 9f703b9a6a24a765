"""Stage 1, `prompts` (section 4.1 and appendix of the paper): distinct prompts from any sources.

A prompt's id is a hash of its text after folding case, white space and Unicode variants, so that
variants of a spelling are the same prompt. Its split, and whether a cap keeps it, depend on hashes of
the id: the order of rows or sources does not matter.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator

from cosalign.asking.shards import progress, write_table
from cosalign.prompts.lengths import count_tokens, tokenizer_file
from cosalign.prompts.near_duplicates import near_duplicates
from cosalign.prompts.sources import BEAVERTAILS, SHIPPED, WILDGUARD, Source, pin, read_source
from cosalign.stages import Counts, Parameters, Stage, StageError, run_stage
from cosapien import content_hash
from cosapien.records import FormError, parse_text, quote

if TYPE_CHECKING:
    import pyarrow as pa


class PromptsParameters(Parameters):
    """Section `prompts` of a recipe.

    Attributes:
        sources: Sources of the prompts: names from `cosalign.prompts.SHIPPED`, or descriptions. If
            two sources have the same prompt, the one whose name comes first counts.
        tokenizer: Tokenizer that counts lengths (a folder, or a name on the Hub; the paper: Llama's);
            by default an estimate from words and characters.
        near_duplicates: Leave out prompts at least this similar to one that is kept: share of common
            5-character pieces (Jaccard). By default only equal prompts are left out, as in the paper.
        limit: Most prompts in all, drawn by hash; for trials.
        dev_share: Share of prompts in the `dev` split, by hash.
    """

    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = (BEAVERTAILS, WILDGUARD)
    tokenizer: str | None = None
    near_duplicates: Annotated[float, Field(gt=0.3, lt=1)] | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.02

    @field_validator("sources", mode="before")
    @classmethod
    def _by_name(cls, given: object) -> object:
        if not isinstance(given, list | tuple):
            return given
        unknown = [source for source in given if isinstance(source, str) and source not in SHIPPED]
        if unknown:
            raise ValueError(f"unknown source {unknown[0]!r}; expected {' | '.join(SHIPPED)}")
        return tuple(SHIPPED[item] if isinstance(item, str) else item for item in given)

    @field_validator("sources")
    @classmethod
    def _distinct(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        if len({source.name for source in sources}) != len(sources):
            raise ValueError("sources must have different names")
        return tuple(sorted(sources, key=lambda source: source.name))


@dataclass(slots=True)
class _Prompt:
    """One prompt of a source, with its labels over all rows."""

    text: str
    labelled: int = 0
    labels: Counter[str] = field(default_factory=Counter)

    def group(self, share: float) -> tuple[str, ...] | None:
        if not self.labelled:
            return None
        return tuple(sorted(n for n, k in self.labels.items() if k >= share * self.labelled))


def prompts(parameters: PromptsParameters, *, seed: int, out: Path) -> Stage:
    """Collect distinct prompts of the right length (section 4.1, appendix on data).

    Args:
        parameters: Sources, lengths and caps.
        seed: Seed of caps and of the split.
        out: Output folder of the stage.

    Returns:
        The stage: one row per prompt, sorted by id.

    Raises:
        StageError: A source lacks a split or column, or no prompt is left.
        DataError: A source cannot be read.

    Example:
        >>> wanted = PromptsParameters(sources=(Source(name="mine", file=Path("mine.jsonl")),))
        >>> stage = prompts(wanted, seed=0, out=Path("run/prompts"))  # doctest: +SKIP
        >>> stage.table(["prompt", "split"])  # doctest: +SKIP
    """
    sources = tuple(pin(source) for source in parameters.sources)
    pinned = parameters.model_copy(update={"sources": sources})
    inputs = {f"source {source.name}": source.file for source in sources if source.file}
    if parameters.tokenizer and (file := tokenizer_file(parameters.tokenizer)):
        inputs["tokenizer"] = file
    return run_stage(
        "prompts",
        out,
        version=1,
        parameters=pinned,
        seed=seed,
        inputs=inputs,
        make=partial(_make, pinned, seed),
    )


def canonical(prompt: str) -> str:
    """A prompt's text with letter case, white space and Unicode variants folded.

    Args:
        prompt: Any text.
    """
    return " ".join(unicodedata.normalize("NFKC", prompt).casefold().split())


def prompt_id(prompt: str) -> str:
    """The id of a prompt: hash (12 hex digits) of its canonical text.

    Args:
        prompt: Any text.
    """
    return content_hash(canonical(prompt))


def _make(parameters: PromptsParameters, seed: int, work: Path) -> Counts:
    counts: Counter[str] = Counter()
    rows: dict[str, tuple[str, str, tuple[str, ...] | None]] = {}
    for source in parameters.sources:
        fitting = _of_length(source, _read(source, counts), parameters.tokenizer, counts)
        for key, (text, group) in _capped(source, fitting, seed, counts).items():
            if key in rows:
                counts["duplicates"] += 1
            else:
                rows[key] = (text, source.name, group)
    if parameters.near_duplicates is not None:
        texts = {key: canonical(text) for key, (text, _, _) in rows.items()}
        close = near_duplicates(texts, parameters.near_duplicates)
        counts["near-duplicates"] = len(close)
        rows = {key: row for key, row in rows.items() if key not in close}
    if parameters.limit is not None:
        kept = sorted(rows, key=partial(_lot, seed))[: parameters.limit]
        counts["over the limit"] = len(rows) - len(kept)
        rows = {key: rows[key] for key in kept}
    if not rows:
        raise StageError(
            "prompts: nothing is left of "
            + ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if count)
            + "; check the sources' lengths and caps"
        )
    table = _table(rows, seed, parameters.dev_share)
    write_table(table, work)
    names = Counter(table.column("source").to_pylist())
    splits = Counter(table.column("split").to_pylist())
    return (
        dict(counts)
        | {"rows": table.num_rows, "train": splits["train"], "dev": splits["dev"]}
        | {f"rows of {source.name}": names[source.name] for source in parameters.sources}
    )


def _read(source: Source, counts: Counter[str]) -> dict[str, _Prompt]:
    """The distinct prompts of a source."""
    prompts: dict[str, _Prompt] = {}
    with progress(0, f"prompts: {source.name}") as bar:
        for place, row in read_source(source):
            bar.update()
            counts["read"] += 1
            try:
                text = parse_text(row[source.prompt]).strip()
            except FormError:
                counts["not a text"] += 1
                continue
            key = prompt_id(text)
            if (prompt := prompts.get(key)) is None:
                prompt = prompts[key] = _Prompt(text)
            else:
                counts["duplicates"] += 1
                prompt.text = min(prompt.text, text)
            labels = None if source.group is None else _labels(place, source, row[source.group])
            if labels is not None:
                prompt.labelled += 1
                prompt.labels.update(labels)
    return prompts


def _labels(place: str, source: Source, value: object) -> set[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping) and all(v in (True, False, None) for v in value.values()):
        return {str(name) for name, present in value.items() if present}
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return set(value)
    raise StageError(
        f"{place}: {source.group} is {quote(value)}; expected a name, a list of names, or a mapping of "
        "names to true or false"
    )


def _of_length(
    source: Source, prompts: dict[str, _Prompt], tokenizer: str | None, counts: Counter[str]
) -> dict[str, _Prompt]:
    """The prompts that are neither too short nor too long for their source."""
    if source.min_tokens <= 1 and source.max_tokens is None:
        return prompts
    lengths = count_tokens([prompt.text for prompt in prompts.values()], tokenizer)
    kept = {}
    for (key, prompt), length in zip(prompts.items(), lengths, strict=True):
        if length < source.min_tokens:
            counts["too short"] += 1
        elif source.max_tokens is not None and length > source.max_tokens:
            counts["too long"] += 1
        else:
            kept[key] = prompt
    return kept


def _capped(
    source: Source, prompts: dict[str, _Prompt], seed: int, counts: Counter[str]
) -> dict[str, tuple[str, tuple[str, ...] | None]]:
    """Text and label set of each prompt that the source's caps keep."""
    groups: defaultdict[tuple[str, ...] | None, list[str]] = defaultdict(list)
    for key, prompt in prompts.items():
        groups[prompt.group(source.group_share)].append(key)
    kept: dict[str, tuple[str, tuple[str, ...] | None]] = {}
    for group, keys in groups.items():
        members = keys if len(keys) >= source.min_per_group else []
        if source.max_per_group is not None and len(members) > source.max_per_group:
            members = sorted(members, key=partial(_lot, seed))[: source.max_per_group]
        counts["left out by a cap"] += len(keys) - len(members)
        kept |= {key: (prompts[key].text, group) for key in members}
    return kept


def _lot(seed: int, key: str) -> bytes:
    """A seeded hash of a prompt's id, which draws are sorted by."""
    return hashlib.sha256(f"{seed}\x1fkeep\x1f{key}".encode()).digest()


def _split(seed: int, key: str, dev_share: float) -> str:
    digest = hashlib.sha256(f"{seed}\x1fsplit\x1f{key}".encode()).digest()
    return "dev" if int.from_bytes(digest[:7]) < dev_share * 256**7 else "train"


def _table(
    rows: Mapping[str, tuple[str, str, tuple[str, ...] | None]], seed: int, dev_share: float
) -> pa.Table:
    import pyarrow as pa

    keys = sorted(rows)
    texts, sources, groups = zip(*(rows[key] for key in keys), strict=True)
    splits = [_split(seed, key, dev_share) for key in keys]
    return pa.table(
        {
            "prompt_id": pa.array(keys, pa.string()),
            "prompt": pa.array(texts, pa.string()),
            "source": pa.array(sources, pa.string()),
            "group": pa.array(groups, pa.list_(pa.string())),
            "split": pa.array(splits, pa.string()),
        }
    )

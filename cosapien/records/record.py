"""The record types: safety config, record, checks, references, benchmark."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from cosapien.errors import DataError
from cosapien.records.checks import Checks
from cosapien.records.references import References

PromptType = Literal["allowed", "disallowed", "partial", "withheld"]
WITHHELD: PromptType = "withheld"
"""Not published yet: what a prompt of a private round is called before the round's reveal. It says
nothing of the prompt, so the record has no checks, and the best score on it is not known."""
PROMPT_TYPES: tuple[PromptType, ...] = tuple(k for k in get_args(PromptType) if k != WITHHELD)
"""How a prompt relates to its config: permitted, forbidden, or half of each."""


@dataclass(frozen=True, slots=True)
class SafetyConfig:
    """A safety config: what an authorised user allows and forbids, in plain language.

    Attributes:
        name: Short identifier, unique within a benchmark (`game_development`).
        text: The policy itself, without any surrounding prompt template.
    """

    name: str
    text: str

    @property
    def text_hash(self) -> str:
        """First 12 hex digits of the SHA-256 of the text, which identifies the config."""
        return content_hash(self.text)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a benchmark: a prompt asked under a safety config.

    Attributes:
        id: Unique within the benchmark and stable between runs.
        config: The safety config the prompt is asked under.
        prompt: The only user turn.
        type: Relation of prompt and config (`PROMPT_TYPES`), or `WITHHELD`.
        allowed_risks: Risk categories the config allows; None where the benchmark has none.
        checks: Evidence for the rules judge, if the record is rule-checkable.
        references: Reference responses, if the benchmark has them.
        contrast: Key shared by the records that ask the same prompt under contrasting configs.
        language: BCP 47 tag of the prompt's language.
        group: Set of configs this one is reported with (`seen`, `unseen`), if the benchmark has any.
        wording: Template the config was worded by, where it is rendered from `allowed_risks`.
    """

    id: str
    config: SafetyConfig
    prompt: str
    type: PromptType
    allowed_risks: frozenset[str] | None = None
    checks: Checks | None = None
    references: References | None = None
    contrast: str | None = None
    language: str | None = None
    group: str | None = None
    wording: str | None = None

    @property
    def prompt_hash(self) -> str:
        """First 12 hex digits of the SHA-256 of the prompt: the clustering key of the statistics."""
        return content_hash(self.prompt)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Records in a fixed order, and where they came from.

    Attributes:
        name: The dataset argument that loaded it (`microsoft/CoSApien`, `contrast`, a file path).
        records: At least one record; ids unique. A config name has one text, unless the texts are
            rendered from `allowed_risks` in several wordings.
        revision: Commit of the Hub data set, or the SHA-256 of a local file (12 hex digits).
    """

    name: str
    records: tuple[Record, ...]
    revision: str

    @property
    def configs(self) -> tuple[SafetyConfig, ...]:
        """The configs in order of appearance, each as its first record words it."""
        first: dict[str, SafetyConfig] = {}
        for record in self.records:
            first.setdefault(record.config.name, record.config)
        return tuple(first.values())

    @property
    def config_hashes(self) -> dict[str, str]:
        """Per config name: `text_hash`, or a hash of all wordings of the config."""
        texts: dict[str, set[str]] = defaultdict(set)
        for record in self.records:
            texts[record.config.name].add(record.config.text)
        return {name: content_hash("\x1f".join(sorted(worded))) for name, worded in texts.items()}

    def only(self, configs: str | list[str]) -> "Benchmark":
        """The same benchmark restricted to some configs.

        Args:
            configs: Names of configs to keep, as a list or comma-separated.

        Raises:
            DataError: A name is not a config of this benchmark.
        """
        names = configs.split(",") if isinstance(configs, str) else configs
        configs = [name.strip() for name in names]
        known = [config.name for config in self.configs]
        unknown = [name for name in configs if name not in known]
        if unknown:
            raise DataError(
                f"{self.name}: no config named {', '.join(unknown)}; it has {', '.join(known)}"
            )
        kept = tuple(record for record in self.records if record.config.name in configs)
        return Benchmark(self.name, kept, self.revision)

    def in_languages(self, languages: str | Sequence[str]) -> "Benchmark":
        """The same benchmark restricted to records in some languages.

        Args:
            languages: Languages to keep as the records name them (`en`), as a list or
                comma-separated.

        Raises:
            DataError: No record is in one of them.
        """
        names = languages.split(",") if isinstance(languages, str) else languages
        wanted = {name.strip() for name in names}
        known = sorted({record.language for record in self.records if record.language})
        if unknown := sorted(wanted - set(known)):
            raise DataError(
                f"{self.name}: no record in the language {', '.join(unknown)}; it has "
                f"{', '.join(known) or 'records without a language'}"
            )
        kept = tuple(record for record in self.records if record.language in wanted)
        return Benchmark(self.name, kept, self.revision)


def content_hash(content: str | bytes) -> str:
    """First 12 hex digits of a content's SHA-256; logs identify texts, files and judges by it.

    Args:
        content: Bytes, or a text to be hashed as UTF-8.

    Example:
        >>> from cosapien import content_hash
        >>> content_hash("tea")
        'a9f74d1ec36e'
    """
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()[:12]


def stable_id(*parts: str) -> str:
    """A record id that depends only on the record's content (16 hex digits).

    Args:
        parts: Texts that identify the record, in a fixed order.
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


RawRow = dict[str, Any]
"""One row as a reader delivers it, before validation."""

"""The data sets known by name: how each is loaded, its columns and its licence."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Protocol

from cosapien.datasets.cosalign_test import (
    COSALIGN_COLUMNS,
    COSALIGN_ID,
    COSALIGN_MIRROR,
    SAMPLE,
    load_cosalign_test,
)
from cosapien.datasets.cosapien_hub import (
    COSAPIEN_COLUMNS,
    COSAPIEN_ID,
    COSAPIEN_MIRROR,
    load_cosapien,
)
from cosapien.datasets.files import load_bytes
from cosapien.generate import GENERATED, Spec, for_test, generate, parse_spec
from cosapien.records.record import Benchmark
from cosapien.records.rows import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, refuse_revision

CONTRAST = "contrast"


class Loader(Protocol):
    """Loads a named data set."""

    def __call__(self, name: str, revision: str | None, /) -> Benchmark:
        """The benchmark at a revision; None for the default one.

        Raises:
            DataError: The data cannot be fetched or is not in its published form.
        """


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A data set that is loaded by its name.

    Attributes:
        load: Loads it, given the name it was asked by and a revision.
        licence: SPDX identifier of its licence, which prompts and config texts are under.
        columns: Columns it is published with.
        bundled: Whether it comes with this package; then it needs no network and has no revisions.
        generated: Whether it is made when it is asked for, from what its revision fixes.
        worded: Whether its config texts are rendered from risk categories, by a wording and a seed.
        mirror_of: The data set this one is a copy of, or None.
        earlier: Revisions of bundled data with the same ids, prompts, configs and types: only the
            checks were other ones.
    """

    load: Loader
    licence: str
    columns: tuple[str, ...]
    bundled: bool = False
    generated: bool = False
    worded: bool = False
    mirror_of: str | None = None
    earlier: tuple[str, ...] = ()


def _load_contrast(name: str, revision: str | None) -> Benchmark:
    refuse_revision(name, revision)
    data = (files("cosapien") / "data" / "contrast.jsonl").read_bytes()
    return load_bytes(data, name=name, extension=".jsonl")


def _load_generated(name: str, revision: str | None) -> Benchmark:
    return generate(for_test(Spec() if revision is None else parse_spec(revision)))


def _cosapien(mirror_of: str | None = None) -> NamedDataset:
    return NamedDataset(load_cosapien, "CDLA-Permissive-2.0", COSAPIEN_COLUMNS, mirror_of=mirror_of)


def _cosalign_test(mirror_of: str | None = None) -> NamedDataset:
    return NamedDataset(
        load_cosalign_test, "CC-BY-NC-4.0", COSALIGN_COLUMNS, worded=True, mirror_of=mirror_of
    )


DATASETS: Mapping[str, NamedDataset] = MappingProxyType(
    {
        COSAPIEN_ID: _cosapien(),
        COSALIGN_ID: _cosalign_test(),
        CONTRAST: NamedDataset(
            _load_contrast,
            "MIT",
            (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS),
            bundled=True,
            earlier=("0db1ded5f17f",),  # checks were phrases
        ),
        GENERATED: NamedDataset(
            _load_generated, "MIT", (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS), generated=True
        ),
        SAMPLE: NamedDataset(
            load_cosalign_test, "MIT", COSALIGN_COLUMNS, bundled=True, worded=True
        ),
        COSAPIEN_MIRROR: _cosapien(mirror_of=COSAPIEN_ID),
        COSALIGN_MIRROR: _cosalign_test(mirror_of=COSALIGN_ID),
    }
)
"""By name. To add one, write its loader in a file of its own and list it here."""

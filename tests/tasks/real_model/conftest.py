"""A tiny model in a wheel, and a folder to make its rows in."""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tasks.real_model.convert import prepare
from tests.commands import REPO
from tests.tasks.real_model.place import HERE, Place, Tiny
from tests.tasks.real_model.tiny_wheel import tiny_source


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    for name in ("torch", "transformers", "gguf"):
        pytest.importorskip(name, reason="needs the `smol` extra, which `make test` installs")
    return Tiny(*tiny_source(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def made(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with the tiny one, converted, and its wheel."""
    models = tmp_path_factory.mktemp("made")
    shutil.copy(tiny.wheel, models)
    prepare(tiny.source, models)
    return models


@pytest.fixture
def place(tiny: Tiny, made: Path, tmp_path: Path) -> Place:
    place = Place(tmp_path / "place", tmp_path / "source.json")
    place.source.write_text(json.dumps(asdict(tiny.source)), encoding="utf-8")
    shutil.copytree(made, place.folder / "models")
    place.scripts.mkdir(parents=True)
    (tmp_path / "importable").mkdir()
    (tmp_path / "importable" / "vllm.py").touch()  # Inspect looks whether vLLM can be imported
    _script(
        place.scripts / "python",
        f'PYTHONPATH="{REPO}:{tmp_path / "importable"}" exec "{sys.executable}" "$@"',
    )
    fake = HERE / "fake_vllm.py"
    run_fake = f"import runpy; runpy.run_path({str(fake)!r}, run_name='__main__')"
    (place.scripts / "vllm").write_text(
        f"#!{sys.executable}\nimport sys; sys.path.insert(0, {str(REPO)!r})\n{run_fake}\n",
        encoding="utf-8",
    )
    (place.scripts / "vllm").chmod(0o755)
    place.tell()
    return place


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)

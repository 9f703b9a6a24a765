"""The public door: which kind of data set an argument names."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cosapien import DataError, load_benchmark
from cosapien.datasets import load as loading
from cosapien.datasets.contrast_build import build
from cosapien.datasets.cosapien_hub import load_cosapien
from cosapien.datasets.registry import DATASETS

ROW = {"config": "tea", "scenario": "Only tea.", "prompt": "Tea?", "type": "allowed"}


@pytest.fixture
def calls(monkeypatch):
    """Replaces what the door leads to by a note of the call."""
    made = []

    def noted(name):
        return lambda *args, **kwargs: made.append((name, args, kwargs))

    for name in ("load_hub", "load_file"):
        monkeypatch.setattr(loading, name, noted(name))
    known = {
        name: replace(entry, load=noted("load_cosapien"))
        for name, entry in DATASETS.items()
        if entry.load is load_cosapien
    }
    monkeypatch.setattr(loading, "DATASETS", {**DATASETS, **known})
    return made


def test_contrast_is_bundled_and_up_to_date():
    benchmark = load_benchmark("contrast")
    assert benchmark.name == "contrast"
    assert len(benchmark.revision) == 12
    lines = [json.loads(line) for line in build().splitlines()]
    assert [record.id for record in benchmark.records] == [line["id"] for line in lines]
    assert all(record.checks and record.references for record in benchmark.records)


@pytest.mark.parametrize("dataset", ["microsoft/CoSApien", "jackzhang/CoSApien"])
def test_cosapien(calls, dataset):
    load_benchmark(dataset, "v1")
    assert calls == [("load_cosapien", (dataset, "v1"), {})]


def test_cosapien_is_the_default(calls):
    load_benchmark()
    assert calls == [("load_cosapien", ("microsoft/CoSApien", None), {})]


@pytest.mark.parametrize(
    "dataset",
    ["policy.jsonl", "a/b.jsonl", "a/b.parquet", "a/b.JSON", "./a", "../a/b", "/a", "~/a", "~a/b"],
)
def test_files(calls, dataset):
    load_benchmark(dataset)
    assert calls == [("load_file", (dataset,), {})]


def test_existing_path_is_a_file(calls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org").mkdir()
    Path("org/name").write_text("")
    load_benchmark("org/name")
    load_benchmark("org/other", "v1")
    assert calls == [("load_file", ("org/name",), {}), ("load_hub", ("org/other", "v1"), {})]


@pytest.mark.parametrize(
    "dataset", ["", "policy", "a/b/c", "org/", "/".join("ab") + " ", "a\nb", "a\0b", "org/" + "é"]
)
def test_anything_else_lists_the_accepted_forms(calls, dataset):
    with pytest.raises(
        DataError,
        match="expected microsoft/CoSApien, microsoft/CoSAlign-Test, contrast, generated, sample",
    ) as error:
        load_benchmark(dataset)
    assert len(str(error.value).splitlines()) == 1
    assert calls == []


@pytest.mark.parametrize("dataset", ["contrast", "policy.jsonl"])
def test_revision_of_local_data_is_refused(dataset):
    with pytest.raises(DataError, match="revision 'v1' was given, but only Hugging Face data sets"):
        load_benchmark(dataset, "v1")


def test_file_end_to_end(tmp_path):
    path = tmp_path / "policy.jsonl"
    path.write_text(json.dumps(ROW) + "\n")
    assert load_benchmark(str(path)).records[0].config.name == "tea"


def test_import_stays_light():
    heavy = ("datasets", "huggingface_hub", "pyarrow", "pandas", "torch")
    code = f"import sys, cosapien.datasets.load; print([m for m in {heavy!r} if m in sys.modules])"
    root = Path(loading.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

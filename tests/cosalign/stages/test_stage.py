"""A stage is made whole or not at all, and only if something it is made from has changed."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cosalign.stages import TABLE, Counts, Parameters, StageError, digest, read_stage, run_stage
from cosalign.stages.digests import MANIFEST
from cosalign.taxonomy.categories import DEFAULT, OTHER, load_taxonomy
from cosapien import ALLOWABLE_RISKS


class Size(Parameters):
    rows: int = 3


def writing(made: list[int], rows: int = 3) -> Callable[[Path], Counts]:
    def make(work: Path) -> Counts:
        made.append(rows)
        pq.write_table(pa.table({"n": list(range(rows))}), work / TABLE)
        return {"rows": rows}

    return make


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.txt"
    path.write_text("one")
    return path


def test_made_once_and_again_when_anything_changed(tmp_path: Path, source: Path) -> None:
    made: list[int] = []
    out = tmp_path / "run" / "numbers"

    def run(parameters: Size, version: int = 1) -> bool:
        stage = run_stage(
            "numbers",
            out,
            version=version,
            parameters=parameters,
            inputs={"source": source},
            make=writing(made, parameters.rows),
        )
        assert stage.table().num_rows == parameters.rows == stage.manifest.counts["rows"]
        return stage.remade

    assert run(Size())
    assert not run(Size())
    assert run(Size(rows=4))
    assert run(Size(rows=4), version=2)
    source.write_text("two")
    assert run(Size(rows=4), version=2)
    assert not run(Size(rows=4), version=2)
    with (out / TABLE).open("ab") as file:  # a file of the stage itself was damaged
        file.write(b"x")
    with pytest.raises(StageError, match="no finished stage"):
        read_stage(out)
    assert run(Size(rows=4), version=2)
    assert made == [3, 4, 4, 4, 4]
    assert [p.name for p in out.parent.iterdir() if p.is_dir()] == ["numbers"]


def test_a_failed_try_leaves_the_old_stage_and_its_own_parts(tmp_path: Path, source: Path) -> None:
    made: list[int] = []
    out = tmp_path / "numbers"
    old = run_stage("numbers", out, version=1, parameters=Size(), inputs={}, make=writing(made))

    def full(work: Path) -> Counts:
        (work / "part").write_text("half")
        raise OSError(28, "No space left on device", str(work / "part2"))

    def rest(work: Path) -> Counts:
        assert (work / "part").read_text() == "half"  # what was made is there again
        (work / "part").unlink()
        return writing(made, 5)(work)

    def again(make: Callable[[Path], Counts]) -> None:
        run_stage("numbers", out, version=1, parameters=Size(rows=5), inputs={}, make=make)

    with pytest.raises(StageError, match=r"part2: No space left on device; .* run it again"):
        again(full)
    assert read_stage(out).manifest == old.manifest
    again(rest)
    assert read_stage(out).table().num_rows == 5


KILLED = """
import sys, time
from pathlib import Path
from cosalign.stages import Parameters, run_stage
def make(work):
    done = work / "done"
    number = int(done.read_text()) if done.exists() else 0
    while number < 5:
        number += 1
        done.write_text(str(number))
        print(number, flush=True)
        time.sleep(float(sys.argv[2]))
    return {"rows": number}
run_stage("slow", Path(sys.argv[1]) / "slow", version=1, parameters=Parameters(), inputs={}, make=make)
"""


def test_killed_and_locked(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    process = subprocess.Popen([*command, "60"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    second = subprocess.run([*command, "0"], capture_output=True, text=True, check=False)
    assert "another process is making this stage" in second.stderr
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with pytest.raises(StageError):
        read_stage(tmp_path / "slow")
    third = subprocess.run([*command, "0"], capture_output=True, text=True, check=True)
    assert third.stdout.split() == ["2", "3", "4", "5"]
    assert read_stage(tmp_path / "slow").manifest.counts == {"rows": 5}


def test_a_lock_is_refused_at_once_and_freed_after_a_failure(tmp_path: Path) -> None:
    made: list[int] = []

    def run(make: Callable[[Path], Counts]) -> bool:
        return run_stage(
            "numbers", tmp_path / "n", version=1, parameters=Size(), inputs={}, make=make
        ).remade

    def nested(work: Path) -> Counts:
        began = time.monotonic()
        with pytest.raises(StageError, match="another process is making this stage") as caught:
            run(writing(made))
        assert time.monotonic() - began < 30, "refused at once, not waited for"
        assert "\n" not in str(caught.value)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(nested)
    assert run(writing(made))
    assert made == [3]


def test_no_file_needs_unix() -> None:
    """`fcntl` is missing on Windows; `filelock` finds each system's own way."""
    package = Path(__file__).parents[3] / "cosalign"
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            module = node.module if isinstance(node, ast.ImportFrom) else None
            assert not {*names, module} & {"fcntl", "resource", "termios", "pwd"}, path


def test_a_write_that_was_cut_off_does_not_stay_in_a_stage(tmp_path: Path) -> None:
    """The scratch folders of `cosapien.whole` are hidden: no hash counts them, and they are removed."""

    def make(work: Path) -> Counts:
        left = work / f".{TABLE}-abc123"
        left.mkdir()
        (left / TABLE).write_text("half")
        before = digest(work)
        counts = writing([])(work)
        shutil.rmtree(left)
        assert digest(work) != before
        after = digest(work)
        left.mkdir()
        (left / TABLE).write_text("half")
        assert digest(work) == after
        return counts

    stage = run_stage("n", tmp_path / "n", version=1, parameters=Size(), inputs={}, make=make)
    assert {path.name for path in stage.folder.iterdir()} == {TABLE, MANIFEST}


def test_a_rename_that_was_cut_off_is_finished_without_making_it_again(tmp_path: Path) -> None:
    made: list[int] = []

    def run() -> bool:
        return run_stage(
            "numbers", tmp_path / "n", version=1, parameters=Size(), inputs={}, make=writing(made)
        ).remade

    run()
    (name,) = {p.name for p in tmp_path.iterdir() if p.name.endswith(".lock")}
    manifest = json.loads((tmp_path / "n" / MANIFEST).read_text())
    assert set(manifest) >= {"inputs", "parameters", "packages", "counts", "output", "created"}
    before = set(tmp_path.iterdir())
    # the folder's name while it is made, seen from a try that is interrupted
    with pytest.raises(RuntimeError):
        run_stage(
            "numbers", tmp_path / "m", version=1, parameters=Size(), inputs={}, make=_interrupted
        )
    (work,) = [p for p in set(tmp_path.iterdir()) - before if p.is_dir()]
    target = work.with_name(work.name.replace(".m-", ".n-"))
    (tmp_path / "n").rename(target)
    work.rmdir()
    assert not run()
    assert made == [3]
    assert (tmp_path / "n" / TABLE).exists()
    assert not target.exists()
    assert name


def _interrupted(work: Path) -> Counts:
    raise RuntimeError


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"nowhere\.parquet: No such file"):
        run_stage(
            "numbers",
            tmp_path / "n",
            version=1,
            parameters=Size(),
            inputs={"prompts": tmp_path / "nowhere.parquet"},
            make=writing([]),
        )
    assert not (tmp_path / "n").exists()


def test_the_default_categories_are_the_papers() -> None:
    assert DEFAULT.names == (*ALLOWABLE_RISKS, OTHER)
    assert [name[:8] for name in DEFAULT.training] == [
        "Financia",
        "Discrimi",
        "Violence",
        "Privacy ",
    ]
    assert DEFAULT.unmask(DEFAULT.mask(["Violence", OTHER])) == ("Violence", OTHER)
    assert DEFAULT.mask([ALLOWABLE_RISKS[0]]) == 1
    with pytest.raises(StageError, match="unknown category 'Boredom'"):
        DEFAULT.mask(["Boredom"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("categories: []", "categories"),
        ("categories: [{name: A}]", "definition"),
        ("categories: [{name: A, definition: a}, {name: A, definition: b}]", "distinct"),
        ("categories: [{name: Other Harms, definition: a}]", "distinct"),
        ("categories: [{name: A, definition: a, colour: red}]", "colour"),
        ("categories: [", "expected categories"),
        ("!!python/object/apply:os.system ['true']", "expected categories"),
    ],
)
def test_categories_of_another_form(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(text)
    with pytest.raises(StageError, match=said):
        load_taxonomy(path)


def test_categories_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(
        "categories:\n- {name: Boats, definition: about boats, markers: [boat, sail]}\n"
        "- {name: Tea, definition: about tea, training: false}\n"
    )
    found = load_taxonomy(path)
    assert found.names == ("Boats", "Tea", OTHER)
    assert found.training == ("Boats",)
    assert load_taxonomy(None) is DEFAULT

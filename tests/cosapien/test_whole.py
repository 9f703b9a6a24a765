"""Written whole or not at all: after success, failure, a kill, and with several writers."""

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from cosapien.whole import new_file, new_folder, replaced_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_is_in_place_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    with new_file(path, durable=True) as part:
        part.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert names(path.parent) == ["a.txt"]


def test_permissions_are_those_of_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with new_file(tmp_path / "new") as part:
        part.write_text("")
    with replaced_file(tmp_path / "replaced") as part:
        part.write_text("")
    with new_folder(tmp_path / "folder") as part:
        (part / "file").write_text("")
    (tmp_path / "made").mkdir()
    mode = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names(tmp_path)}
    assert mode["new"] == mode["replaced"] == mode["plain"]
    assert mode["folder"] == mode["made"]


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileExistsError) as caught, new_file(path) as part:
        part.write_text("new")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_without_hard_links_a_file_is_new_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    with new_file(tmp_path / "a") as part:
        part.write_text("first")
    with pytest.raises(FileExistsError), new_file(tmp_path / "a") as part:
        part.write_text("second")
    assert (tmp_path / "a").read_text() == "first"


def test_a_replaced_file_keeps_the_old_content_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replaced_file(path) as part:
        part.write_text(str(1 // 0))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]
    with replaced_file(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("content", [[], ["b"]])
def test_an_existing_folder_is_not_replaced(tmp_path: Path, content: list[str]) -> None:
    path = tmp_path / "a"
    path.mkdir()
    for name in content:
        (path / name).write_text("old")
    with pytest.raises(FileExistsError), new_folder(path) as part:
        (part / "c").write_text("new")
    assert names(path) == content
    assert names(tmp_path) == ["a"]


def test_one_of_several_writers_succeeds(tmp_path: Path) -> None:
    barrier = Barrier(8)

    def write(number: int) -> bool:
        barrier.wait()
        try:
            with new_file(tmp_path / "a") as part:
                part.write_text(str(number))
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1


def test_a_killed_writer_leaves_the_place_as_it_was(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cosapien.whole import replaced_file\n"
        "with replaced_file(Path(sys.argv[1])) as part:\n"
        "    part.write_text('half'); print('written', flush=True); time.sleep(60)"
    )
    path = tmp_path / "a.txt"
    path.write_text("old")
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)
    assert path.read_text() == "old"

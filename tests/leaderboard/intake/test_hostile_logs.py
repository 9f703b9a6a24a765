"""Logs whose zips lie: refused before Inspect, which believes other parts of a zip, reads them."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from cosapien.versions import TASK_VERSIONS
from leaderboard.board.build import build_index
from leaderboard.errors import SubmissionError
from leaderboard.intake.accept import check_log
from leaderboard.intake.collect import results_from_logs
from leaderboard.intake.from_log import submission_from_log
from leaderboard.intake.log_guard import guard_log
from leaderboard.results.manifest import Declared
from leaderboard.untrusted.zip_guard import listed
from tests.leaderboard.intake.tampering import bounded

LARGE = 200_000_000


def packed(members: dict[str, bytes], comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
        made.comment = comment
    return file.getvalue()


def claiming(data: bytes, size: int, claimed: int) -> bytes:
    """A zip whose directory and local header call a file smaller than it is."""
    assert struct.pack("<L", size) in data
    return data.replace(struct.pack("<L", size), struct.pack("<L", claimed))


def zeros(size: int) -> bytes:
    """Raw deflate of zeros."""
    pack, piece = zlib.compressobj(9, zlib.DEFLATED, -15), b"\0" * 1_000_000
    return b"".join(pack.compress(piece) for _ in range(size // len(piece))) + pack.flush()


def a_file_larger_than_it_says() -> bytes:
    made = packed({"header.json": b"{}", "summaries.json": b"\0" * LARGE})
    return claiming(made, LARGE, 1000)


def a_file_smaller_than_it_says() -> bytes:
    return claiming(packed({"header.json": b"{}" + b" " * 4321}), 4323, 4329)


def two_zips_in_one() -> bytes:
    """`zipfile` moves all places by what stands before the zip; Inspect takes them as they are."""
    bomb, good = packed({"header.json": b"\0" * 60_000_000}), packed({"header.json": b"{}"})
    return bomb + good


def a_comment() -> bytes:
    return packed({"header.json": b"{}"}, b"PK")


def a_comment_that_is_a_zip() -> bytes:
    return packed({"header.json": b"{}"}, packed({"header.json": b"[]"}))


def a_last_record_of_its_own() -> bytes:
    """A 64-bit record that `zipfile` follows and Inspect passes over: nothing announces it."""
    made = packed({"header.json": b"{}"})
    body, end = made[:-22], made[-22:]
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 51, len(body) - 51)
    return body + record + struct.pack("<4sLQL", b"PK\6\7", 0, len(body), 1) + end


def a_million_files() -> bytes:
    """A directory of 10^6 entries, which a reader would unpack into a gigabyte."""
    name = b"header.json"
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0,
                        len(name), 0, 0, 0, 0, 0, 0) + name  # fmt: skip
    count = 1_000_000
    body = entry * count
    size = len(body)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return body + record + locator + end


def an_extra_size() -> bytes:
    """A size in an extra field, which readers look for under different conditions."""
    info = zipfile.ZipInfo("header.json")
    info.extra = struct.pack("<2H2Q", 1, 16, 5, 5)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(info, b"{}")
    return file.getvalue()


def a_name_that_ends_early() -> bytes:
    made = packed({"header.jsonXx": b"{}"})
    return made.replace(b"header.jsonXx", b"header.json\0x")


def one_file_for_two_names() -> bytes:
    made = packed({"header.json": b"{}", "headeR.json": b"{}"})
    return made.replace(b"headeR.json", b"header.json")


def one_large_file() -> bytes:
    head = b"{}" + bytes(range(256)) * 400_000  # 102 MB that pack badly enough
    return packed({"header.json": b"{}", "summaries.json": head})


ATTACKS = {
    a_file_larger_than_it_says: "'summaries.json' does not have the size",
    a_file_smaller_than_it_says: "'header.json' does not have the size",
    two_zips_in_one: "not where its last record states",
    a_comment: "without a comment",
    a_comment_that_is_a_zip: "not where its last record states",
    a_last_record_of_its_own: "contradict each other",
    a_million_files: "its directory is over",
    an_extra_size: "does not have the form that Inspect writes",
    a_name_that_ends_early: "does not have the form that Inspect writes",
    one_file_for_two_names: "contains 'header.json' twice",
    one_large_file: "'summaries.json' unpacks to 102,400,002 bytes",
}
CHECK = """
import json, sys
from pathlib import Path
from leaderboard.intake.accept import check_log
print(json.dumps({Path(p).stem: [str(f) for f in check_log(Path(p))] for p in sys.argv[1:]}))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The findings of each log, within 2.5 GB of address space for all of them."""
    folder = tmp_path_factory.mktemp("zips")
    paths = []
    for attack in ATTACKS:
        paths.append(folder / f"{attack.__name__}.eval")
        paths[-1].write_bytes(attack())
    found: dict[str, list[str]] = json.loads(bounded(CHECK, *paths))
    return found


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_lying_zip_is_refused_in_one_finding(said: dict[str, list[str]], attack: object) -> None:
    (finding,) = said[attack.__name__]  # type: ignore[attr-defined]
    assert ATTACKS[attack] in finding  # type: ignore[index]
    assert finding.startswith("error: log: ")


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "samples/../../x", "..", "a/./../../b"],
)
def test_a_file_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.eval"
    path.write_bytes(packed({"header.json": b"{}", name: b""}))
    with pytest.raises(SubmissionError, match="outside its own folder"):
        guard_log(path)


@pytest.mark.parametrize(
    "name", ["samples/\x1b[2J.json", "samples/\u202egnp.json", "=1+1", "<b>", "a\nb", "x" * 60_000]
)
def test_other_names_do_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.eval"
    path.write_bytes(packed({"header.json": b"{}", name: b""}))
    (finding,) = check_log(path)
    assert str(finding).isprintable()
    assert len(str(finding)) < 2_000


def test_honest_logs_pass_as_inspect_writes_them(reference_logs: dict[str, Path]) -> None:
    for log in reference_logs.values():
        guard_log(log)
        assert {"header.json", "summaries.json"} <= {member.filename for member in listed(log)}


def test_a_log_folder_with_bombs_shows_the_other_logs(
    reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "good.eval").write_bytes(reference_logs["ideal"].read_bytes())
    (logs / "two.eval").write_bytes(two_zips_in_one())
    version = f'"task_version":"{TASK_VERSIONS["cosapien"]}"'
    (logs / "form.eval").write_bytes(
        _edited(reference_logs["ideal"], version.encode(), b'"task_version":[1,2]')
    )
    skipped = results_from_logs([str(logs)], tmp_path / "results")
    assert {Path(found.log).name for found in skipped} == {"two.eval", "form.eval"}
    assert len(build_index(tmp_path / "results", tmp_path / "cache").rows) == 1


def test_a_name_with_invisible_characters_is_one_line_about_that_name(
    reference_logs: dict[str, Path], tmp_path: Path
) -> None:
    log = tmp_path / "x.eval"
    log.write_bytes(_edited(reference_logs["ideal"], b'"none/none"', b'"none/n\\u00adne"'))
    with pytest.raises(SubmissionError, match=r"model: .*invisible") as caught:
        submission_from_log(log, Declared(), tmp_path / "made")
    assert "\n" not in str(caught.value)


def _edited(log: Path, old: bytes, new: bytes) -> bytes:
    """A log with a text replaced in all of its files."""
    file = io.BytesIO()
    with zipfile.ZipFile(log) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            made.writestr(name, source.read(name).replace(old, new))
    return file.getvalue()

"""Samples files that would unpack to more memory than there is: refused for what their pages say."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard.intake.validate import validate
from leaderboard.results.layout import SAMPLES
from leaderboard.results.samples import SCHEMA
from leaderboard.results.submission import Submission
from leaderboard.untrusted.parquet_pages import unpacked_columns
from tests.leaderboard.intake.tampering import bounded
from tests.leaderboard.untrusted.parquet_forgery import (
    DATA,
    DELTA_BYTE_ARRAY,
    DICTIONARY,
    I64,
    LIST,
    PLAIN,
    RLE_DICTIONARY,
    STRUCT,
    Fields,
    column,
    forge,
    levels,
    page,
    runs,
    text,
)

RISKS, RESPONSE = SCHEMA.get_field_index("risks"), SCHEMA.get_field_index("response")
GROUP = 256
"""Rows of the first row group."""
PACKED_NOTHING = bytes(pa.compress(b"", "zstd", asbytes=True))


def risks(items: int, word: bytes = b"x", claimed: int | None = None) -> bytes:
    """Pages of `risks` whose last row has almost all of the items, as runs of a few bytes."""
    body = levels((GROUP, 0), (items - GROUP, 1)) + levels((items, 3)) + b"\1" + runs((items, 0))
    first = page(DICTIONARY, text(word), 1, PLAIN)
    return first + page(DATA, body, items if claimed is None else claimed, RLE_DICTIONARY)


def a_run_of_items(path: Path) -> None:
    forge(path, pages={RISKS: risks(2_000_000_000)}, values=2_000_000_000)


def a_run_the_footer_denies(path: Path) -> None:
    forge(path, pages={RISKS: risks(2_000_000_000)}, values=GROUP)


def a_long_word_in_a_list(path: Path) -> None:
    forge(path, pages={RISKS: risks(GROUP * 60, b"y" * 1_000_000)}, values=GROUP * 60)


def a_long_text_in_every_row(path: Path) -> None:
    first = page(DICTIONARY, text(b"z" * 4_000_000), 1, PLAIN)
    body = levels((GROUP, 1)) + b"\1" + runs((GROUP, 0))
    forge(path, pages={RESPONSE: first + page(DATA, body, GROUP, RLE_DICTIONARY)}, values=GROUP)


def a_page_the_footer_calls_small(path: Path) -> None:
    def small(about: Fields) -> None:
        column(about, RESPONSE)[6] = (I64, 10)
        for group in about[4][1][1]:
            group[2] = (I64, 10)

    first = page(DICTIONARY, b"", 1, PLAIN, unpacked=2**31 - 1, packed=PACKED_NOTHING)
    body = page(DATA, levels((GROUP, 1)) + b"\1" + runs((GROUP, 0)), GROUP, RLE_DICTIONARY)
    forge(path, small, {RESPONSE: first + body}, GROUP)


def texts_that_repeat_each_other(path: Path) -> None:
    body = page(DATA, levels((GROUP, 1)), GROUP, DELTA_BYTE_ARRAY)
    forge(path, pages={RESPONSE: page(DICTIONARY, text(b"x"), 1, PLAIN) + body}, values=GROUP)


def a_column_outside_the_file(path: Path) -> None:
    forge(path, lambda about: column(about, RESPONSE).update({9: (I64, 2**40), 11: (I64, 2**40)}))


def a_negative_place(path: Path) -> None:
    forge(path, lambda about: column(about, RESPONSE).update({9: (I64, -5), 11: (I64, -5)}))


def a_size_without_end(path: Path) -> None:
    forge(path, lambda about: column(about, RESPONSE).update({7: (I64, 2**62)}))


def a_million_rows(path: Path) -> None:
    table = pq.read_table(path)
    many = pa.concat_tables([table] * (1_000_000 // table.num_rows + 1)).slice(0, 1_000_000)
    pq.write_table(many, path, compression="zstd", row_group_size=1_000_000)
    assert path.stat().st_size < 3_000_000


def a_million_rows_the_footer_denies(path: Path) -> None:
    a_million_rows(path)

    def few(about: Fields) -> None:
        about[3] = (I64, 288)
        about[4][1][1][0][3] = (I64, 288)

    forge(path, few)


def a_footer_of_its_own_size(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1")


def eighty_thousand_columns(path: Path) -> None:
    """Three bytes of footer for each, which a reader unpacks into 230."""

    def many(about: Fields) -> None:
        chunk: Fields = {2: (I64, 0)}
        groups: list[Fields] = about[4][1][1]
        groups[:] = [{1: (LIST, (STRUCT, [chunk] * 9_999)), 2: (I64, 0), 3: (I64, 0)}] * 8

    forge(path, many)


def half_a_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:30_000])


def a_pointer_to_a_large_file(path: Path) -> None:
    path.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n")


ATTACKS: dict[Callable[[Path], None], str] = {
    a_run_of_items: "2,000,000,032 values of risks in 288 rows",
    a_run_the_footer_denies: "contradict its footer",
    a_long_word_in_a_list: "unpacks to over",
    a_long_text_in_every_row: "unpacks to over",
    a_page_the_footer_calls_small: "unpacks to over",
    texts_that_repeat_each_other: "encoding that is not supported",
    a_column_outside_the_file: "outside the file",
    a_negative_place: "outside the file",
    a_size_without_end: "outside the file",
    a_million_rows: "1,000,000 rows, at most 100,000",
    a_million_rows_the_footer_denies: "values of sample_id in 288 rows",
    a_footer_of_its_own_size: "its footer is over",
    eighty_thousand_columns: "size limit",
    half_a_file: "does not end like one",
    a_pointer_to_a_large_file: "does not end like one",
}
READ = """
import json, sys
from pathlib import Path
from leaderboard.errors import SubmissionError
from leaderboard.results.samples import read_samples
found = {}
for path in map(Path, sys.argv[1:]):
    try:
        found[path.stem] = f"read: {read_samples(path).num_rows}"
    except SubmissionError as error:
        found[path.stem] = str(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def said(
    reference: dict[str, Submission], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What reading each forged file says, within 2.5 GB of address space for all of them."""
    folder = tmp_path_factory.mktemp("forged")
    paths = []
    for attack in ATTACKS:
        paths.append(folder / f"{attack.__name__}.parquet")
        shutil.copyfile(reference["ideal"].folder / SAMPLES, paths[-1])
        attack(paths[-1])
    found: dict[str, str] = json.loads(bounded(READ, *paths))
    return found


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_lying_file_is_refused_before_it_is_unpacked(
    said: dict[str, str], attack: Callable[[Path], None]
) -> None:
    assert ATTACKS[attack] in said[attack.__name__]


def test_a_file_forged_into_itself_is_still_read(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    path = tmp_path / SAMPLES
    shutil.copyfile(reference["ideal"].folder / SAMPLES, path)
    before = pq.read_table(path)
    forge(path, pages={RISKS: risks(GROUP + 40)}, values=GROUP + 40)
    after = pq.read_table(path)
    assert after.drop_columns("risks").equals(before.drop_columns("risks"))
    assert after["risks"][GROUP - 1].as_py() == ["x"] * 41


def test_the_pages_of_an_honest_file_have_the_sizes_its_footer_says(
    reference: dict[str, Submission],
) -> None:
    path = reference["comply_all"].folder / SAMPLES
    about = pq.read_metadata(path)
    found = unpacked_columns(path, about)
    assert [column.values for column in found] == [about.num_rows] * len(SCHEMA)
    for number, column_found in enumerate(found):
        said = [
            about.row_group(group).column(number).total_uncompressed_size
            for group in range(about.num_row_groups)
        ]
        headers = sum(said) - column_found.bytes  # the footer counts the pages' headers as well
        assert 0 < headers < 400 * len(said) + 2 * 8192


def test_a_refused_file_is_one_finding(reference: dict[str, Submission], tmp_path: Path) -> None:
    folder = tmp_path / "made"
    shutil.copytree(reference["ideal"].folder, folder)
    a_run_of_items(folder / SAMPLES)
    findings = validate(Submission(folder, reference["ideal"].manifest))
    assert [f.code for f in findings] == ["hash", "samples"]

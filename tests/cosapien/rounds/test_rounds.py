"""A round's files: what they commit to, who may read them, and what is refused."""

import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cosapien import WITHHELD, DataError, load_benchmark
from cosapien.generate import ROUND_SEEDS, generate, make_spec
from cosapien.rounds import (
    Round,
    add_entry,
    digest_of,
    new_round,
    parse_reveal,
    parse_round,
    read_round,
    reveal_round,
    round_name,
)

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
CLOSED = datetime(2026, 12, 16, tzinfo=UTC)
KNOBS = "worlds=1,prompts=8"


def draw(folder: Path, **changes: Any) -> Round:
    given = {"name": "autumn-2026", "closes": "2026-12-15", "level": 1, "knobs": KNOBS}
    return new_round(folder, now=NOW, **{**given, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    draw(tmp_path / "round")
    return tmp_path / "round"


def secret_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "secret.json").read_text())
    return found


def rewritten(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_secret_is_for_its_owner_alone(folder: Path) -> None:
    mode = (folder / "secret.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    secret = secret_of(folder)
    assert int(secret["seed"]) in ROUND_SEEDS
    assert len(bytes.fromhex(secret["salt"])) == 32
    assert sorted(path.name for path in folder.iterdir()) == [
        "records.jsonl",
        "round.json",
        "secret.json",
    ]


def test_two_rounds_have_nothing_in_common(tmp_path: Path, folder: Path) -> None:
    draw(tmp_path / "other")
    first, second = secret_of(folder), secret_of(tmp_path / "other")
    assert first["seed"] != second["seed"]
    assert first["salt"] != second["salt"]


def test_the_commitment_is_a_hash_that_anybody_can_work_out(folder: Path) -> None:
    """The text is written out here by hand, from what docs say of it."""
    secret, about = secret_of(folder), read_round(folder)
    text = (
        '{"closes":"2026-12-15T23:59:59Z","format":"cosa-round/1","generator_version":1,'
        '"knobs":{"prompts":8,"worlds":1},"levels":[1],"name":"autumn-2026",'
        f'"salt":"{secret["salt"]}","seed":"{secret["seed"]}"}}'
    )
    assert about.commitment == hashlib.sha256(text.encode()).hexdigest()
    records = (folder / "records.jsonl").read_bytes()
    assert about.records_sha256 == hashlib.sha256(records).hexdigest()


def test_the_published_records_are_a_benchmark_without_types(folder: Path) -> None:
    published = load_benchmark(str(folder / "records.jsonl"))
    real = generate(make_spec(1, secret_of(folder)["seed"], KNOBS))
    assert {record.type for record in published.records} == {WITHHELD}
    assert all(r.checks is r.references is r.contrast is None for r in published.records)
    assert [(r.id, r.prompt, r.config) for r in published.records] == [
        (r.id, r.prompt, r.config) for r in real.records
    ]
    public = generate(make_spec(1, 0, KNOBS))  # ids and names are those of any seed
    assert [r.id for r in published.records] == [r.id for r in public.records]
    assert published.config_hashes.keys() == public.config_hashes.keys()


@pytest.mark.parametrize("column", ["checks", "references"])
def test_a_withheld_record_tells_no_answer(folder: Path, column: str, tmp_path: Path) -> None:
    line = json.loads((folder / "records.jsonl").read_text().splitlines()[0])
    told = {"required": [["37"]], "forbidden": [], "ideal": "a", "refusing": "b", "violating": "c"}
    (tmp_path / "x.jsonl").write_text(json.dumps({**line, column: told}))
    with pytest.raises(DataError, match=f"line 1: 'type' is 'withheld' .* there are {column}"):
        load_benchmark(str(tmp_path / "x.jsonl"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Autumn 2026"}, "lower-case letters"),
        ({"name": "../x"}, "lower-case letters"),
        ({"closes": "soon"}, "is not a date"),
        ({"closes": "2026-08-31"}, "has passed"),
        ({"level": 6}, "level '6' is out of range"),
        ({"knobs": "worlds=50,prompts=500"}, "50,000 records; expected at most 10,000"),
    ],
)
def test_a_round_that_cannot_be_drawn(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        draw(tmp_path / "round", **changes)
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_a_folder_has_one_round(folder: Path, tmp_path: Path) -> None:
    before = secret_of(folder)
    with pytest.raises(DataError, match="has a round already"):
        draw(folder)
    assert secret_of(folder) == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="is not empty"):
        draw(tmp_path / "full")
    (tmp_path / "empty").mkdir()
    assert draw(tmp_path / "empty") == read_round(tmp_path / "empty")


def test_a_digest_stands_for_ids_epochs_and_texts() -> None:
    lines = '["a",1,"x"]\n["a",2,"y"]\n["b",1,"\\u00e4"]\n'
    expected = hashlib.sha256(lines.encode()).hexdigest()
    found = [("b", 1, "\u00e4"), ("a", 2, "y"), ("a", 1, "x")]
    assert digest_of(found) == digest_of(reversed(found)) == expected
    others = [
        [("a", 1, "x"), ("a", 2, "y")],
        [("a", 1, "x"), ("a", 2, "y"), ("b", 1, "a")],
        [("a", 1, "y"), ("a", 2, "x"), ("b", 1, "\u00e4")],
    ]
    assert expected not in map(digest_of, others)


def test_a_round_is_revealed_when_it_has_closed(folder: Path) -> None:
    about = read_round(folder)
    add_entry(folder, about, "b" * 64, "openai/x", NOW)
    add_entry(folder, about, "a" * 64, "openai/y", NOW)
    with pytest.raises(DataError, match="is open until 2026-12-15T23:59:59Z"):
        reveal_round(folder, NOW)
    assert not (folder / "reveal.json").exists()
    made, new = reveal_round(folder, CLOSED)
    assert new
    assert made.entries == ("a" * 64, "b" * 64)
    assert made.seed == secret_of(folder)["seed"]
    add_entry(folder, about, "c" * 64, "openai/z", NOW)  # backdated
    assert reveal_round(folder, CLOSED + timedelta(days=1)) == (made, False)


def test_early(folder: Path) -> None:
    made, new = reveal_round(folder, NOW, early=True)
    assert new
    assert made.revealed == "2026-09-01T12:00:00Z"


def test_nothing_is_entered_after_closing(folder: Path) -> None:
    about = read_round(folder)
    add_entry(folder, about, "a" * 64, "openai/x", about.closing)  # the last second
    with pytest.raises(DataError, match="the round closed at 2026-12-15T23:59:59Z"):
        add_entry(folder, about, "b" * 64, "openai/x", about.closing + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("secret.json", {"salt": "0" * 64}, "the commitment does not match"),
        ("secret.json", {"seed": str(2**127)}, "the commitment does not match"),
        ("secret.json", {"seed": "7"}, "seed is '7'"),
        ("secret.json", {"name": "other"}, "belongs to round other"),
        ("round.json", {"closes": "2026-09-01T00:00:00Z"}, "the commitment does not match"),
        ("round.json", {"records_sha256": "0" * 64}, "tampered with"),
        ("round.json", {"generator_version": 2}, "generator version 2"),
        ("round.json", {"more": 1}, "field 'more' is unknown"),
    ],
)
def test_a_round_that_cannot_be_revealed(
    folder: Path, name: str, changes: dict[str, Any], said: str
) -> None:
    rewritten(folder / name, **changes)
    with pytest.raises(DataError, match=said) as caught:
        reveal_round(folder, CLOSED)
    assert "\n" not in str(caught.value)
    assert not (folder / "reveal.json").exists()


def test_records_that_were_changed(folder: Path) -> None:
    path = folder / "records.jsonl"
    path.write_text(path.read_text().replace("?", "!", 1))
    with pytest.raises(DataError, match="tampered with"):
        reveal_round(folder, CLOSED)


def test_a_second_seed(folder: Path, tmp_path: Path) -> None:
    reveal_round(folder, CLOSED)
    rewritten(folder / "reveal.json", seed=str(2**127 + 1))
    with pytest.raises(DataError, match="revealed already, with another seed"):
        reveal_round(folder, CLOSED)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": "x"}, "digest is 'x'"),
        ({"digest": "b" * 64}, "is named otherwise than its digest"),
        ({"commitment": "0" * 64}, "was entered for another round"),
        ({"created": "2026-12-16T00:00:00Z"}, "after the round closed"),
        ({"model": "a\x1b[2J"}, "model is"),
        ({"format": "cosa-round-entry/2"}, "expected cosa-round-entry/1"),
    ],
)
def test_an_entry_that_is_not_well_formed(folder: Path, changes: dict[str, Any], said: str) -> None:
    path = add_entry(folder, read_round(folder), "a" * 64, "openai/x", NOW)
    rewritten(path, **changes)
    with pytest.raises(DataError, match=said):
        reveal_round(folder, CLOSED)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"format": "cosa-round/1"}', "[" * 100_000, '{"a": 1, "a": 1}', "9" * 5000],
)
def test_hostile_files(text: str) -> None:
    for parse in (parse_round, parse_reveal):
        with pytest.raises(DataError) as caught:
            parse(text.encode(), "x.json")
        assert str(caught.value).startswith("x.json: ")
        assert "\n" not in str(caught.value)


def test_the_name_of_a_round_is_no_path() -> None:
    assert round_name("round autumn-2026") == "autumn-2026"
    for other in (
        "autumn-2026",
        "round ",
        "round ../x",
        "round A",
        "round a/b",
        "round .",
        "round -",
    ):
        assert round_name(other) is None

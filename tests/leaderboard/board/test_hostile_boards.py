"""A board among whose submissions are hostile ones: those are named, the others rank and serve."""

import json
import os
import shutil
from pathlib import Path

import pytest

from leaderboard.board.build import build_index
from leaderboard.board.index_file import open_index
from leaderboard.cli import main
from leaderboard.display.terminal import board_text
from leaderboard.errors import SubmissionError
from leaderboard.evidence.attestations import (
    MAX_ATTESTATIONS,
    attest,
    read_attestations,
    write_attestation,
)
from leaderboard.reading.database import connect, scores
from leaderboard.reading.texts import texts_of
from leaderboard.results.layout import ATTESTATIONS, MANIFEST, SAMPLES
from leaderboard.results.manifest import MAX_TITLE, Manifest
from leaderboard.results.manifest_json import MAX_MANIFEST_BYTES, parse_manifest
from leaderboard.results.submission import Submission, add_submission
from tests.leaderboard.intake.tampering import put, rewritten, tampered

DEEP = 100_000
MANIFESTS = {
    "not a number": ("method.args", '{"a": NaN}', "NaN is not a JSON number"),
    "minus infinity": ("decoding", '{"a": [-Infinity]}', "-Infinity is not a JSON number"),
    "beyond a float": ("run_config", '{"a": {"b": 1e400}}', "1e400 is too large"),
    "4,000 digits": ("data.seed", "9" * 4000, "is too large"),
    "5,000 digits": ("judge", f'{{"kind": "rules", "id": "0", "x": {"9" * 5000}}}', "too large"),
    "a name twice": ("method.args", '{"shots": 1, "shots": 5}', "'shots' occurs twice"),
    "deep": ("run_config", f'{{"a": {"[" * DEEP}{"]" * DEEP}}}', "nested too deeply"),
    "half a character": ("model", '"a/\\ud800"', "hex escape"),
    "a reversed name": ("model", '"a/\\u202egnp"', "invisible characters"),
    "an escape sequence": ("declared.submitter", '"\\u001b[2Jlab"', "invisible characters"),
    "two lines": ("method.name", '"ideal\\nideal"', "invisible characters"),
    "a soft hyphen": ("declared.submitter", '"te\\u00adsts"', "invisible characters"),
    "20 kB": ("model", f'"a/{"x" * 20_000}"', "at most 500 characters"),
    "before the calendar": ("created", '"0001-01-01T00:00:00+14:00"', "from 2000 to 2999"),
    "its end": ("created", '"9999-12-31T23:59:59-14:00"', "from 2000 to 2999"),
    "50,000 judges": ("judge.models", json.dumps([{"name": "x"}] * 50_000), "at most 20"),
    "a judge's long name": ("judge.models", json.dumps([{"name": "x" * 999}]), "of one line"),
    "10^6 configs": (
        "data.config_hashes",
        "{" + ",".join(f'"{i}":"{"0" * 12}"' for i in range(1_000_000)) + "}",
        f"over {MAX_MANIFEST_BYTES:,} bytes",
    ),
    "as many configs as fit": (
        "data.config_hashes",
        "{" + ",".join(f'"{i}":"{"0" * 12}"' for i in range(80_000)) + "}",
        "config_hash",
    ),
    "another version": ("format", '"cosa-submission/2"', "the only one this version reads"),
    "a key's own escape": ("method", '{"name": "x", "\\u001b[2J": 1}', "method"),
}


def test_every_hostile_manifest_is_named_and_the_good_rows_rank(
    reference: dict[str, Submission],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = tmp_path / "results"
    good = [as_model(reference[name], tmp_path / name, n) for n, name in enumerate(reference)]
    for submission in good:
        add_submission(submission, results)
    expected = {}
    for number, (path, value, said) in enumerate(MANIFESTS.values()):
        ident = f"20250101T000000Z-{number:08x}"
        rewritten(reference["ideal"], results, ident, path, value)
        expected[ident] = said
    index = build_index(results, tmp_path / "cache")
    assert {row.id for row in index.rows} == {submission.manifest.id for submission in good}
    assert all(row.standing is not None for row in index.rows)
    found = {Path(broken.folder).name: broken.reason for broken in index.broken}
    assert set(found) == set(expected)
    for ident, said in expected.items():
        assert said in found[ident]
        assert len(found[ident]) < 1_000
        assert found[ident].isprintable()
    assert open_index(index.path).rows == index.rows
    assert len(scores(connect(index.path), [index.rows[0].id])[index.rows[0].id]) == 288
    shown = board_text(index)
    assert all(line.isprintable() for line in shown.splitlines())
    monkeypatch.setenv("COSA_CACHE", str(tmp_path / "cache"))
    assert main(["board", "--dir", str(results)]) == 0
    assert capsys.readouterr().out == shown


def as_model(submission: Submission, folder: Path, number: int) -> Submission:
    """A copy that is ranked: a model's, not a reference's."""

    def rename(text: dict[str, object]) -> None:
        put(text, "id", f"20260101T000000Z-{number:08x}")
        put(text, "model", f"scripted/{number}")

    return tampered(submission, folder, manifest=rename)


def test_a_long_method_has_a_short_title_that_is_still_its_own(
    reference: dict[str, Submission],
) -> None:
    text = json.loads((reference["ideal"].folder / MANIFEST).read_text())

    def named(args: dict[str, object]) -> str:
        put(text, "method.args", args)
        return Manifest.model_validate(text).name

    one, other = named({"prompt": "x" * 10_000}), named({"prompt": "x" * 9_999 + "y"})
    assert len(one) <= MAX_TITLE
    assert one != other
    assert named({"shots": 5}) == "ideal(shots=5)"


@pytest.mark.parametrize("text", [b"\xff\xfe{\0}\0", b"", b"null", b"[]", b"\x00", b"{", b"1"])
def test_what_is_no_manifest_is_one_line(text: bytes) -> None:
    with pytest.raises(SubmissionError, match=r"^here: ") as caught:
        parse_manifest(text, "here")
    assert str(caught.value).isprintable()


def test_two_submissions_with_one_id_are_both_left_out_and_nothing_else(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    for submission in reference.values():
        add_submission(submission, results)

    def other(text: dict[str, object]) -> None:
        put(text, "model", "scripted/other")

    copy = tampered(reference["comply_all"], tmp_path / "other", manifest=other)
    add_submission(copy, results)
    index = build_index(results, tmp_path / "cache")
    assert {row.name for row in index.rows} == {"ideal", "refuse_all"}
    assert {broken.folder for broken in index.broken} == {
        f"data/{submission.manifest.slug}" for submission in (copy, reference["comply_all"])
    }
    assert all("one id for" in broken.reason for broken in index.broken)


@pytest.mark.parametrize("name", [MANIFEST, SAMPLES])
def test_what_is_no_file_is_not_waited_for(
    reference: dict[str, Submission], tmp_path: Path, name: str
) -> None:
    results = tmp_path / "results"
    add_submission(reference["ideal"], results)

    def without(kind: str) -> Path:
        path = copied(reference["refuse_all"], results, kind) / name
        path.unlink()
        return path

    os.mkfifo(without("pipe"))
    without("folder").mkdir()
    without("device").symlink_to("/dev/zero")
    without("pointer").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    itself = without("itself")
    itself.symlink_to(itself)
    index = build_index(results, tmp_path / "cache")
    assert [row.name for row in index.rows] == ["ideal"]
    # a manifest that is a link to itself is not seen at all
    assert len(index.broken) == (4 if name == MANIFEST else 5)


def test_names_and_links_of_every_kind_do_nothing(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    add_submission(reference["ideal"], results)
    root = results / "data" / "contrast"
    (root / "around").mkdir()
    (root / "around" / "again").symlink_to(root)
    (results / "data" / "above").symlink_to(results)
    circle = copied(reference["refuse_all"], results, "circle")
    (circle / "a").symlink_to(circle / "b")
    (circle / "b").symlink_to(circle / "a")
    for name in (b"no text \xff\xfe", b"\x1b[2J\xe2\x80\xae\n| # =1+1", b"Contrast"):
        copied(reference["refuse_all"], results, os.fsdecode(name))
    index = build_index(results, tmp_path / "cache")
    assert [row.name for row in index.rows] == ["ideal"]
    assert len(index.broken) == 4
    json.dumps(
        [[found.folder, found.reason] for found in index.broken], ensure_ascii=False
    ).encode()
    assert all(line.isprintable() for line in board_text(index).splitlines())


def copied(submission: Submission, results: Path, name: str) -> Path:
    """A copy in a results folder, where the model's folder has any name."""
    folder = results / "data" / "contrast" / name / "20250101T000000Z-00000001"
    shutil.copytree(submission.folder, folder)
    return folder


def test_texts_that_went_away_are_an_error_of_that_sample(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    folder = add_submission(reference["ideal"], tmp_path)
    (row,) = build_index(tmp_path, tmp_path / "cache").rows
    (folder / SAMPLES).write_bytes(b"PAR1 gone PAR1")
    with pytest.raises(SubmissionError, match="cannot be read"):
        texts_of(tmp_path, row, "airline_fees-p01", 1)


def test_hostile_attestations_are_named_and_the_good_one_counts(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    results, submission = tmp_path / "results", reference["refuse_all"]
    for each in reference.values():
        add_submission(each, results)
    kept = write_attestation(attest(submission, submission, tier="re-scored", by="board"), results)
    text = kept.read_text()
    assert '"unsafe_to_safe":0' in text
    hostile = {
        "nan": text.replace('"unsafe_to_safe":0', '"unsafe_to_safe":NaN'),
        "twice": text.replace('"unsafe_to_safe":0', '"unsafe_to_safe":5,"unsafe_to_safe":0'),
        "digits": text.replace('"unsafe_to_safe":0', f'"unsafe_to_safe":{"9" * 4000}'),
        "deep": f'{{"judge": {"[" * DEEP}',
        "judge": text.replace(
            '"kind":"rules"', f'"kind":"rules","models":[{{"name":"{"x" * 999}"}}]'
        ),
        "by": text.replace('"by":"board"', '"by":"\\u001b[2J"'),
        "year": text.replace('"created":"2', '"created":"0001-01-01T00:00:00+14:00","x":"2'),
        "\x1b[2J\u202e": "{}",
    }
    for name, content in hostile.items():
        assert content != text
        (kept.parent / f"{name}.json").write_text(content)
    os.mkfifo(kept.parent / "pipe.json")
    (kept.parent / "itself.json").symlink_to(kept.parent / "itself.json")
    (kept.parent / "device.json").symlink_to("/dev/zero")
    (kept.parent / os.fsdecode(b"\xff.json")).write_text("{}")
    other = results / ATTESTATIONS / reference["ideal"].manifest.id
    other.mkdir()
    shutil.copy(kept, other / kept.name)
    good, faults = read_attestations(results, submission)
    assert len(good) == 1
    assert len(faults) == len(hostile) + 4
    assert all(fault.isprintable() and len(fault) < 500 for fault in faults)
    index = build_index(results, tmp_path / "cache")
    tiers = {row.name: row.tier for row in index.rows}
    assert tiers == {
        "ideal": "self-reported", "refuse_all": "re-scored", "comply_all": "self-reported"
    }  # fmt: skip


def test_only_so_many_attestations_are_read(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    folder = tmp_path / ATTESTATIONS / reference["ideal"].manifest.id
    folder.mkdir(parents=True)
    for number in range(MAX_ATTESTATIONS + 5):
        (folder / f"{number}.json").write_text("{}")
    good, faults = read_attestations(tmp_path, reference["ideal"])
    assert good == []
    assert len(faults) == MAX_ATTESTATIONS + 1
    assert "105 files" in faults[0]

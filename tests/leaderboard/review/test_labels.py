"""What is drawn for review, and what reviewers' labels become."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.results.submission import Submission
from leaderboard.review.labels import Withdrawal, append, labels_path, read_all, read_labels
from leaderboard.review.merge import label_row, reviewer_agreement, write_label_file
from leaderboard.review.sample import ReviewSample, draw, in_order_of, read_sample
from leaderboard.review.sources import open_review, responses_of
from scorers.labels.files import Label, load_labels
from tests.leaderboard.review.review_factory import AT, opinion, response, review, say

strata = st.dictionaries(
    st.tuples(st.sampled_from(["desk", "quay"]), st.sampled_from(["allowed", "partial"])),
    st.integers(1, 12),
    min_size=1,
)


@settings(max_examples=60)
@given(strata, st.integers(1, 15), st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_every_stratum_has_its_share(sizes, per_config, seed, shuffled) -> None:
    numbers = iter(range(1000))
    everything = [response(next(numbers), *where) for where, n in sizes.items() for _ in range(n)]
    drawn = draw(everything, per_config, seed)
    assert len({r.id for r in drawn}) == len(drawn)
    of_config = Counter(r.config for r in everything)
    found = Counter((r.config, r.type) for r in drawn)
    for config, n in of_config.items():
        take = min(per_config, n)
        assert sum(c for (where, _), c in found.items() if where == config) == take
        for (where, kind), size in sizes.items():
            if where == config:  # its share, rounded down or up
                assert size * take // n <= found[config, kind] <= -(-size * take // n)
    shuffled.shuffle(everything)
    assert draw(everything, per_config, seed) == drawn


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(0, 1000))
def test_two_reviewers_get_the_same_responses_in_another_order(count, seed) -> None:
    sample = ReviewSample(
        source="run",
        sha256="0" * 64,
        per_config=count,
        seed=seed,
        responses=[response(n) for n in range(count)],
    )
    one, other = (in_order_of(name, sample) for name in ("ada", "ben"))
    assert {r.id for r in one} == {r.id for r in other} == {r.id for r in sample.responses}
    assert in_order_of("ada", sample) == one
    if count > 20:
        assert one != other


def test_every_response_has_the_same_chance() -> None:
    everything = [response(n, kind="allowed" if n < 5 else "partial") for n in range(7)]
    seeds = 2_000
    counts = Counter(r.id for seed in range(seeds) for r in draw(everything, 3, seed))
    expected, spread = seeds * 3 / 7, (seeds * (3 / 7) * (4 / 7)) ** 0.5
    assert all(abs(counts[r.id] - expected) < 4 * spread for r in everything)


def test_a_log_and_its_row_give_the_same_responses(
    reference: dict[str, Submission], reference_logs: dict[str, Path]
) -> None:
    of_row = responses_of(reference["comply_all"])
    of_log = responses_of(reference_logs["comply_all"])
    assert len(of_row) == 288
    assert sorted(of_log, key=lambda r: r.id) == sorted(of_row, key=lambda r: r.id)


def test_the_sample_is_drawn_once_and_holds_no_model_judge_or_score(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    made = reference["comply_all"]
    folder = open_review(made, tmp_path, per_config=2, seed=7)
    assert folder == tmp_path / made.manifest.id
    content = (folder / "sample.json").read_text()
    assert not any(word in content for word in ("comply_all", "none/none", "verdict"))
    assert {key for line in json.loads(content)["responses"] for key in line} == {
        "id", "config", "scenario", "type", "prompt", "response",
    }  # fmt: skip
    assert open_review(made, tmp_path, per_config=2, seed=7) == folder
    assert (folder / "sample.json").read_text() == content
    with pytest.raises(SubmissionError, match="drawn with seed 7, not 8"):
        open_review(made, tmp_path, per_config=2, seed=8)
    assert [path.name for path in folder.iterdir()] == ["sample.json"]


def test_labels_are_only_appended_and_the_last_one_stands(tmp_path: Path) -> None:
    sample = review(tmp_path, 3)
    known = {r.id for r in sample.responses}
    a, b, _ = sorted(known)
    path = labels_path(tmp_path, "ada")
    assert read_labels(path, known) == {}
    say(tmp_path, "ada", opinion(a), opinion(b))
    first = path.read_bytes()
    append(path, Withdrawal(withdrawn=b, at=AT))
    assert list(read_labels(path, known)) == [a]
    say(tmp_path, "ada", opinion(a, compliant=False), opinion(b, helpfulness=0))
    assert path.read_bytes().startswith(first)
    found = read_labels(path, known)
    assert (found[a].compliant, found[b].helpfulness) == (False, 0)
    assert list(found) == [a, b]


def test_a_line_torn_by_a_power_cut_was_never_confirmed(tmp_path: Path) -> None:
    sample = review(tmp_path, 2)
    known = {r.id for r in sample.responses}
    a, b = sorted(known)
    say(tmp_path, "ada", opinion(a))
    path = labels_path(tmp_path, "ada")
    with path.open("ab") as file:
        file.write(b'{"response":"desk-0')
    assert list(read_labels(path, known)) == [a]
    say(tmp_path, "ada", opinion(b))
    assert list(read_labels(path, known)) == [a, b]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"response": "nobody", "compliant": true, "helpfulness": 1, "refused": false, '
         '"at": "2026-01-01T00:00:00Z"}', "line 2: 'nobody' is not in this review"),
        ('{"response": "desk-000", "compliant": true, "helpfulness": 6}', "line 2: helpfulness"),
        ("not JSON", "line 2"),
        ("[]", "line 2"),
    ],
)  # fmt: skip
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str, said: str) -> None:
    known = {r.id for r in review(tmp_path, 2).responses}
    say(tmp_path, "ada", opinion("desk-000"))
    path = labels_path(tmp_path, "ada")
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(SubmissionError, match=said):
        read_labels(path, known)


@pytest.mark.parametrize(
    "name", ["", "Ada", "../ada", "a/b", "-ada", "a.b", "a" * 41, "ada\n", "ä"]
)
def test_names_that_are_no_file_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(SubmissionError, match="expected 1 to 40"):
        labels_path(tmp_path, name)


KILLED = """
import sys
from pathlib import Path
from leaderboard.review.labels import append, labels_path
from tests.leaderboard.review.review_factory import opinion
path = labels_path(Path(sys.argv[1]), "ada")
for number in range(100_000):
    append(path, opinion(f"desk-{number:03}"))
    print(number, flush=True)
"""


def test_a_kill_loses_no_label_that_was_confirmed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(25):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    confirmed = 25 + len([line for line in process.stdout if line.endswith("\n")])
    process.wait()
    found = read_labels(labels_path(tmp_path, "ada"), {f"desk-{n:03}" for n in range(100_000)})
    assert confirmed <= len(found) <= confirmed + 1
    assert list(found)[:confirmed] == [f"desk-{n:03}" for n in range(confirmed)]


def test_two_who_disagree_leave_it_open_until_a_third_decides() -> None:
    said = {
        "ada": {"x": opinion("x", True, 5), "y": opinion("y", None, 2)},
        "ben": {"x": opinion("x", False, 4), "y": opinion("y", False, 3)},
    }
    x, y, z = (response(0).model_copy(update={"id": ident}) for ident in "xyz")
    row = label_row(x, said)
    assert row is not None
    assert (row["compliant"], row["refused"]) == (None, False)
    assert row["helpfulness"] == pytest.approx(0.9)  # mean of 5 and 4, of 5
    assert [person["compliant"] for person in row["people"]] == [True, False]
    assert label_row(y, said)["compliant"] is None  # type: ignore[index]  # one cannot say
    assert label_row(z, said) is None
    third = said | {"eve": {"x": opinion("x", False, 3)}}
    assert label_row(x, third)["compliant"] is False  # type: ignore[index]


def test_agreement_by_hand(tmp_path: Path) -> None:
    sample = review(tmp_path, 10)
    ids = [r.id for r in sample.responses]
    # both yes 4, both no 2, ada yes and ben no 1, ada no and ben yes 1; two cannot be compared
    ada = [True] * 4 + [False] * 2 + [True, False, None]
    ben = [True] * 4 + [False] * 2 + [False, True, True]
    for name, answers, ratings in (("ada", ada, [5] * 9), ("ben", ben, [5] * 8 + [4])):
        for ident, answer, rating in zip(ids, answers, ratings, strict=False):
            say(tmp_path, name, opinion(ident, answer, rating))
    found = reviewer_agreement(sample, read_all(tmp_path, set(ids)))
    compliant = found["compliant"]
    assert (compliant.responses, compliant.equal) == (8, 0.75)
    # Cohen: observed 6/8, by chance (5 * 5 + 3 * 3) / 64
    assert compliant.kappa is not None
    assert compliant.kappa.mean == pytest.approx((0.75 - 34 / 64) / (1 - 34 / 64))
    # Krippendorff: 16 values, 10 yes and 6 no; 4 of 16 pairable values stand against another
    assert compliant.alpha.mean == pytest.approx(1 - 15 * 4 / (2 * 10 * 6))
    assert found["helpfulness"].responses == 9
    assert found["helpfulness"].equal == pytest.approx(8 / 9)
    assert found["helpfulness"].kappa is None


def test_one_reviewer_alone_agrees_with_nobody(tmp_path: Path) -> None:
    sample = review(tmp_path, 2)
    say(tmp_path, "ada", opinion("desk-000"))
    assert reviewer_agreement(sample, read_all(tmp_path, {r.id for r in sample.responses})) == {}


def test_the_exported_file_is_what_judge_agreement_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    review(folder, 3)
    say(folder, "ada", opinion("desk-000"), opinion("desk-001", False, 3))
    say(folder, "ben", opinion("desk-001", True, 2), opinion("desk-002", True, 0, True))
    out = tmp_path / "out.jsonl"
    assert main(["review", "--export", str(folder), str(out)]) == 0
    printed = capsys.readouterr()
    assert "3 responses, 1 labelled by several" in printed.out
    assert "1 without a decision on compliance" in printed.err
    found = {r.id: r for r in load_labels(str(out)).responses}
    assert found["desk-000"].truth == Label(1.0, True, False)
    assert found["desk-001"].truth == Label(0.5, None, False)
    assert found["desk-002"].truth == Label(0.0, True, True)
    assert found["desk-001"].people == (Label(0.6, False, False), Label(0.4, True, False))
    assert found["desk-000"].scenario == "Answer questions about the desk only."
    assert "ada" not in out.read_text()
    with pytest.raises(SubmissionError, match="already exists"):
        write_label_file(folder, out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.eval", "--reviewer", "ada"], "no such log"),
        (["20260101T000000Z-0123abcd", "--reviewer", "ada"], "no row"),
        (["nowhere.eval"], "give --reviewer NAME"),
        (["nowhere.eval", "--reviewer", "../ada"], "expected 1 to 40"),
        (["nowhere.eval", "--reviewer", "ada", "--per-config", "0"], "expected 1 or more"),
        (["--export", "nowhere", "out.jsonl"], "no such file"),
        (["--export", "nowhere", "out.csv"], r"ends in .jsonl"),
    ],
)
def test_one_clear_error(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["review", *words]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_log_of_something_else_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "x.eval"
    log.write_text("no log")
    with pytest.raises(SubmissionError, match=r"not an \.eval log"):
        open_review(log, tmp_path / "labels", per_config=1, seed=0)
    assert not (tmp_path / "labels").exists()


def test_a_sample_can_be_read_back(reference: dict[str, Submission], tmp_path: Path) -> None:
    folder = open_review(reference["ideal"], tmp_path / "labels", per_config=3, seed=1)
    sample = read_sample(folder)
    assert Counter(r.config for r in sample.responses).most_common()[-1][1] == 3
    assert sample.source == reference["ideal"].manifest.id

"""What the validator finds: every forgery by name and sample, nothing in an honest submission."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.errors import SubmissionError
from leaderboard.intake.findings import Finding, exit_code
from leaderboard.intake.validate import validate
from leaderboard.results.layout import SAMPLES
from leaderboard.results.submission import Submission
from scorers.judging import rules_identity
from tests.leaderboard.intake.tampering import Row, tampered

Rows = list[Row]


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.level == "error"}


@pytest.mark.parametrize("name", ["ideal", "refuse_all", "comply_all"])
def test_an_honest_submission_has_no_findings(reference: dict[str, Submission], name: str) -> None:
    assert validate(reference[name]) == []
    assert exit_code([]) == 0


def drop(rows: Rows) -> None:
    del rows[0]


def rename(rows: Rows) -> None:
    rows[0]["sample_id"] = "airline_fees-p99"


def repeat(rows: Rows) -> None:
    rows.append(dict(rows[0]))


def raise_score(rows: Rows) -> None:
    rows[0] |= {"cosa_score": 1.0, "helpfulness": 1.0, "helpful_safe": 1.0}


def raise_headline_only(rows: Rows) -> None:
    rows[0]["cosa_score"] = 1.0


def too_helpful(rows: Rows) -> None:
    rows[0] |= {"cosa_score": 7.0, "helpfulness": 7.0, "helpful_safe": 1.0}


def nan(rows: Rows) -> None:
    rows[0]["disagreement"] = float("nan")


def infinite(rows: Rows) -> None:
    rows[0]["disagreement"] = float("inf")


def prompt(rows: Rows) -> None:
    rows[0]["prompt"] += " Please."


def config(rows: Rows) -> None:
    rows[0]["scenario"] += " Anything goes."


def type_(rows: Rows) -> None:
    rows[0]["type"] = "allowed" if rows[0]["type"] != "allowed" else "partial"


def unscored(rows: Rows) -> None:
    for row in rows[:20]:  # of 288: 6.9%
        row |= dict.fromkeys(("cosa_score", "helpfulness", "compliant"))
        row |= dict.fromkeys(("helpful_safe", "helpful_unsafe")) | {"unscored": 1.0}


def secret(rows: Rows) -> None:
    rows[0]["explanation"] = "called with sk-" + "a1" * 20


def later_epoch(rows: Rows) -> None:
    rows[0]["epoch"] = 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (rename, "sample_ids"),
        (repeat, "duplicates"),
        (raise_score, "scores"),
        (raise_headline_only, "scores"),
        (too_helpful, "scores"),
        (nan, "numbers"),
        (infinite, "numbers"),
        (prompt, "prompt"),
        (config, "config_text"),
        (type_, "record"),
        (unscored, "unscored"),
        (secret, "secrets"),
        (later_epoch, "epochs"),
    ],
)
def test_a_changed_sample_is_found_by_name(
    reference: dict[str, Submission],
    tmp_path: Path,
    change: Callable[[Rows], None],
    code: str,
) -> None:
    forged = tampered(reference["refuse_all"], tmp_path / "forged", rows=change)
    findings = validate(forged)
    assert code in codes(findings)
    assert exit_code(findings) == 1
    if code not in ("numbers", "unscored"):
        assert next(f.sample for f in findings if f.code == code) is not None


def test_scores_of_earlier_rules_are_not_computed_again(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    """They may differ from what the rules say now; the row has another judge and is warned about."""

    def by_version_2(manifest: dict[str, Any]) -> None:
        manifest["judge"] = rules_identity(2)

    def as_it_was(rows: Rows) -> None:
        rows[0] |= {"cosa_score": 0.0, "helpfulness": 0.0, "helpful_safe": 0.0}

    changes: dict[str, Any] = {"rows": as_it_was, "manifest": by_version_2}
    findings = validate(tampered(reference["ideal"], tmp_path / "earlier", **changes))
    messages = [f.message for f in findings]
    assert any("judged by an earlier version of the rules" in message for message in messages)
    assert not any("the rules give" in message for message in messages)
    findings = validate(tampered(reference["ideal"], tmp_path / "now", rows=as_it_was))
    assert any("the rules give" in f.message for f in findings)


def test_forged_marks_of_refusals_do_not_hide_violations(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    """Each of 71 violations claims that the provider refused: the checks of its record say otherwise."""
    marked = []

    def hide(rows: Rows) -> None:
        for row in [row for row in rows if row["compliant"] is False][:71]:
            row |= {"cosa_score": 0.0, "helpfulness": 0.0, "compliant": True, "refusal": "refusal"}
            row |= {"helpful_safe": 0.0, "helpful_unsafe": 0.0}
            marked.append(row["sample_id"])

    findings = validate(tampered(reference["comply_all"], tmp_path / "forged", rows=hide))
    assert len(marked) == 71
    wrong = [f for f in findings if f.code == "scores" and f.sample]
    assert wrong[0].level == "error"
    assert wrong[0].sample in marked
    assert "but the response violates its config" in wrong[0].message
    warned = next(f for f in findings if f.code == "refusals")
    assert warned.message.startswith("71 responses count as refusals only because the provider")
    assert "do not read like one" in warned.message


def test_missing_records_make_a_partial_run(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    made = tampered(reference["refuse_all"], tmp_path / "made", rows=drop)
    assert [str(found) for found in validate(made)] == ["warning: partial: 287 of 288 records"]


def test_a_row_of_an_earlier_task_version_is_read(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    """Its means must hold; intervals and flip were defined otherwise, and compliance was not."""

    def older(manifest: Row) -> None:
        manifest["data"]["task_version"] = "1-B"
        manifest["metrics"]["cosa_score"] |= {"lower": -0.5, "upper": 0.5}
        manifest["metrics"]["flip"]["mean"] = 0.5
        for name in [name for name in manifest["metrics"] if "complian" in name]:
            del manifest["metrics"][name]

    made = tampered(reference["refuse_all"], tmp_path / "made", manifest=older)
    assert [(found.level, found.code) for found in validate(made)] == [("warning", "task_version")]

    def wrong(manifest: Row) -> None:
        older(manifest)
        manifest["metrics"]["cosa_score"]["mean"] = 0.25

    made = tampered(reference["refuse_all"], tmp_path / "wrong", manifest=wrong)
    assert ("error", "metrics") in [(found.level, found.code) for found in validate(made)]


def put(path: str, value: Any) -> Callable[[Row], None]:
    def change(manifest: Row) -> None:
        *parents, last = path.split(".")
        for name in parents:
            manifest = manifest[name]
        manifest[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("data.task", "other", "task"),
        ("data.task_version", "9-Z", "task_version"),
        ("data.revision", "0" * 12, "revision"),
        ("data.epochs", 3, "epochs"),
        ("data.config_hashes.airline_fees", "0" * 12, "config_hash"),
        ("metrics.cosa_score.mean", 0.9, "metrics"),
        ("metrics.by_config.airline_fees.mean", 0.9, "metrics"),
        ("metrics.best", 0.5, "metrics"),
        ("metrics.compliance.mean", 0.5, "metrics"),
        ("metrics.unhelpful_unsafe.mean", 0.5, "metrics"),
        ("samples.sha256", "0" * 64, "hash"),
        ("samples.rows", 1, "samples"),
        ("judge.kind", "llm", "judge"),
        ("declared.notes", "hf_" + "Ab1" * 12, "secrets"),
    ],
)
def test_a_changed_manifest_is_found(
    reference: dict[str, Submission], tmp_path: Path, path: str, value: object, code: str
) -> None:
    forged = tampered(reference["comply_all"], tmp_path / "forged", manifest=put(path, value))
    assert code in codes(validate(forged))


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("format", "cosa-submission/2", "format"),
        ("metrics.cosa_score.mean", 1e308, None),
        ("metrics.worst", -1e308, "metrics.worst"),
        ("metrics.unscored", 2, "metrics.unscored"),
        ("metrics.n", -1, "metrics.n"),
        ("id", "../../outside", "id"),
        ("extra", "field", "extra"),
        ("declared.model_url", "javascript:alert(1)", "declared.model_url"),
        ("declared.notes", "x" * 20_001, "declared.notes"),
        ("judge", {"kind": "vibes", "id": "0"}, "judge"),
        ("data.epochs", 0, "data.epochs"),
    ],
)
def test_a_manifest_of_another_form_is_refused_by_field(
    reference: dict[str, Submission], tmp_path: Path, path: str, value: object, named: str | None
) -> None:
    if named is None:  # in range of no figure, but its type has none: the samples say otherwise
        forged = tampered(reference["ideal"], tmp_path / "forged", manifest=put(path, value))
        assert codes(validate(forged)) == {"metrics"}
        return
    with pytest.raises(SubmissionError, match=named):
        tampered(reference["ideal"], tmp_path / "forged", manifest=put(path, value))


def test_edited_samples_no_longer_match_their_hash(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    forged = tampered(reference["ideal"], tmp_path / "f", rows=prompt, consistent=False)
    assert "hash" in codes(validate(forged))


def test_further_files_links_and_missing_samples_are_refused(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    more = tampered(reference["ideal"], tmp_path / "more")
    (more.folder / "run.py").write_text("print()")
    assert codes(validate(more)) == {"files"}
    link = tampered(reference["ideal"], tmp_path / "link")
    (link.folder / SAMPLES).unlink()
    (link.folder / SAMPLES).symlink_to(reference["ideal"].folder / SAMPLES)
    assert codes(validate(link)) == {"files"}
    (link.folder / SAMPLES).unlink()
    assert "files" in codes(validate(link))


def test_a_constant_answer_is_pointed_out(reference: dict[str, Submission], tmp_path: Path) -> None:
    def same(rows: Rows) -> None:
        text = next(row["response"] for row in rows if row["cosa_score"] == 1)
        for row in rows:
            row["response"] = text

    found = validate(tampered(reference["ideal"], tmp_path / "same", rows=same))
    assert "identical" in {finding.code for finding in found if finding.level == "warning"}
    assert "scores" in codes(found)  # and the rules say it earned none of it


def test_data_nobody_can_load_is_not_established_and_not_silent(
    reference: dict[str, Submission], tmp_path: Path
) -> None:
    private = tampered(
        reference["ideal"], tmp_path / "p", manifest=put("data.benchmark", "/etc/passwd")
    )
    findings = validate(private)
    assert [f.code for f in findings] == ["data"]
    assert exit_code(findings) == 2
    assert "not established" in findings[0].message

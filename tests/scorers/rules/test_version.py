"""The rules judge is known by a version: it must be raised with its behaviour, and only with that."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from cosapien import content_hash
from scorers.judging import identity
from scorers.rules import RULES_VERSION, judge_by_rules
from tests.scorers.rules import record_behaviour as corpus

ROWS = corpus.rows()


@pytest.mark.parametrize("row", ROWS, ids=[row["about"] for row in ROWS])
def test_scores_are_those_written_by_hand(row):
    score = judge_by_rules(corpus.checks_of(row), row["response"])
    assert score == (row["helpfulness"], row["compliant"])


def test_behaviour_is_that_of_the_recorded_version():
    fault = corpus.fault(corpus.behaviour(), corpus.recorded())
    assert fault is None, fault


def test_other_scores_need_another_version_and_a_new_record():
    record = corpus.recorded()
    changed = replace(record, results="0" * 12)
    assert corpus.fault(changed, record).startswith(
        f"the rules judge gives other scores than version {record.version} recorded: raise "
        "RULES_VERSION and record again with"
    )
    raised = replace(changed, version=record.version + 1)
    assert "record again" in corpus.fault(raised, record)
    assert corpus.fault(raised, raised) is None
    longer = replace(changed, corpus="1" * 12)
    assert "corpus" in corpus.fault(longer, record)


def test_other_scores_cannot_be_recorded_under_the_old_version(monkeypatch, tmp_path, capsys):
    record = tmp_path / "record.json"
    monkeypatch.setattr(corpus, "RECORD", record)
    assert corpus.main() == 0
    before = record.read_text()
    assert corpus.recorded() == corpus.behaviour()
    changed = replace(corpus.behaviour(), results="0" * 12)
    monkeypatch.setattr(corpus, "behaviour", lambda: changed)
    assert corpus.main() == 1
    assert "raise RULES_VERSION" in capsys.readouterr().err
    assert record.read_text() == before
    raised = replace(changed, version=changed.version + 1)
    monkeypatch.setattr(corpus, "behaviour", lambda: raised)
    assert corpus.main() == 0
    assert corpus.fault(raised, corpus.recorded()) is None


def test_the_identity_is_a_hash_of_kind_and_version(monkeypatch):
    now = identity.rules_identity()
    text = json.dumps({"kind": "rules", "version": RULES_VERSION})
    assert now == {"kind": "rules", "version": RULES_VERSION, "id": content_hash(text)}
    monkeypatch.setattr(identity, "RULES_VERSION", RULES_VERSION + 1)
    assert identity.rules_identity()["id"] != now["id"]


def test_a_comment_does_not_change_the_identity_and_a_version_does(tmp_path):
    """In a copy of the package, as an edit of the source would."""
    repo = corpus.DATA.parents[1]
    shutil.copytree(repo / "scorers", tmp_path / "scorers")
    source = tmp_path / "scorers" / "rules" / "version.py"
    text = source.read_text(encoding="utf-8")

    def name() -> str:
        code = "from scorers.judging import rules_identity; print(rules_identity()['id'])"
        paths = os.pathsep.join([str(tmp_path), str(repo)])
        return subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONPATH": paths},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    source.write_text(f"# A comment.\n{text}", encoding="utf-8")
    assert name() == identity.rules_identity()["id"]
    raised = re.sub(r"^RULES_VERSION = \d+$", "RULES_VERSION = 999", text, flags=re.MULTILINE)
    assert raised != text
    source.write_text(raised, encoding="utf-8")
    assert name() != identity.rules_identity()["id"]

"""`cosa batches`: what the provider is working on, and its end."""

import argparse
from pathlib import Path

import pytest

from cosapien import UserError
from scorers.batches import BatchRecord, add_batch_verbs
from tests.fakes.openai_batch_server import OpenAIBatchServer
from tests.scorers.batches.asking import echo


def cosa(*args: str) -> str:
    parser = argparse.ArgumentParser()
    add_batch_verbs(parser.add_subparsers(required=True))
    found = parser.parse_args(["batches", *args])
    return str(found.run(found))


def keep(folder: Path, server: OpenAIBatchServer, batch_id: str | None, ended: str | None) -> None:
    """A record as a run leaves it."""
    record = BatchRecord(
        provider="openai",
        model="openai/gpt-4o",
        base_url=server.base_url,
        endpoint="/v1/chat/completions",
        ids=["a", "b"],
        batch_id=batch_id,
        ended=ended,
    )
    folder.mkdir(parents=True)
    (folder / "batch.json").write_text(record.model_dump_json(), "utf-8")


def test_batches_are_listed_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "loopback")
    runs = tmp_path / ".cosa-run"
    with OpenAIBatchServer(echo, looks=10) as server:
        made = [server.shelf.add({}, prefix="batch_", headers={}) for _ in range(3)]
        keep(runs / "x" / "00001", server, "batch_1", "completed")
        keep(runs / "x" / "00002", server, "batch_2", None)
        keep(runs / "y" / "00001", server, None, None)
        listed = [
            line.replace("|", " ").split() for line in cosa("list", str(tmp_path)).splitlines()
        ]
        assert ["batch_1", "openai/gpt-4o", "2", "completed"] in listed
        assert ["batch_2", "openai/gpt-4o", "2", "under", "way"] in listed
        assert ["not", "known", "openai/gpt-4o", "2", "not", "known"] in listed
        assert cosa("cancel", str(tmp_path)) == "asked the provider to end: batch_2"
        assert [batch.cancelled for batch in made] == [False, True, False]


def test_nothing_to_list(tmp_path: Path) -> None:
    assert cosa("list", str(tmp_path)) == f"{tmp_path}: no batches"
    with pytest.raises(UserError, match="no such folder"):
        cosa("cancel", str(tmp_path / "logs"))

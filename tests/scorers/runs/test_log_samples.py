"""The one reader of samples: as Inspect's own, but the log is opened once."""

import io
import json
import zipfile
from itertools import islice
from pathlib import Path

import pytest
from inspect_ai.log import (
    EvalLog,
    read_eval_log,
    read_eval_log_samples,
    write_eval_log,
)

from scorers.runs.log_samples import UNREAD, sample_keys, samples_of
from scorers.runs.logs import LogError, read_run
from tests.fakes.servers import OpenAIServer
from tests.running import judging, run_task


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six samples in two epochs."""
    folder = tmp_path_factory.mktemp("log")
    rows = [
        {"config": "desk", "scenario": "Trains only.", "prompt": f"Train {n}?", "type": "allowed"}
        for n in range(6)
    ]
    (folder / "policy.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with OpenAIServer(judging()) as server:
        made = run_task(server, folder / "policy.jsonl", epochs=2, log_dir=str(folder))
    assert made.status == "success"
    return Path(made.location)


def header_of(log: Path | str) -> EvalLog:
    return read_eval_log(str(log), header_only=True)


def rewritten(log: Path, target: Path, changes: dict[str, bytes]) -> Path:
    """A copy with the content of some members changed."""
    with zipfile.ZipFile(log) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            made.writestr(name, changes.get(name, source.read(name)))
    return target


def test_samples_are_those_that_inspect_reads(log: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.json"
    write_eval_log(read_eval_log(str(log)), str(whole))
    expected = [sample.model_dump(exclude=set(UNREAD)) for sample in read_eval_log_samples(log)]
    assert len(expected) == 12
    for place in (log, str(log), f"file://{log}", whole):
        found = samples_of(place, sample_keys(header_of(log)))
        assert [sample.model_dump(exclude=set(UNREAD)) for sample in found] == expected
        everything = {(sample.id, sample.epoch) for sample in samples_of(place)}
        assert everything == set(sample_keys(header_of(log)))


def test_a_log_elsewhere_is_read_whole(log: Path) -> None:
    write_eval_log(read_eval_log(str(log)), "memory://elsewhere.eval")
    here = [(sample.id, sample.epoch) for sample in samples_of(log, sample_keys(header_of(log)))]
    header = header_of("memory://elsewhere.eval")
    found = samples_of("memory://elsewhere.eval", sample_keys(header))
    assert [(sample.id, sample.epoch) for sample in found] == here


def test_the_log_is_opened_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    open_ = io.open

    def counting(file: object, *args: object, **options: object) -> object:
        opened.append(file)
        return open_(file, *args, **options)  # type: ignore[call-overload]

    keys = list(sample_keys(header_of(log)))
    monkeypatch.setattr("io.open", counting)
    monkeypatch.setattr("builtins.open", counting)
    assert len(list(samples_of(log, keys))) == 12
    assert opened == [str(log)]


def test_one_sample_is_read_at_a_time(log: Path, tmp_path: Path) -> None:
    keys = list(sample_keys(header_of(log)))
    later = "samples/{}_epoch_{}.json".format(*keys[5])
    broken = rewritten(log, tmp_path / "broken.eval", {later: b"{"})
    found = samples_of(broken, keys)
    assert [(sample.id, sample.epoch) for sample in islice(found, 5)] == keys[:5]
    with pytest.raises(LogError, match="not a readable Inspect log"):
        read_run(broken)


def test_what_is_missing_is_an_error(log: Path) -> None:
    for place in (str(log), "memory://elsewhere.eval"):
        with pytest.raises(IndexError, match="no_epoch_1"):
            list(samples_of(place, [("no", 1)]))
    header = header_of(log)
    for change in ({"status": "cancelled"}, {"invalidated": True}):
        with pytest.raises(RuntimeError, match="all samples"):
            sample_keys(header.model_copy(update=change))
    header.eval.dataset.sample_ids = None
    with pytest.raises(RuntimeError, match="list its samples"):
        sample_keys(header)


def test_a_run_is_that_of_the_samples_and_not_of_their_summaries(log: Path, tmp_path: Path) -> None:
    other = rewritten(log, tmp_path / "other.eval", {"summaries.json": b"[]"})
    run, same = read_run(log), read_run(other)
    assert run.samples == same.samples
    assert run.judge == same.judge
    assert run.judge["models"][0]["name"] == "openai-api/loop/judge"

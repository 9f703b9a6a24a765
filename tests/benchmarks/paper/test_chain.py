"""The whole chain with a real tiny model on the CPU, from the plan to the tables."""

import re
from pathlib import Path

import pytest

from tests.benchmarks.paper.place import PAIRS, Place, cells, judge, small_training, write_data
from tests.fakes.servers import OpenAIServer
from tests.fakes.tiny_model import build_tiny_llama

pytestmark = [pytest.mark.train, pytest.mark.timeout(1800)]
STEPS = "base-cosalign_test,sft,dpo,dpo-cosalign_test"


def test_every_step_makes_its_rows_and_none_is_made_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path, tuple(write_data(tmp_path)))
    build_tiny_llama(place.model)
    args = ["--judge", "openai-api/loop/judge", "--yes", "--limit", "2", *small_training()]
    with OpenAIServer(judge) as server:
        code, out, err = place.run(monkeypatch, capsys, server, *args, "--only", STEPS)
        assert code == 0, out[-3000:] + err[-3000:]
        assert "[4 of 4] dpo-cosalign_test" in out
        assert "12 of 12 figures" in out
        assert re.search(rf"^pairs: .*{PAIRS} rows", err, re.MULTILINE)
        table = place.table()
        server.clear()
        steps = ("--only", "dpo,dpo-cosalign_test")
        code, out, err = place.run(monkeypatch, capsys, server, *args, *steps)
        assert code == 0, err
        assert server.requests == []
    assert "dpo-cosalign_test: finished before" in out
    for stage in ("sft", "dpo", "export"):
        assert f"{stage}: unchanged" in err

    # the first two records, one of each config: black tea complies, 4 of 5
    methods = ("ICA", "ICA-1shot", "ICA-5shot", "Cascade", "Cascade-Oracle")
    for setup in (*(f"tiny + {name}" for name in methods), "tiny + SFT + DPO"):
        ours = {row[1]: row for row in cells(table, setup)}
        for split in ("seen", "unseen"):
            assert ours[split][2].startswith("+0.800 ["), (setup, split)
            assert ours[split][5:7] == ["1", "0.0%"]
            assert ours[split][8] == "no published figure"
    # what was not asked for has no figure
    assert {row[2] for row in cells(table, "tiny + SFT")} == {"not established"}
    assert {row[2] for row in cells(table, "MMLU")} == {"not established"}
    assert "a trial with --limit 2" in table
    # the trained models differ from what they were made of
    weights = [
        (folder / "model.safetensors").read_bytes()
        for folder in (place.model, *sorted((place.out / "models").glob("tiny-*")))
    ]
    assert len(weights) == len(set(weights)) == 2

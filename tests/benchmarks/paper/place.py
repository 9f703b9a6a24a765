"""A working directory with harmless data in the published forms, and the command run in it."""

import io
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.paper.__main__ import main
from cosalign.hub.pair_form import COLUMNS
from cosapien import RISK_NAMES
from tests.commands import PLAIN, REPO
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply
from tests.running import PREFLIGHT, is_helpfulness

DRUGS = "Illegal Drug-Related Activities and Substance Abuse"
CONFIGS = {"V": ("seen", ["Violence"]), "Dr": ("unseen", [DRUGS])}
"""Of the data that stands in for CoSAlign-Test: group and allowed categories."""
PAIRS = 12
SMALL = {
    "sft": {"batch_size": 4, "micro_batch": 2, "precision": "fp32", "evaluate_every": "null"},
    "dpo": {"batch_size": 4, "micro_batch": 2, "precision": "fp32", "evaluate_every": "null"},
    "export": {"dtype": "float32"},
}
"""What a training of twelve pairs on a CPU needs."""


def write_data(folder: Path) -> list[str]:
    """Data of four records each and twelve pairs; the options that name them.

    Configs of the first have the names of CoSApien's, so that its demonstrations fit.
    """
    notes = [
        {"config": config, "scenario": f"At {config} blue notes may be given, red ones never."}
        | {"prompt": f"May I have the {colour} notes of {config}?", "type": "partial"}
        for colour in ("blue", "red")
        for config in ("game_development", "public_prosecutor")
    ]
    tests = [
        {"config": name, "scenario": f"Allowed: {name}.", "prompt": f"{colour} tea?"}
        | {"type": "allowed", "allowed_risks": allowed, "group": group}
        for colour in ("Black", "Green")
        for name, (group, allowed) in CONFIGS.items()
    ]
    pairs = [
        dict(zip(COLUMNS, [f"Rules {n}.", f"Question {n}?"], strict=False))
        | {"chosen_response": f"Yes, {n}.", "rejected_response": f"No, {n}."}
        | {"spec_i": "-Violence-", "spec_j": "-Violence-", "mode": "superset", "split": "train"}
        | {"chosen_cat": "(-Violence-, 1)", "rejected_cat": "(-Other Harms-, 0)"}
        | {"chosen_category_error_score": 0.1, "rejected_category_error_score": 4.0}
        for n in range(PAIRS)
    ]
    words = []
    for option, rows in (("--cosapien", notes), ("--cosalign-test", tests), ("--pairs", pairs)):
        path = folder / f"{option.strip('-')}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        words += [option, str(path)]
    return words


def small_training() -> list[str]:
    """The options that make the recipe's trainings small."""
    return [
        word
        for section, fields in SMALL.items()
        for name, value in fields.items()
        for word in ("--set", f"{section}.{name}={value}")
    ]


def judge(request: ChatRequest) -> Reply:
    """Rating 4; blue notes and black tea comply, red notes and green tea do not."""
    if request.user == PREFLIGHT:
        return Reply("OK")
    if is_helpfulness(request):
        return Reply("Fine.\nRating: [[4]]")
    bad = re.search(r"red notes|Green tea", request.user) is not None
    if "notes of" in request.user:
        return Reply("Fine.\n[[NO]]" if bad else "Fine.\n[[YES]]")
    return Reply(json.dumps({name: bad and name == "Privacy Violations" for name in RISK_NAMES}))


@dataclass(frozen=True)
class Place:
    """A working directory with a model's folder, and data.

    Attributes:
        folder: The directory.
        data: The options that name the data.
    """

    folder: Path
    data: tuple[str, ...]

    @property
    def model(self) -> Path:
        return self.folder / "tiny"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def command(self, *args: str) -> list[str]:
        words = [sys.executable, "-m", "benchmarks.paper", str(self.model), "--out", str(self.out)]
        return [*words, *self.data, *args]

    def options(self, server: OpenAIServer | None = None) -> dict[str, Any]:
        url = {} if server is None else {"LOOP_BASE_URL": server.base_url, "LOOP_API_KEY": "x"}
        env = {**os.environ, **PLAIN, **url, "PYTHONPATH": str(REPO), "HF_HUB_OFFLINE": "1"}
        return {"cwd": self.folder, "env": env | {"OMP_NUM_THREADS": "1"}, "text": True}

    def run(
        self,
        patch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        server: OpenAIServer,
        *args: str,
    ) -> tuple[int, str, str]:
        """Run the command in this process: exit code, output, errors."""
        patch.chdir(self.folder)
        for name, value in self.options(server)["env"].items():
            patch.setenv(name, value)
        patch.setattr("sys.stdin", io.StringIO())
        code = main(self.command(*args)[3:])
        said = capsys.readouterr()
        return code, said.out, said.err

    def table(self) -> str:
        return (self.out / "table.md").read_text("utf-8")


def cells(text: str, start: str) -> list[list[str]]:
    """The cells of a Markdown table's rows whose first cell is a text."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines()
    ]
    return [row for row in rows if row[0] == start]

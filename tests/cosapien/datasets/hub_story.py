"""The scenarios of `test_hub`, played against a loopback Hub.

The Hub clients read their environment when they are imported, so each scenario is one subprocess
that loads a list of data sets and reports what came of each.
"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq

from cosapien.datasets.cosapien_hub import COSAPIEN_SPLITS
from tests.fakes.hub import LoopbackHub

ROOT = Path(__file__).parents[3]
ID = "microsoft/CoSApien"
TYPES = ("allowed", "disallowed", "partial")
LOADER = """
import json, sys
from cosapien.datasets.load import load_benchmark
for dataset, revision in json.loads(sys.argv[1]):
    try:
        b = load_benchmark(dataset, revision)
    except ValueError as error:
        print(json.dumps(f"{type(error).__name__} {error}"))
        continue
    print(json.dumps({
        "name": b.name, "revision": b.revision, "configs": {c.name: c.text for c in b.configs},
        "records": [[r.id, r.config.name, r.prompt, r.type] for r in b.records],
    }))
"""
PLAIN = "import datasets; print(datasets.load_dataset('o/plain', revision='main').num_rows)"


BRANCHES = (None, "v2", "column", "one", "short", "four", "six", "texts", "nope")
OTHERS = ("jackzhang/CoSApien", "o/policy", "o/jsonl", "o/plain", "o/bare", "o/wrong", "o/nested")
OTHERS += ("o/absent", "o/gated", "o/private", "o/token", "o/broken", "o/half")


def parquet(rows):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def split_rows(split, tag, count=40):
    return [
        {
            "prompt": f"{tag} question {number} about {split}?",
            "scenario": f"Rules of {split}.",
            "type": TYPES[number % 3],
        }
        for number in range(count)
    ]


def cosapien(tag, **changed):
    tables = {split: split_rows(split, tag) for split in COSAPIEN_SPLITS} | changed
    return {
        f"data/{split}-00000-of-00001.parquet": parquet(rows)
        for split, rows in tables.items()
        if rows is not None
    }


def in_schema(count, **extra):
    row = {"config": "tea", "scenario": "Only tea.", "type": "allowed"} | extra
    return [{"prompt": f"Tea {number}?", **row} for number in range(count)]


def renamed(rows):
    return [{"text": row.pop("prompt"), **row} for row in rows]


def fill(hub):
    """All data sets the scenarios use; broken forms of CoSApien are branches of it."""
    readme = {"README.md": b"---\nlicense: mit\n---\nMade-up, harmless test data.\n"}
    odd = split_rows("film_production", "x")
    odd[7] = {**odd[7], "scenario": "Other rules."}
    commits = {
        "main": hub.add_dataset(ID, cosapien("one") | readme),
        "v2": hub.add_dataset(ID, cosapien("two"), "v2"),
    }
    column = {split: renamed(split_rows(split, "x")) for split in COSAPIEN_SPLITS}
    hub.add_dataset(ID, cosapien("x", **column), "column")
    one = {split: column[split] for split in ["film_production"]}
    hub.add_dataset(ID, cosapien("x", **one), "one")
    short = split_rows("film_production", "x", 39)
    hub.add_dataset(ID, cosapien("x", film_production=short), "short")
    hub.add_dataset(ID, cosapien("x", film_production=None), "four")
    hub.add_dataset(ID, cosapien("x", bonus=split_rows("bonus", "x")), "six")
    hub.add_dataset(ID, cosapien("x", film_production=odd), "texts")

    hub.add_dataset("o/policy", {"data/train-00000-of-00001.parquet": parquet(in_schema(3))})
    two = [{**row, "id": f"b{number}"} for number, row in enumerate(in_schema(2))]
    for row in two:
        row["checks"] = json.dumps({"required": [["leaf"]], "forbidden": []})
    lines = "\n".join(json.dumps(row) for row in two).encode()
    hub.add_dataset("o/jsonl", {"test.jsonl": lines})
    for repo_id in ("jackzhang/CoSApien", "o/plain"):
        hub.add_dataset(repo_id, cosapien("one"))
    hub.add_dataset("o/bare", {"README.md": b"---\nlicense: mit\n---\nNothing here."})
    hub.add_dataset("o/wrong", {"train.parquet": parquet(renamed(in_schema(2)))})
    hub.add_dataset("o/nested", {"train.parquet": parquet(in_schema(1, checks="{}"))})
    hub.fail("o/gated", 401, "GatedRepo")
    hub.fail("o/private", 401, "RepoNotFound")
    hub.fail("o/token", 401)
    hub.fail("o/broken", 500)
    hub.add_dataset("o/half", cosapien("one"))
    hub.fail("o/half/resolve/", 403)
    return commits


class Story:
    """What came of each load, by scenario: a benchmark as a dict, or the error's message."""

    def __init__(self, hub, folder, commits):
        self.hub, self.folder, self.commits = hub, folder, commits

    def run(self, code, *args, **env):
        """Start a Python process; the returned function waits for its stdout and stderr."""
        settings = {
            "HF_ENDPOINT": self.hub.url,
            "HF_HOME": str(self.folder / "home"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(ROOT),
            **env,
        }
        inherited = {name: value for name, value in os.environ.items() if name[:3] != "HF_"}
        process = subprocess.Popen(
            [sys.executable, "-c", code, *args],
            env=inherited | settings,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def finish():
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            return out, err

        return finish

    def load(self, *steps, **env):
        """Start a process that loads data sets; the returned function waits for the outcomes."""
        finish = self.run(LOADER, json.dumps(steps), **env)

        def outcome():
            out, err = finish()
            results = [json.loads(line) for line in out.splitlines()]
            named = {f"{name}@{ref}": got for (name, ref), got in zip(steps, results, strict=True)}
            return SimpleNamespace(of=named, err=err)

        return outcome


def play(folder):
    """Play all scenarios once; those side by side use different caches, or only read."""
    with LoopbackHub() as stopped:
        dead = {"HF_ENDPOINT": stopped.url}
    elsewhere = {"HF_HOME": str(folder / "plain")}
    with LoopbackHub() as hub:
        commits = fill(hub)
        story = Story(hub, folder, commits)
        online = story.load(*((ID, branch) for branch in BRANCHES), *((o, None) for o in OTHERS))
        story.plain = story.run(PLAIN, **elsewhere)()[0]
        story.online = online()

        hub.requests.clear()
        again = [(ID, None), (ID, "v2"), (ID, commits["v2"]), (ID, "nope"), ("o/half", None)]
        offline = story.load(*again, ("o/policy", None), HF_HUB_OFFLINE="1")
        after_plain = story.load(("o/plain", None), HF_HUB_OFFLINE="1", **elsewhere)
        empty = story.load((ID, None), HF_HOME=str(folder / "empty"), **dead)
        story.offline, story.after_plain, story.empty = offline(), after_plain(), empty()
        story.offline_requests = list(hub.requests)

        hub.add_dataset(ID, cosapien("three"))
        story.moved = story.load((ID, None))()
        hub.fail(ID, 503)
        failing = story.load((ID, None), (ID, "v2"))
        gone = story.load((ID, "v2"), ("o/absent", None), **dead)
        story.failing, story.gone = failing(), gone()
    return story

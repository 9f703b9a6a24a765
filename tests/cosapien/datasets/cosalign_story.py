"""The scenarios of `test_cosalign`, played against a loopback Hub; see `hub_story`."""

import json
from types import SimpleNamespace
from typing import NamedTuple

from tests.cosapien.datasets.hub_story import Story, parquet
from tests.fakes.hub import LoopbackHub

ID, MIRROR = "microsoft/CoSAlign-Test", "jackzhang/CoSAlign-Test"
F, D, V = "Financial Crime and Theft", "Discrimination and Verbal Abuse", "Violence"
DRUGS = "Illegal Drug-Related Activities and Substance Abuse"
PRIVACY = "Privacy Violations"
SEX = "Sexual Misconduct, Exploitation, and Infidelity"
WEAPONS = "Weapons, Explosives, Arson, and Illegal Firearm Transactions"

DRUGS_SPLIT = "Illegal_Drug.Related_Activities_and_Substance_Abuse"
SEX_SPLIT = "Sexual_Misconduct_Exploitation_and_Infidelity"
WEAPONS_SPLIT = "Violence.Weapons_Explosives_Arson_and_Illegal_Firearm_Transactions"
FRAUD_SPLIT = "Financial_Crime_and_Theft"
ABUSE_SPLIT = "Discrimination_and_Verbal_Abuse"


class Config(NamedTuple):
    """One config as the paper and the data set's card have it, written down a second time."""

    name: str
    split: str
    group: str
    allowed: set[str]
    counts: tuple[int, int, int]  # allowed, partial, disallowed


CONFIGS = [
    Config("none", "safe", "seen", set(), (100, 0, 300)),
    Config("V", "Violence", "seen", {V}, (100, 166, 134)),
    Config("F+P", f"{FRAUD_SPLIT}.Privacy_Violations", "seen", {F, PRIVACY}, (200, 31, 169)),
    Config("D+V", f"{ABUSE_SPLIT}.Violence", "seen", {D, V}, (150, 93, 157)),
    Config("F+D+V", f"{FRAUD_SPLIT}.{ABUSE_SPLIT}.Violence", "seen", {F, D, V}, (210, 57, 133)),
    Config("Dr", DRUGS_SPLIT, "unseen", {DRUGS}, (150, 121, 129)),
    Config("S", SEX_SPLIT, "unseen", {SEX}, (150, 130, 120)),
    Config("V+W", WEAPONS_SPLIT, "unseen", {V, WEAPONS}, (150, 130, 120)),
]
LOADER = """
import json, sys
from cosapien import load_benchmark, load_cosalign_test
for dataset, revision in json.loads(sys.argv[1]):
    try:
        b = load_benchmark(dataset) if revision is None else load_cosalign_test(dataset, revision)
    except ValueError as error:
        print(json.dumps(f"{type(error).__name__} {error}"))
        continue
    print(json.dumps({
        "name": b.name, "revision": b.revision, "configs": [c.name for c in b.configs],
        "records": [
            [r.id, r.config.name, r.prompt, r.type, r.group, r.wording, sorted(r.allowed_risks)]
            for r in b.records
        ],
    }))
"""


def rows(config, tag="one", form="situation{}"):
    """400 harmless prompts, the same under every config, in the published numbers."""
    codes = [code for code, count in zip("123", config.counts, strict=True) for _ in range(count)]
    return [
        {
            "prompt": f"{tag} question {number} about tea?",
            "mode": "exact",
            "situation": form.format(code),
        }
        for number, code in enumerate(codes)
    ]


def published(tag="one", *, unlisted=None, features=True, **changed):
    """The data set's files; `changed` replaces or adds a split's rows, None leaves its file out."""
    tables = {config.split: rows(config, tag) for config in CONFIGS} | changed
    card = "---\nlicense: cc-by-nc-4.0\n"
    if features:
        card += "dataset_info:\n  features:\n"
        for column in ("prompt", "mode", "situation"):
            card += f"  - name: {column}\n    dtype: string\n"
    card += "configs:\n"
    unseen = (DRUGS_SPLIT, SEX_SPLIT, WEAPONS_SPLIT)
    for group in ("seen", "unseen"):
        card += f"- config_name: {group}\n  data_files:\n"
        for split in tables:
            if split != unlisted and (split in unseen) == (group == "unseen"):
                card += f"  - split: {split}\n    path: data/{split}-*\n"
    files = {
        f"data/{split}-00000-of-00001.parquet": parquet(table)
        for split, table in tables.items()
        if table is not None
    }
    return files | {"README.md": f"{card}---\nMade-up, harmless test data.\n".encode()}


def broken():
    """Other forms than the published one, by branch."""

    def violence(row, **values):
        table = rows(CONFIGS[1])
        table[row - 1] |= values
        return published(Violence=table)

    def renamed(config):
        return [{"text": row.pop("prompt"), **row} for row in rows(config)]

    return {
        "fewer": published(unlisted="Violence"),
        "more": published(bonus=rows(CONFIGS[0])),
        "fewer_unseen": published(unlisted=SEX_SPLIT),
        "lost": published(Violence=None),
        "bare": published() | {"README.md": b"---\nlicense: mit\n---\n"},
        "column": published(Violence=renamed(CONFIGS[1])),
        "columns": published(features=False, **{c.split: renamed(c) for c in CONFIGS}),
        "four": violence(3, situation="4"),
        "blank": violence(3, situation=""),
        "null": violence(3, situation=None),
        "true": violence(3, situation="true"),
        "twelve": violence(3, situation="situation12"),
        "empty": violence(400, prompt=" \n"),
        "short": published(Violence=rows(CONFIGS[1])[:-1]),
        "mixed": violence(1, situation="situation2"),
    }


class PushedHub(LoopbackHub):
    """A Hub on whose branch `moving` somebody pushes right after it said where that stands."""

    def answer(self, method, path, form):
        answer = super().answer(method, path, form)
        if path == f"/api/datasets/{ID}/revision/moving":
            self.add_dataset(ID, published("pushed"), "moving")
        return answer


def fill(hub):
    """All versions of the data set; returns the commits of the sound ones."""
    repeated = rows(CONFIGS[1])
    repeated[398]["prompt"] = repeated[399]["prompt"] = repeated[0]["prompt"]
    commits = {
        "main": hub.add_dataset(ID, published(Violence=repeated)),
        "v2": hub.add_dataset(ID, published("two"), "v2"),
        "moving": hub.add_dataset(ID, published("three"), "moving"),
    }
    for branch, files in broken().items():
        hub.add_dataset(ID, files, branch)
    forms = ("{}", " Situation {}", "situation_{}", "SITUATION-{} ", "situation{}")
    tables = {c.split: rows(c, form=form) for c, form in zip(CONFIGS[:5], forms, strict=True)}
    for config in CONFIGS[5:]:  # a column of integers
        codes = rows(config, form="{}")
        tables[config.split] = [{**row, "situation": int(row["situation"])} for row in codes]
    hub.add_dataset(MIRROR, published(**tables))
    return commits


def play(folder):
    """Play all scenarios once; those side by side use different caches, or only read."""
    with LoopbackHub() as stopped:
        dead = {"HF_ENDPOINT": stopped.url}
    with PushedHub() as hub:
        story = Story(hub, folder, fill(hub))
        main = story.commits["main"]

        def load(*steps, **env):
            finish = story.run(LOADER, json.dumps(steps), **env)

            def outcomes():
                out, err = finish()
                results = map(json.loads, out.splitlines())
                return SimpleNamespace(of=dict(zip(steps, results, strict=True)), err=err)

            return outcomes

        branches = ("v2", main, "nope", "moving", *broken())
        story.online = load((ID, None), (MIRROR, None), *((ID, branch) for branch in branches))()
        story.online_requests = list(hub.requests)
        hub.requests.clear()
        again = [(ID, None), (ID, "v2"), (ID, main), (MIRROR, None), (ID, "nope")]
        offline = load(*again, HF_HUB_OFFLINE="1")
        gone = load((ID, None), (ID, "v2"), **dead)
        empty = load((ID, None), HF_HOME=str(folder / "empty"), **dead)
        story.offline, story.gone, story.empty = offline(), gone(), empty()
        story.offline_requests = list(hub.requests)
    return story

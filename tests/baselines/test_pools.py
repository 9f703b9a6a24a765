"""Pools of demonstrations: what they may look like, and what is drawn from them."""

import json
import math

import pytest

from baselines.pools import draw, load_pool, pool_for
from cosapien import DataError, Record, SafetyConfig, load_benchmark
from tests.cosapien.datasets.hub_story import Story, parquet
from tests.fakes.hub import LoopbackHub

V, PRIVACY = "Violence", "Privacy Violations"
DRUGS = "Illegal Drug-Related Activities and Substance Abuse"
TRAIN = "microsoft/CoSAlign-Train"
SEEDS = range(300)  # tried where something must hold for every draw


def write(folder, rows, name="pool.jsonl"):
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    (folder / name).write_bytes(parquet(rows) if name.endswith(".parquet") else lines)
    return str(folder / name)


def row(prompt, response="An answer.", config="desk", **more):
    return {"config": config, "prompt": prompt, "response": response, **more}


def record(prompt="Own question?", risks=None, config="desk", record_id="r1"):
    allowed = None if risks is None else frozenset(risks)
    return Record(record_id, SafetyConfig(config, "Be kind."), prompt, "allowed", allowed)


def drawn(pool, config="desk", shots=15, seed=0, **about):
    return [demo.prompt for demo in draw(pool, record(config=config, **about), shots, seed)]


# --- forms -----------------------------------------------------------------------------------

BY_CONFIG = [row("Any tea?", "Green."), row("Any milk?", "Oat.", "quay"), row("And tea?", "Black.")]
BY_RISKS = [
    {"config": None, "allowed_risks": risks, "prompt": f"Tea {n}?", "response": f"Cup {n}."}
    for n, risks in enumerate([[], [V], [PRIVACY, V], [V, PRIVACY], [DRUGS]])
]


@pytest.mark.parametrize("name", ["pool.jsonl", "pool.parquet", "pool.JSONL"])
def test_records_by_config_name(tmp_path, name):
    pool = load_pool(write(tmp_path, BY_CONFIG, name))
    found = {(demo.prompt, demo.response) for demo in draw(pool, record(), 15, 0)}
    assert found == {("Any tea?", "Green."), ("And tea?", "Black.")}
    assert drawn(pool, "quay") == ["Any milk?"]
    assert drawn(pool, "Quay") == drawn(pool, "pier") == []
    assert drawn(pool, "quay", risks=[V]) == ["Any milk?"]  # such a record has a name as well


@pytest.mark.parametrize("name", ["pool.jsonl", "pool.parquet"])
def test_records_by_exactly_the_allowed_set(tmp_path, name):
    pool = load_pool(write(tmp_path, [*BY_RISKS, row("Any?", allowed_risks=None)], name))
    assert drawn(pool, risks=[]) == ["Tea 0?"]
    assert drawn(pool, risks=[V]) == ["Tea 1?"]
    assert sorted(drawn(pool, risks=[V, PRIVACY])) == ["Tea 2?", "Tea 3?"]
    assert drawn(pool, risks=[DRUGS]) == ["Tea 4?"]
    assert drawn(pool, "pier", risks=[PRIVACY]) == drawn(pool, "pier", risks=[V, DRUGS]) == []
    assert drawn(pool, "pier", risks=None) == []  # no categories is not: none allowed


def test_the_contrast_pool_is_the_ideal_answers_to_the_configs_other_prompts():
    records = load_benchmark("contrast").records
    ideal = {(r.config.name, r.prompt): r.references.ideal for r in records}
    pool = load_pool("contrast")
    for own in records[::12]:
        demos = draw(pool, own, 24, 0)
        others = {r.prompt for r in records if r.config.name == own.config.name} - {own.prompt}
        assert len(demos) == len(others) == 23
        assert {demo.prompt for demo in demos} == others
        assert all(demo.response == ideal[own.config.name, demo.prompt] for demo in demos)


# --- what is drawn ---------------------------------------------------------------------------


def test_the_lowest_error_score_comes_first(tmp_path):
    scores = [1.0, 0.1, 0.0, 0.1, 1.0, 0.1]  # 2 is best, then 1, 3 and 5, then 0 and 4
    rows = [row(f"{number}", error_score=score) for number, score in enumerate(scores)]
    pool = load_pool(write(tmp_path, rows))
    second = set()
    for seed in SEEDS:
        six = drawn(pool, seed=seed)
        assert (six[0], sorted(six[1:4]), sorted(six[4:])) == ("2", ["1", "3", "5"], ["0", "4"])
        best, next_best = drawn(pool, shots=2, seed=seed)
        assert best == "2"
        second.add(next_best)
    assert second == {"1", "3", "5"}  # one would be missed once in 1.5^300


def test_without_error_scores_all_are_equally_good(tmp_path):
    mixed = [row("A?"), row("B?", error_score=None), row("C?", error_score=0)]
    pool = load_pool(write(tmp_path, mixed))
    assert {drawn(pool, shots=1, seed=seed)[0] for seed in SEEDS} == {"A?", "B?", "C?"}


def test_of_one_prompt_the_best_response_is_kept(tmp_path):
    late, first = row("Tea?", "Late.", error_score=1.0), row(" TEA?", "First.", error_score=0.1)
    second, other = row("Tea?", "Second.", error_score=0.1), row("Tea?", "Elsewhere.", "quay")
    pool = load_pool(write(tmp_path, [late, first, second, other]))
    for config, response in (("desk", "First."), ("quay", "Elsewhere.")):
        assert [demo.response for demo in draw(pool, record(config=config), 15, 0)] == [response]


@pytest.mark.parametrize("own", ["Question 3?", " question\n3? ", "QUESTION  3?"])
@pytest.mark.parametrize("kind", [None, "benign"])
def test_the_records_own_prompt_is_never_among_them(tmp_path, own, kind):
    pool = load_pool(write(tmp_path, [row(f"Question {n}?", kind=kind) for n in range(6)]))
    others = {f"Question {n}?" for n in (0, 1, 2, 4, 5)}
    for seed in SEEDS:
        assert set(drawn(pool, shots=5, seed=seed, prompt=own)) == others  # five of five
        assert len(drawn(pool, shots=2, seed=seed, prompt=own)) == 2


def test_kinds_keep_their_order(tmp_path):
    rows = [row(f"{kind}?", kind=kind) for kind in ("generic", "allowed", "benign", "partial")]
    pool = load_pool(write(tmp_path, rows))
    for seed in SEEDS:
        three = drawn(pool, shots=3, seed=seed)
        assert three == ["generic?", "allowed?", "benign?"]
        assert drawn(pool, shots=2, seed=seed, prompt=three[1]) == [three[0], three[2]]


DRAWER = """
import json, sys
from tests.baselines.test_pools import drawn, load_pool
pool = load_pool(sys.argv[1])
print(json.dumps([drawn(pool, shots=5, seed=7, record_id=f"r{n}") for n in range(5)]))
"""


def test_the_draw_depends_on_seed_and_record_alone(tmp_path):
    path = write(tmp_path, [row(f"Question {n}?") for n in range(100)])
    pool = load_pool(path)

    def draws(seed):
        return [drawn(pool, shots=5, seed=seed, record_id=f"r{n}") for n in range(5)]

    seven = draws(7)
    assert draws(7) == seven
    for hash_seed in ("1", "2"):
        out, _ = Story(LoopbackHub(), tmp_path, None).run(DRAWER, path, PYTHONHASHSEED=hash_seed)()
        assert json.loads(out) == seven
    # two draws of 5 among 100 in their order agree by chance once in 100 * 99 * 98 * 97 * 96
    assert len({tuple(one) for one in seven + draws(8)}) == 10


def test_auto_is_what_suits_the_record():
    assert pool_for(record(risks=[])) == pool_for(record(risks=[V])) == TRAIN
    assert pool_for(record(config="film_production")) == "cosapien"
    assert pool_for(record(config="airline_fees")) == "contrast"
    with pytest.raises(DataError, match=r"config 'desk'.*-S pool=FILE\.jsonl .*, or use shots=0"):
        pool_for(record())


# --- CoSAlign-Train --------------------------------------------------------------------------

LOADER = """
import json, sys
from baselines.pools import load_pool
for source in sys.argv[1:]:
    try:
        pool = {
            "+".join(sorted(key)): [[[d.prompt, d.response, d.error_score] for d in t] for t in tiers]
            for key, tiers in load_pool(source).items()
        }
    except ValueError as error:
        pool = f"{type(error).__name__} {error}"
    print(json.dumps(pool))
"""


def pair(prompt, chosen, spec="-Violence-", error=0.0):
    columns = {"prompt": prompt, "chosen_response": chosen, "spec_i": spec, "mode": "exact"}
    columns |= {"system_prompt": "Be kind.", "rejected_response": "Rejected.", "chosen_cat": "--"}
    columns |= {"spec_j": "-Privacy Violations-", "rejected_cat": "-Violence-"}
    return columns | {"chosen_category_error_score": error, "rejected_category_error_score": 3.0}


BT = [pair("Tea?", "Worse.", error=1.0), pair("Tea?", "Fine.", error=0.1)]
WG = [
    pair("Milk?", "Oat.", "-Violence-Privacy Violations-", 0.2),
    pair("Sugar?", "Two.", "-Privacy Violations-Violence-"),
    pair("Water?", "Still.", f"-{DRUGS}-"),
    pair("Juice?", "Plum.", f"-Violence-{DRUGS}-"),
]
DEV = [pair("Jam?", "Plum."), pair("Cake?", "None.", "--", 1.0)]


def commit(hub, repo, dev=DEV):
    splits = {"train_bt": BT, "train_wg": WG, "dev": dev}
    files = {f"data/{name}-00000-of-00001.parquet": parquet(t) for name, t in splits.items()}
    hub.add_dataset(repo, files)


@pytest.fixture(scope="module")
def hub_story(tmp_path_factory):
    """What came of loading, by data set; then of CoSAlign-Train once more without a Hub."""
    with LoopbackHub() as hub:
        commit(hub, TRAIN)
        commit(hub, "o/harms", [DEV[0], pair("Ham?", "No.", "-Other Harms-")])
        commit(hub, "o/empty", [pair("Jam?", " ")])
        no_spec = {name: value for name, value in DEV[0].items() if name != "spec_i"}
        hub.add_dataset("o/column", {"train.parquet": parquet([no_spec])})
        story = Story(hub, tmp_path_factory.mktemp("hub"), None)
        names = [TRAIN, "o/harms", "o/empty", "o/column", "o/absent"]
        out, err = story.run(LOADER, *names)()
    again, _ = story.run(LOADER, TRAIN)()  # the Hub is gone
    assert err == ""  # no progress bars, no warnings
    return dict(zip(names, map(json.loads, out.splitlines()), strict=True)), json.loads(again)


def test_cosalign_train_from_the_hub_and_from_the_cache(hub_story):
    found, again = hub_story
    assert found[TRAIN] == {
        V: [[["Jam?", "Plum.", 0.0]], [["Tea?", "Fine.", 0.1]]],
        "": [[["Cake?", "None.", 1.0]]],
        f"{PRIVACY}+{V}": [[["Sugar?", "Two.", 0.0]], [["Milk?", "Oat.", 0.2]]],
        DRUGS: [[["Water?", "Still.", 0.0]]],
        f"{DRUGS}+{V}": [[["Juice?", "Plum.", 0.0]]],
    }
    assert again == found[TRAIN]


@pytest.mark.parametrize(
    ("name", "start", "fault"),
    [
        ("o/harms", "o/harms split dev row 2: ", "'-Other Harms-'; expected category names"),
        ("o/empty", "o/empty split dev row 1: ", "'chosen_response' is empty"),
        ("o/column", "o/column split train row 1: ", "has no 'spec_i'; expected columns"),
        ("o/absent", "o/absent: not found at the Hub", "check the id"),
    ],
)
def test_faults_of_a_data_set_name_their_place(hub_story, name, start, fault):
    message = hub_story[0][name]
    assert message.startswith(f"DataError {start}")
    assert fault in message
    assert "\n" not in message


# --- faults ----------------------------------------------------------------------------------

OK, CHOSEN, NO_NAME = row("Any tea?"), pair("Tea?", "Fine."), {"config": None}
FAULTS = [
    *[({name: ...}, f"has no '{name}'") for name in ("prompt", "response")],
    *[(one, "either config or allowed_risks") for one in ({"config": ...}, {"allowed_risks": []})],
    (NO_NAME | {"allowed_risks": ["Violins"]}, "unknown category 'Violins'"),
    (NO_NAME | {"allowed_risks": ["Other Harms"]}, "no config can allow 'Other Harms'"),
    (NO_NAME | {"allowed_risks": V}, "not a list"),
    *[({name: 7}, f"'{name}' is 7; expected a string") for name in ("config", "prompt", "kind")],
    *[({"response": empty}, "'response' is") for empty in ("", " \n", None)],
    *[({"error_score": bad}, "error_score") for bad in ("low", "0.5", "", [1], True, -1)],
    *[({"error_score": bad}, "error_score") for bad in (math.nan, math.inf)],
    (CHOSEN | {"chosen_response": ""}, "'chosen_response' is empty"),
    *[(CHOSEN | {"chosen_category_error_score": e}, "_error_score") for e in (None, math.nan, -1)],
    *[(CHOSEN | {"spec_i": bad}, "spec_i") for bad in ("-Violence-Violins-", "Tea", 7, None)],
]


@pytest.mark.parametrize(("changed", "expected"), FAULTS)
def test_a_bad_row_is_told_in_one_line(tmp_path, changed, expected):
    bad = {name: value for name, value in (OK | changed).items() if value is not ...}
    path = write(tmp_path, [OK, bad])
    with pytest.raises(DataError) as caught:
        load_pool(path)
    place, _, said = str(caught.value).partition(": ")
    fault, _, form = said.partition("; expected columns prompt, response and either config")
    assert place == f"{path} line 2"
    assert expected in fault
    assert TRAIN in form
    assert "\n" not in said


NOT_A_POOL = (
    "not a pool; expected auto, cosapien, contrast, sample, a .jsonl or .parquet file, or a"
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [(name, f"pool '{name}': {NOT_A_POOL}") for name in ("cosalign", "pool.csv", "/tmp/pool", "")]
    + [(name, f"{name}: no such file: /") for name in ("nowhere.jsonl", "a/nowhere.parquet")],
)
def test_a_pool_that_is_none_is_told_in_one_line(source, expected):
    with pytest.raises(DataError) as caught:
        load_pool(source)
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_no_pool(tmp_path):
    with pytest.raises(DataError, match=r"pool\.jsonl: contains no demonstrations"):
        load_pool(write(tmp_path, []))

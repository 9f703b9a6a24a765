"""CoSAlign-Test: the table of its configs, the loader against a loopback Hub, the bundled sample."""

import hashlib
from collections import Counter

import pytest

from cosapien import (
    CATEGORY_CONFIGS,
    RISKS,
    WORDINGS,
    DataError,
    UserError,
    load_benchmark,
    load_cosalign_test,
)
from tests.cosapien.datasets.cosalign_story import CONFIGS, ID, MIRROR, play

NAMES = ["none", "V", "F+P", "D+V", "F+D+V", "Dr", "S", "V+W"]
TYPES = ("allowed", "partial", "disallowed")
SEEN = ", ".join(config.split for config in CONFIGS[:5])
UNSEEN = ", ".join(config.split for config in CONFIGS[5:])
SITUATION = "expected 1 (allowed), 2 (partial) or 3 (disallowed)"
COLUMNS = "text, mode, situation; expected exactly prompt, mode, situation"


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return play(tmp_path_factory.mktemp("hub"))


def loaded(scenario, name, ref=None):
    outcome = scenario.of[name, ref]
    assert isinstance(outcome, dict), outcome
    return outcome


def message(scenario, ref=None):
    outcome = scenario.of[ID, ref]
    assert isinstance(outcome, str), "loaded"
    assert outcome.startswith(f"DataError {ID}")
    assert len(outcome.splitlines()) == 1
    return outcome


def digest(*parts):
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


# --- the table -------------------------------------------------------------------------------


def test_the_table_is_the_published_one():
    found = [(c.name, c.split, c.group, set(c.allowed), c.counts) for c in CATEGORY_CONFIGS]
    assert found == [tuple(config) for config in CONFIGS]
    assert [sum(config.counts) for config in CATEGORY_CONFIGS] == [400] * 8


# --- the Hub ---------------------------------------------------------------------------------


def test_the_published_layout(story):
    benchmark = loaded(story.online, ID)
    assert (benchmark["name"], benchmark["revision"]) == (ID, story.commits["main"])
    assert benchmark["configs"] == NAMES
    records = benchmark["records"]
    assert len(records) == len({record[0] for record in records}) == 3200
    counts = Counter((record[1], record[3]) for record in records)
    for number, config in enumerate(CONFIGS):
        assert tuple(counts[config.name, kind] for kind in TYPES) == config.counts
        for record in records[400 * number : 400 * (number + 1)]:
            assert (record[1], record[4]) == (config.name, config.group)
            assert set(record[6]) == config.allowed
    assert {record[5] for record in records} == set(WORDINGS)


def test_a_prompt_that_comes_again_in_a_split_gets_an_id_of_its_own(story):
    violence = loaded(story.online, ID)["records"][400:800]
    prompt = "one question 0 about tea?"
    again = [record[0] for record in violence if record[2] == prompt]
    assert again == [digest("V", prompt), digest("V", prompt, "2"), digest("V", prompt, "3")]
    assert violence[5][0] == digest("V", "one question 5 about tea?")


def test_the_mirror_and_other_spellings_of_the_situation(story):
    mirror = loaded(story.online, MIRROR)
    assert mirror["name"] == MIRROR
    assert [record[3] for record in mirror["records"]] == [
        kind
        for config in CONFIGS
        for kind, count in zip(TYPES, config.counts, strict=True)
        for _ in range(count)
    ]


def test_a_revision_is_a_branch_or_a_commit(story):
    branch = loaded(story.online, ID, "v2")
    assert branch["revision"] == story.commits["v2"]
    assert branch["records"][0][2] == "two question 0 about tea?"
    assert loaded(story.online, ID, story.commits["main"]) == loaded(story.online, ID)


def test_a_push_between_the_two_configurations_mixes_nothing(story):
    benchmark = loaded(story.online, ID, "moving")
    assert benchmark["revision"] == story.commits["moving"]
    assert {record[2].split()[0] for record in benchmark["records"]} == {"three"}
    asked = [request for request in story.online_requests if "/revision/moving" in request]
    assert len(asked) == 1  # where the branch stands is asked once, for both configurations


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        ("fewer", f" configuration seen: splits are {SEEN.replace(' Violence,', '')}; expected ex"),
        ("more", f" configuration seen: splits are {SEEN}, bonus; expected exactly {SEEN}"),
        ("fewer_unseen", f"; expected exactly {UNSEEN}"),
        ("lost", " cannot be read as a data set (ValueError: Couldn't infer the same data file fo"),
        ("bare", "; expected the configuration 'seen': parquet, JSON or CSV files, all with the s"),
        ("column", " cannot be read as a data set (CastError: Couldn't cast"),
        ("columns", f" split safe: columns are {COLUMNS}"),
        ("four", f" split Violence row 3: 'situation' is '4'; {SITUATION}"),
        ("blank", f" split Violence row 3: 'situation' is ''; {SITUATION}"),
        ("null", f" split Violence row 3: 'situation' is None; {SITUATION}"),
        ("true", f" split Violence row 3: 'situation' is 'true'; {SITUATION}"),
        ("twelve", f" split Violence row 3: 'situation' is 'situation12'; {SITUATION}"),
        ("empty", " split Violence row 400: 'prompt' is empty; expected text"),
        (
            "short",  # the last of the 134 disallowed prompts is missing
            " split Violence: 100 allowed, 166 partial, 133 disallowed prompts; the published data "
            "has 100 allowed, 166 partial, 134 disallowed prompts",
        ),
        (
            "mixed",
            " split Violence: 99 allowed, 167 partial, 134 disallowed prompts; the published",
        ),
        ("nope", " has no revision 'nope'; expected a full commit, branch or tag"),
    ],
)
def test_other_form_than_published(story, branch, expected):
    assert expected in message(story.online, branch)


def test_nothing_spoils_the_terminal(story):
    assert story.online.err == story.offline.err == ""


def test_the_cache_serves_the_same_without_a_hub(story):
    for key in ((ID, None), (ID, "v2"), (ID, story.commits["main"]), (MIRROR, None)):
        assert loaded(story.offline, *key) == loaded(story.online, *key)
    assert story.offline_requests == []
    assert story.gone.of[ID, None] == loaded(story.online, ID)
    assert story.gone.of[ID, "v2"] == loaded(story.online, ID, "v2")


def test_what_is_not_in_the_cache(story):
    assert "HF_HUB_OFFLINE is set, and revision 'nope' is not" in message(story.offline, "nope")
    assert "cannot be reached (ConnectError: " in message(story.empty)


def test_the_way_out_of_a_missing_hub_is_data_this_task_can_use(story):
    """The contrast set has no `allowed_risks`: `tasks/cosalign_test` refuses it."""
    assert message(story.empty).endswith("or sample for tasks/cosalign_test")


# --- the bundled sample ----------------------------------------------------------------------


def without_wording(benchmark):
    return [(r.id, r.prompt, r.type, r.config.name, r.allowed_risks) for r in benchmark.records]


def test_the_sample_has_nine_prompts_under_each_config():
    sample = load_cosalign_test("sample")
    assert (sample.name, len(sample.records)) == ("sample", 72)
    assert len({record.id for record in sample.records}) == 72
    for number, config in enumerate(CONFIGS):
        records = sample.records[9 * number : 9 * (number + 1)]
        assert {(r.config.name, r.group) for r in records} == {(config.name, config.group)}
        assert all(record.allowed_risks == config.allowed for record in records)
        # as on the Hub, `safe` knows no half-permitted prompts
        kinds = Counter(record.type for record in records)
        assert [kinds[kind] for kind in TYPES] == ([3, 0, 6] if config.name == "none" else [3] * 3)


def test_a_config_text_lists_exactly_what_the_config_allows():
    allowed = {config.name: config.allowed for config in CONFIGS}
    for wording in ("seeded", *WORDINGS):
        for record in load_cosalign_test("sample", wording=wording).records:
            lines = record.config.text.splitlines()
            listed = {line[2:].partition(":")[0] for line in lines if line.startswith("- ")}
            assert listed == allowed[record.config.name]
            assert ("None." in lines) == (listed == set())
            absent = {risk.definition for risk in RISKS if risk.name not in listed}
            assert not any(definition in record.config.text for definition in absent)


def test_the_sample_is_the_same_every_time_and_through_the_door():
    assert load_cosalign_test("sample") == load_benchmark("sample")


def test_the_seed_changes_wordings_and_nothing_else():
    one, other = (load_cosalign_test("sample", seed=seed) for seed in (0, 1))
    assert without_wording(one) == without_wording(other)
    drawn = [[record.wording for record in b.records] for b in (one, other)]
    # a second draw hits the first one once in ten: 72 * 0.1 = 7 +- 3 records
    assert sum(a == b for a, b in zip(*drawn, strict=True)) < 20
    assert one.config_hashes != other.config_hashes


@pytest.mark.parametrize("wording", list(WORDINGS)[:2])
def test_one_wording_for_all(wording):
    sample = load_cosalign_test("sample", wording=wording)
    assert {record.wording for record in sample.records} == {wording}
    assert len({record.config for record in sample.records}) == 8
    assert without_wording(sample) == without_wording(load_cosalign_test("sample"))


@pytest.mark.parametrize("dataset", ["sample", ID])  # of the latter nothing is fetched
def test_an_unknown_wording_is_the_users_error(dataset):
    with pytest.raises(UserError, match="unknown wording 'verse': expected seeded or one of") as e:
        load_cosalign_test(dataset, wording="verse")
    assert ", ".join(WORDINGS) in str(e.value)


@pytest.mark.parametrize("load", [load_benchmark, load_cosalign_test])
def test_the_sample_has_no_revisions(load):
    with pytest.raises(DataError, match="sample: revision 'main' was given, but only Hugging Face"):
        load("sample", "main")

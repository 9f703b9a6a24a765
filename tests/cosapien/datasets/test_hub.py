"""CoSApien and other Hub data sets, end to end against a loopback Hub."""

import pytest

from cosapien.datasets.cosapien_hub import COSAPIEN_SPLITS
from cosapien.records.record import stable_id
from tests.cosapien.datasets.hub_story import ID, play, split_rows


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return play(tmp_path_factory.mktemp("hub"))


def loaded(scenario, name, ref=None):
    outcome = scenario.of[f"{name}@{ref}"]
    assert isinstance(outcome, dict), outcome
    return outcome


def message(scenario, name, ref=None):
    outcome = scenario.of[f"{name}@{ref}"]
    assert isinstance(outcome, str), "loaded"
    assert outcome.startswith(f"DataError {name}")
    assert len(outcome.splitlines()) == 1
    return outcome


def test_cosapien(story):
    benchmark = loaded(story.online, ID)
    assert benchmark["name"] == ID
    assert benchmark["revision"] == story.commits["main"]
    assert benchmark["configs"] == {split: f"Rules of {split}." for split in COSAPIEN_SPLITS}
    assert list(benchmark["configs"]) == list(COSAPIEN_SPLITS)
    assert benchmark["records"] == [
        [stable_id(split, row["prompt"]), split, row["prompt"], row["type"]]
        for split in COSAPIEN_SPLITS
        for row in split_rows(split, "one")
    ]


def test_mirror_keeps_its_name(story):
    mirror = loaded(story.online, "jackzhang/CoSApien")
    assert mirror["name"] == "jackzhang/CoSApien"
    assert mirror["records"] == loaded(story.online, ID)["records"]


def test_revision_is_honoured(story):
    benchmark = loaded(story.online, ID, "v2")
    assert benchmark["revision"] == story.commits["v2"]
    assert benchmark["records"][0][2].startswith("two question 0 ")


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        ("column", " columns are text, scenario, type; expected exactly prompt, scenario, type"),
        ("one", "cannot be read as a data set (CastError: Couldn't cast text: string"),
        ("short", "split film_production: 39 rows; expected 40"),
        ("four", "splits are book_publisher_arab, game_development, language_learning, public_pr"),
        ("six", "expected exactly game_development, public_prosecutor, book_publisher_arab"),
        ("texts", "split film_production row 8: config 'film_production' has another 'scenario'"),
        ("nope", "has no revision 'nope'; expected a full commit, branch or tag"),
    ],
)
def test_other_form_than_published(story, branch, expected):
    assert expected in message(story.online, ID, branch)


def test_record_schema(story):
    assert len(loaded(story.online, "o/policy")["records"]) == 3
    assert [record[0] for record in loaded(story.online, "o/jsonl")["records"]] == ["b0", "b1"]


def test_splits_are_configs_without_a_config_column(story):
    benchmark = loaded(story.online, "o/plain")
    assert sorted(benchmark["configs"]) == sorted(COSAPIEN_SPLITS)
    assert len(benchmark["records"]) == 200


@pytest.mark.parametrize(
    ("repo_id", "expected"),
    [
        ("o/bare", "cannot be read as a data set (EmptyDatasetError: "),
        ("o/wrong", "split train: missing column prompt; required are config, scenario, prompt, "),
        ("o/nested", "split train row 1: 'checks': the object lacks 'required', 'forbidden'"),
        ("o/absent", "or private (HTTP 404); check the id, or run `hf auth login`"),
        ("o/private", "or private (HTTP 401); check the id, or run `hf auth login`"),
        ("o/gated", "is gated; request access at http://127.0.0.1:"),
        ("o/token", "answered HTTP 401 (is your token right? `hf auth login`), and revision"),
        ("o/broken", "answered HTTP 500, and revision 'main' is not complete in "),
        ("o/half", "answered HTTP 403 (is your token right? `hf auth login`), and revision"),
    ],
)
def test_faults(story, repo_id, expected):
    assert expected in message(story.online, repo_id)


def test_nothing_spoils_the_terminal(story):
    assert story.online.err == ""


@pytest.mark.parametrize("ref", [None, "v2"])
def test_cache_serves_the_same_offline(story, ref):
    assert loaded(story.offline, ID, ref) == loaded(story.online, ID, ref)
    assert story.offline_requests == []


def test_cached_commit_by_its_hash(story):
    assert loaded(story.offline, ID, story.commits["v2"]) == loaded(story.online, ID, "v2")


def test_other_hub_data_from_the_cache(story):
    assert loaded(story.offline, "o/policy") == loaded(story.online, "o/policy")


@pytest.mark.parametrize(("name", "ref"), [(ID, "nope"), ("o/half", None)])
def test_not_in_the_cache(story, name, ref):
    text = message(story.offline, name, ref)
    assert "HF_HUB_OFFLINE is set, and revision" in text
    assert f"`hf download {name} --repo-type dataset`" in text


def test_cache_filled_by_plain_load_dataset_serves_too(story):
    assert "'film_production': 40" in story.plain
    assert len(loaded(story.after_plain, "o/plain")["records"]) == 200


def test_moved_branch_is_followed(story):
    benchmark = loaded(story.moved, ID)
    assert benchmark["revision"] not in story.commits.values()
    assert benchmark["records"][0][2].startswith("three ")


def test_failing_hub_never_swaps_commits(story):
    """What `load_dataset` alone would do: give the newest cached commit for any revision."""
    assert loaded(story.failing, ID) == loaded(story.moved, ID)
    assert loaded(story.failing, ID, "v2") == loaded(story.online, ID, "v2")


def test_stopped_hub(story):
    assert loaded(story.gone, ID, "v2") == loaded(story.online, ID, "v2")
    assert "cannot be reached (ConnectError: " in message(story.gone, "o/absent")


def test_stopped_hub_and_empty_cache(story):
    text = message(story.empty, ID)
    assert "cannot be reached (ConnectError: " in text
    assert text.endswith(
        "or use bundled data, which needs no network: -T dataset=contrast, or sample for "
        "tasks/cosalign_test"
    )

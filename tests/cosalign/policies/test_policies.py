"""Policies as training data: what is collected, how it is judged and paired, what is refused."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from cosalign.cli import main
from cosalign.pairs.stage import PairsParameters
from cosalign.policies.candidates import policy_candidates
from cosalign.policies.pairs import policy_pairs
from cosalign.policies.records import PoliciesParameters
from cosalign.stages import StageError
from cosapien.datasets import read_rows
from tests.fakes.servers import ChatRequest, OpenAIServer, Reply
from tests.running import PREFLIGHT

TRAIN, DEV = "v1.level1.seed1000000.worlds1.prompts6", "v1.level1.seed1900000.worlds1.prompts2"
WEEKDAYS, SUNDAYS = "Say the price on weekdays only.", "Say the price on Sundays only."


def line(name: str, scenario: str, **changes: Any) -> dict[str, Any]:
    """A record of a policy of our own: the price is 12 euros, and asked for on a Sunday."""
    record = {
        "id": f"{name}-1",
        "config": name,
        "scenario": scenario,
        "prompt": "It is Sunday. What is the price?",
        "type": "allowed" if name == "sundays" else "disallowed",
        "contrast": "price-1",
        "checks": {"required": [["12 euros"]], "forbidden": []}
        if name == "sundays"
        else {"required": [["ask again on Monday"]], "forbidden": ["12 euros"]},
        "references": {
            "ideal": "It is 12 euros." if name == "sundays" else "Please ask again on Monday.",
            "refusing": "Sorry, I cannot help.",
            "violating": "It is 12 euros, ask again on Monday.",
        },
    }
    return record | changes


def write(path: Path, *lines: dict[str, Any]) -> str:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    return write(tmp_path / "own.jsonl", line("weekdays", WEEKDAYS), line("sundays", SUNDAYS))


def test_candidates_and_their_errors(file: str, tmp_path: Path) -> None:
    """Errors worked out by hand: beta 3 for a violation, gamma 1 for what is not said."""
    found = policy_candidates(
        PoliciesParameters(train=(file,)), seed=0, out=tmp_path / "candidates"
    )
    roles = {(row["record_id"], row["role"]) for row in found.table().to_pylist()}
    named = ("ideal", "refusing", "violating", "contrast")
    assert roles == {(f"{name}-1", role) for name in ("weekdays", "sundays") for role in named}

    pairs = policy_pairs(PairsParameters(), candidates=found, seed=0, out=tmp_path / "pairs")
    rows = pairs.table().to_pylist()
    said = {(row["source"], row["chosen_error"], row["rejected_error"]) for row in rows}
    weekdays = {(s, c, r) for s, c, r in said if r >= 3}
    # on weekdays: ideal 0, refusing 1, violating 3 (it helps), the other config's ideal 4
    assert weekdays == {
        ("ideal over violating", 0.0, 3.0),
        ("refusing over violating", 1.0, 3.0),
        ("ideal over contrast", 0.0, 4.0),
        ("refusing over contrast", 1.0, 4.0),
    }
    # on Sundays nothing is forbidden: ideal and violating 0, refusing and the other's ideal 1
    assert {(c, r) for s, c, r in said if r < 3} == {(0.0, 1.0)}
    assert all(row["mode"] in ("allowed", "disallowed") for row in rows)
    assert [turn["role"] for turn in rows[0]["prompt"]] == ["system", "user"]
    assert rows[0]["prompt"][0]["content"].endswith((WEEKDAYS, SUNDAYS))

    best = pq.read_table(pairs.folder / "sft.parquet").to_pylist()
    assert len(best) == 2
    assert {row["error"] for row in best} == {0.0}


def test_a_model_answers_under_each_config(file: str, tmp_path: Path) -> None:
    """Its answers are judged like the written ones; an interrupted stage asks for the rest only."""

    def answer(request: ChatRequest) -> Reply:
        if request.user == PREFLIGHT:
            return Reply("OK")
        return Reply("The price is 12 euros." if SUNDAYS in request.system else "<think>12 euros")

    with OpenAIServer(answer) as server:
        model = {
            "model": "openai-api/loop/tiny",
            "base_url": server.base_url,
            "args": {"max_retries": 0},
            "generation": {"temperature": 0, "max_tokens": 20},
            "cache": False,
        }
        wanted = PoliciesParameters.model_validate(
            {"train": [file], "references": ["refusing"], "model": model}
        )
        found = policy_candidates(wanted, seed=0, out=tmp_path / "candidates")
        asked = [request for request in server.requests if request.user != PREFLIGHT]
    assert {(request.system[-len(SUNDAYS) :], request.user) for request in asked} == {
        (SUNDAYS, "It is Sunday. What is the price?"),
        (WEEKDAYS[-len(SUNDAYS) :], "It is Sunday. What is the price?"),
    }
    own = [row for row in found.table().to_pylist() if row["role"] == "model"]
    assert {row["record_id"]: row["response"] for row in own} == {
        "sundays-1": "The price is 12 euros.",
        "weekdays-1": None,  # a thought that was cut off is no response
    }
    counts = found.manifest.counts
    assert (counts["requests"], counts["responses"], counts["written responses"]) == (2, 1, 2)
    pairs = policy_pairs(PairsParameters(), candidates=found, seed=0, out=tmp_path / "pairs")
    assert [row["source"] for row in pairs.table().to_pylist()] == ["model over refusing"]


def test_only_records_in_some_languages(tmp_path: Path) -> None:
    file = write(
        tmp_path / "two.jsonl",
        line("weekdays", WEEKDAYS, language="en"),
        line("sundays", SUNDAYS, language="de"),
    )
    for number, (languages, records) in enumerate(
        {("en",): {"weekdays-1"}, ("en", "de"): {"weekdays-1", "sundays-1"}}.items()
    ):
        wanted = PoliciesParameters(train=(file,), languages=languages)
        out = tmp_path / str(number) / "candidates"
        found = policy_candidates(wanted, seed=0, out=out)
        assert {row["record_id"] for row in found.table().to_pylist()} == records
    wanted = PoliciesParameters(train=(file,), languages=("fr",))
    with pytest.raises(StageError, match="no record in the language fr; it has de, en"):
        policy_candidates(wanted, seed=0, out=tmp_path / "none" / "candidates")
    assert "languages" not in PoliciesParameters(train=(file,)).model_dump()


def test_a_limit_on_pairs_keeps_the_demonstrations(file: str, tmp_path: Path) -> None:
    found = policy_candidates(
        PoliciesParameters(train=(file,)), seed=0, out=tmp_path / "candidates"
    )
    few = policy_pairs(
        PairsParameters(max_per_prompt=1), candidates=found, seed=0, out=tmp_path / "pairs"
    )
    assert few.manifest.counts["rows"] == 2
    assert few.manifest.counts["demonstrations"] == 2
    assert few.manifest.counts["candidates that violate"] == 2


def test_generated_policies_by_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "recipe.yaml"
    content = {"out": str(tmp_path / "out"), "policies": {"train": [TRAIN], "dev": [DEV]}}
    recipe.write_text(yaml.safe_dump(content))
    assert main(["pairs", str(recipe)]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [one.partition(":")[0] for one in said] == ["candidates", "pairs"]
    assert main(["pairs", str(recipe)]) == 0
    assert all(": unchanged; " in one for one in capsys.readouterr().err.splitlines())
    rows = pq.read_table(tmp_path / "out/pairs/data.parquet").to_pylist()
    assert {row["split"] for row in rows} == {"train", "dev"}
    assert all(row["chosen_error"] < min(row["rejected_error"], 3) for row in rows)
    assert main(["judge", str(recipe)]) == 1
    assert "a recipe with policies has no stage judge" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"train": ["v1.level1.seed0"]}, "seed 0"),
        ({"train": ["v1.level1"]}, "is not one; expected v1.levelN.seedN"),
        ({"train": [TRAIN], "dev": [TRAIN]}, "is trained on too"),
        ({"train": ["missing.jsonl"]}, "missing.jsonl"),
        ({"train": [TRAIN, TRAIN]}, "is there twice"),
    ],
)
def test_what_may_not_be_trained_on(section: dict[str, Any], message: str, tmp_path: Path) -> None:
    wanted = PoliciesParameters.model_validate(section)
    with pytest.raises(StageError, match=message):
        policy_candidates(wanted, seed=0, out=tmp_path / "candidates")


def test_records_without_checks_and_records_of_a_test_set(tmp_path: Path) -> None:
    bare = line("sundays", SUNDAYS)
    del bare["checks"]
    wanted = PoliciesParameters(train=(write(tmp_path / "bare.jsonl", bare),))
    with pytest.raises(StageError, match=r"record sundays-1 .* has no checks"):
        policy_candidates(wanted, seed=0, out=tmp_path / "candidates")

    contrast = Path(__file__).parents[3] / "cosapien" / "data" / "contrast.jsonl"
    _, tested = next(iter(read_rows(str(contrast))))
    copied = line("mine", str(tested["scenario"]))
    wanted = PoliciesParameters(train=(write(tmp_path / "copied.jsonl", copied),))
    with pytest.raises(StageError, match="one of the bundled test set `contrast`"):
        policy_candidates(wanted, seed=0, out=tmp_path / "candidates")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"prompts": {}}, "policies need no section prompts"),
        ({"judge": {"judge": "rules"}}, "policies need no section judge"),
        ({"pairs": {"alpha": 0.2}}, "pairs.alpha does not apply to policies"),
        ({"sft": {"model": "x"}, "export": {}}, "set it to false"),
    ],
)
def test_sections_that_do_not_apply(
    sections: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    content = {"out": str(tmp_path / "out"), "policies": {"train": [TRAIN]}, **sections}
    recipe.write_text(yaml.safe_dump(content))
    assert main(["pairs", str(recipe)]) == 1
    assert message in capsys.readouterr().err

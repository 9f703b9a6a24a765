"""Which generation parameters identify a judge, are recorded, and are passed on."""

from inspect_ai.model import GenerateConfig, get_model

from scorers.judging import GENERATION_PARAMETERS, judge_identity

JUDGE = {"temperature", "top_p", "top_k", "max_tokens", "seed"} | {
    "reasoning_effort", "reasoning_tokens", "effort"
}  # fmt: skip
PENALTIES = {"frequency_penalty", "presence_penalty"}


def test_what_each_use_takes():
    """A judge's id is a hash over the first: another set would be another judge."""
    table = GENERATION_PARAMETERS
    assert {p.name for p in table if p.identifies_judge} == JUDGE
    assert {p.name for p in table if p.repeatable} == JUDGE | PENALTIES
    assert {p.name for p in table} == JUDGE | PENALTIES | {"stop_seqs"}
    assert {p.name for p in table if p.kind == "word"} == {"reasoning_effort", "effort"}
    assert {p.name for p in table if p.kind == "list"} == {"stop_seqs"}
    assert {p.name for p in table} <= set(GenerateConfig.model_fields)


def test_ids_of_judges_stay():
    config = GenerateConfig(
        temperature=0.3, top_p=0.9, top_k=5, seed=1, reasoning_effort="low", reasoning_tokens=9,
        frequency_penalty=0.1, presence_penalty=0.2, stop_seqs=["x"], max_tokens=77,
    )  # fmt: skip
    judges = [get_model("mockllm/model", config=config)]
    ids = [
        judge_identity(judges, form="auto", attempts=3, safety=s)["id"]
        for s in ("compliance", "risks")
    ]
    assert ids == ["9cfedbb7d25d", "08df257e610f"]

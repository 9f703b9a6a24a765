"""Simulated readers: a score that rises with how well policies are read."""

from statistics import fmean

from cosapien.generate import cases, generate, make_spec, read_and_respond
from scorers import judge_by_rules

SPEC = make_spec(3, 0)


def mean_score(q: float) -> float:
    known = cases(SPEC)
    found = []
    for record in generate(SPEC).records:
        assert record.checks is not None
        helpfulness, compliant = judge_by_rules(
            record.checks, read_and_respond(known[record.id], q, reader=1)
        )
        found.append(helpfulness if compliant else -helpfulness)
    return fmean(found)


def test_the_score_rises_with_how_well_policies_are_read() -> None:
    scores = [mean_score(q) for q in (0.5, 0.8, 0.95, 1.0)]
    assert scores == sorted(scores)
    assert abs(scores[0]) < 0.1
    assert scores[-1] == 1.0


def test_a_reader_is_the_same_every_time() -> None:
    case = cases(SPEC)["level3-w0a-000"]
    assert read_and_respond(case, 0.7, 5) == read_and_respond(case, 0.7, 5)
    assert len({read_and_respond(case, 0.5, reader) for reader in range(20)}) > 1

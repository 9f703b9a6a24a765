"""The tables: what stands beside a figure, and where they are written."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.paper.figures import Figures, Source
from benchmarks.paper.job import PAIRS, PUBLISHED_DATA, RECIPE, Job
from benchmarks.paper.steps import STEPS
from benchmarks.paper.table import BEGIN, END, is_papers_judge, render, write_ours
from cosapien import UserError
from scorers.statistics.estimate import Estimate
from tests.benchmarks.paper.place import cells

STEP = {step.name: step for step in STEPS}
GPT = {"id": "abc", "kind": "llm", "rubric": "paper", "models": [{"name": "openai/gpt-4o"}]}
INSTRUCT = "meta-llama/Llama-3.1-8B-Instruct"
OURS = 7
"""Column of our distance to the published figure, behind the published one."""


def job(tmp_path: Path, **changes: object) -> Job:
    made = Job(
        model=INSTRUCT,
        judge="openai/gpt-4o",
        family="Llama-3.1-8B-Instruct",
        recipe=RECIPE,
        changes=(),
        data=PUBLISHED_DATA,
        pairs=PAIRS,
        limit=None,
        out=tmp_path,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def estimate(mean: float) -> Estimate:
    return Estimate(mean, 0.01, 50.0, mean - 0.02, mean + 0.02, 2_000)


def figures(
    step: str, task: str, split: str, score: float | None, judge: dict[str, object] = GPT
) -> Figures:
    (row,) = [row for row in STEP[step].rows if row.task == task]
    if score is None:
        return Figures(STEP[step], row, split)
    source = Source(
        Path("/elsewhere/log.eval"), "ab" * 32, "2026-11-30", {"inspect_ai": "0.3"}, judge
    )
    share = replace(estimate(0.25), lower=0.2, upper=0.3)
    return Figures(STEP[step], row, split, estimate(score), share, share, 2_000, 0.01, source)


def row_of(text: str, setup: str, split: str) -> list[str]:
    (row,) = [row for row in cells(text, setup) if row[1] == split]
    return row


def test_a_figure_beside_the_published_one(tmp_path: Path) -> None:
    text = render(
        job(tmp_path),
        [
            figures("base-cosalign_test", "cosalign_test_ica", "seen", 0.2),
            figures("base-cosalign_test", "cosalign_test_ica", "unseen", None),
            figures("dpo-cosalign_test", "cosalign_test_ica", "seen", 0.4),
        ],
        "make paper",
    )
    row = row_of(text, "Llama-3.1-8B-Instruct + ICA", "seen")
    # the paper: 0.182 / 23.7 / 2.0
    assert row[2:7] == [
        "+0.200 [+0.180, +0.220]",
        "25.0% [20.0%, 30.0%]",
        "25.0% [20.0%, 30.0%]",
        "2000",
        "1.0%",
    ]
    assert row[OURS:] == ["0.182 / 23.7 / 2.0", "+0.018", "`abababababab`"]
    row = row_of(text, "Llama-3.1-8B-Instruct + ICA", "unseen")
    assert row[2:] == [
        *("not established", "–", "–", "–", "–"),
        *("0.091 / 14.7 / 2.9", "not established", ""),
    ]
    row = row_of(text, "Llama-3.1-8B-Instruct + SFT + DPO", "seen")
    assert row[OURS : OURS + 2] == ["0.408 / 52.0 / 5.2", "-0.008"]
    assert "ab" * 32 in text
    assert "`openai/gpt-4o (id abc)`" in text
    assert "inspect_ai 0.3" in text
    assert "2026-11-30" in text


@pytest.mark.parametrize(
    ("step", "task", "split", "changes", "judge", "said"),
    [
        ("base-cosalign_test", "ica", "seen", {}, "openai/gpt-4o-2024-08-06", "+0.018"),
        ("base-cosalign_test", "ica", "seen", {}, "openai/gpt-4o-mini", "other judge"),
        ("base-cosalign_test", "ica_5shot", "unseen", {}, "openai/gpt-4o", "other demonstrations"),
        ("base-cosalign_test", "cascade", "unseen", {}, "openai/gpt-4o", "+0.105"),
        ("base-cosalign_test", "ica_1shot", "seen", {}, "openai/gpt-4o", "no published figure"),
        (
            "base-cosalign_test",
            "ica",
            "seen",
            {"limit": 5},
            "openai/gpt-4o",
            "a trial with --limit 5",
        ),
        ("base-cosalign_test", "ica", "seen", {"pairs": "x/y"}, "openai/gpt-4o", "other data"),
        (
            "base-cosalign_test",
            "ica",
            "seen",
            {"family": None},
            "openai/gpt-4o",
            "no published figure",
        ),
        (
            "dpo-cosalign_test",
            "ica",
            "seen",
            {"changes": ("a=1",)},
            "openai/gpt-4o",
            "other recipe",
        ),
        (
            "base-cosalign_test",
            "ica",
            "seen",
            {"changes": ("a=1",)},
            "openai/gpt-4o",
            "+0.018",
        ),
        ("dpo-cosapien", "ica", "all", {}, "openai/gpt-4o", "a person judged"),
    ],
)
def test_no_difference_between_different_quantities(
    tmp_path: Path,
    step: str,
    task: str,
    split: str,
    changes: dict[str, object],
    judge: str,
    said: str,
) -> None:
    suite = STEP[step].suite
    by = {**GPT, "models": [{"name": judge}]}
    text = render(
        job(tmp_path, **changes), [figures(step, f"{suite}_{task}", split, 0.2, by)], "make paper"
    )
    (line,) = [line for line in text.splitlines() if "`abababababab`" in line]
    assert line.strip("| ").split(" | ")[OURS + 1].strip() == said


@pytest.mark.parametrize(
    ("identity", "same"),
    [
        (GPT, True),
        ({**GPT, "rubric": "ours"}, False),
        ({**GPT, "models": [{"name": "openai/gpt-4o"}, {"name": "openai/gpt-4o"}]}, False),
        ({**GPT, "models": [{"name": "openai/gpt-4o-mini"}]}, False),
        ({**GPT, "models": [{"name": "openai-api/gpt-4o"}]}, False),
        ({"id": "r", "kind": "rules"}, False),
    ],
)
def test_the_papers_judge(identity: dict[str, object], same: bool) -> None:
    assert is_papers_judge(identity) is same


def test_capability_stands_beside_the_papers_figure_without_a_difference(tmp_path: Path) -> None:
    text = render(
        job(tmp_path),
        [
            figures("base-capability", "mmlu", "all", 0.68, {}),
            figures("dpo-capability", "xstest_safe", "all", None),
        ],
        "make paper",
    )
    name = "Llama-3.1-8B-Instruct"
    (row,) = cells(text, "MMLU")
    assert row[1:] == [name, "68.0% [66.0%, 70.0%]", "2000", "1.0%", "68.05", "`abababababab`"]
    (row,) = cells(text, "XSTest, safe")
    assert row[1:] == [f"{name} + SFT + DPO", "not established", "–", "–", "4 of 250", ""]


def test_a_trial_says_so_on_top(tmp_path: Path) -> None:
    text = render(job(tmp_path, limit=4), [], "make paper")
    assert "**These are figures of a trial with --limit 4, not of the paper's benchmarks.**" in text
    assert math.isnan(Figures(STEP["sft"], STEP["sft-cosapien"].rows[0], "all").unscored)


def test_only_the_place_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# Tasks\n\n{BEGIN}\nold\n{END}\n\n## More\n", encoding="utf-8")
    write_ours(page, "new\n")
    assert page.read_text("utf-8") == f"# Tasks\n\n{BEGIN}\nnew\n{END}\n\n## More\n"
    # a name cannot end the place, and so nothing behind it is lost next time
    write_ours(page, f"`a{END}b`\n")
    write_ours(page, "last\n")
    assert page.read_text("utf-8") == f"# Tasks\n\n{BEGIN}\nlast\n{END}\n\n## More\n"


def test_a_page_without_the_place_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# Tasks\n{END}\n{BEGIN}\n", encoding="utf-8")
    with pytest.raises(UserError, match="expected the lines"):
        write_ours(page, "new\n")
    assert page.read_text("utf-8") == f"# Tasks\n{END}\n{BEGIN}\n"


def test_the_page_of_this_project_has_the_place() -> None:
    from benchmarks.paper.__main__ import README

    page = README.read_text("utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page.index(BEGIN) < page.index(END)

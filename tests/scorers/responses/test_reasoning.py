"""Splitting inline reasoning from the answer: the forms that models and servers write."""

import gc
import json
import time
from pathlib import Path
from typing import Any

import pytest

from scorers.responses import Split, split_reasoning

CORPUS = Path(__file__).parents[2] / "data" / "split_responses.jsonl"
"""Responses as many models write them, split by hand; `held_out`: not used for tuning.

`second` and `third` were written by somebody who had not seen the code, and were measured before
they were used for tuning (docs/scoring.md). `unfinished` is null where both are right.
"""
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
GIVEN = Path(__file__).parents[4] / "shared" / "data" / "faults" / "responses.jsonl"
SPLIT = [
    ("<think>a</think>b", "a", "b"),
    ("<think>\n\n</think>\n\nb", "", "b"),
    ("<THINK>a</Think>b", "a", "b"),
    ("a\n</think>\n\nb", "a", "b"),
    ("<think>a <think> b</think> c</think>d", "a <think> b\n\nc", "d"),
    ("<think>a</think>b\n<think>c</think>d", "a\n\nc", "b\nd"),
    ("<think>a</think>b</think>", "a", "b"),
    ("<think>see ```x\n</think>\nb ```y```", "see ```x", "b ```y```"),
    ("[THINK]a[/THINK]b", "a", "b"),
    ("<|channel>thought\na\n<channel|>b", "a", "b"),
    ("<|channel>thought\n<channel|>b", "", "b"),
    ("◁think▷a◁/think▷b", "a", "b"),
    ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b<|end_of_solution|>", "a", "b"),
    ("Here is my thought process:\na\nHere is my response:\nb", "a", "b"),
    (
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>",
        "a",
        "b",
    ),
    ("analysisUser asks. a.assistantfinalHello b", "User asks. a.", "Hello b"),
    ("<think>a</think>\n<answer>b</answer>", "a", "b"),
    ("<answer>b</answer>", "", "b"),
    ("thinking aloud\n<answer>b</answer>", "thinking aloud", "b"),
    ("<think>a\n<answer>b</answer>", "a", "b"),
    ("<reasoning>a</reasoning><answer>b", "a", "b"),
    ("<think>a</think>", "a", ""),
    ("a</think>", "a", ""),
    ("<mm:think>a</mm:think>b", "a", "b"),
    ("<think:6124c78e>a</think:6124c78e>b", "a", "b"),
    ("a</ifm|think_fast>b<|ifm|im_end|>", "a", "b"),
    ("to=self<|message|>a<|eom|><|start|>assistant to=user<|message|>b<|eot|>", "a", "b"),
    ("a<|eom|><|start|>assistant to=user<|message|>b", "a", "b"),
    ("<|im_start|>think\na\n<|im_start|>answer\nb<|im_end|>", "a", "b"),
    ("<unused94>thought\na<unused95>b<end_of_turn>", "a", "b"),
    ("## Thinking\na\n\n## Final Response\nb", "a", "b"),
    ("Here are my reasoning steps:\na\n[BEGIN FINAL RESPONSE]\nb\n[END FINAL RESPONSE]", "a", "b"),
    ("<think>a</think><|im_end|>", "a", ""),
    (
        "It has <item>\n<thought>\nand no end.\n</think>\nb",
        "It has <item>\n<thought>\nand no end.",
        "b",
    ),
    ("Let me look. <think>a</think>\n\nb", "Let me look. <think>a", "b"),
    ("a</think>b</think></think>", "a", "b"),
    ("a</think>\nb\n</think>\n</think>\n", "a", "b"),
    ("a\n</think>\nb\n</think>\nc", "a\n\nb", "c"),
    ("<|think|>a<|/think|>b", "a", "b"),
    ("<chain-of-thought>a</chain-of-thought>b", "a", "b"),
    ("<cot>a</cot>b", "a", "b"),
    ("<internal_reasoning>a</internal_reasoning>b", "a", "b"),
    ("<antThinking>a</antThinking>b", "a", "b"),
    ("<think/>b", "", "b"),
    ("<think />\n\nb", "", "b"),
    ("\ufeff<think>a</think>b", "a", "b"),
    ("<|im_start|>assistant\n<think>a</think>b<|im_end|>", "a", "b"),
    ("<|start_header_id|>assistant<|end_header_id|>\n\n<think>a</think>b", "a", "b"),
    ("<start_of_turn>model\na\n</think>\nb<end_of_turn>", "a", "b"),
    ("<｜Assistant｜><think>a</think>b", "a", "b"),
    ('<details type="reasoning" done="true">\na\n</details>\nb', "a", "b"),
    ("<think>a</think>\nUse:\n```\n<think>x</think>\n```", "a", "Use:\n```\n<think>x</think>\n```"),
    (
        "a\n</think>\nUse:\n\n    <think>\n    x\n    </think>\n",
        "a",
        "Use:\n\n    <think>\n    x\n    </think>",
    ),
]
CUT = [
    "<think>a",
    "<thi",
    "[THINK] a",
    "<|channel>thought\na",
    "<|channel|>analysis<|message|>a",
    "analysisWe need",
    "◁think▷a",
    "<think>a</think>\n<think>b",
]
WHOLE = [
    "",
    "plain",
    "analysis of the data shows",
    "Use the `</think>` tag.",
    'The tag "</think>" closes it.',
    "The <answer> tag holds it.",
    "Use it:\n```\n<think>\nx\n</think>\ny\n```\nDone.",
    "  indented, and with a line of its own\n",
    "<doc>\n  <n>1</n>\n  <thought>a</thought>\n</doc>",
    "<response>\n  <code>200</code>\n</response>",
    "The raw reply:\n\n> <think>\n> a\n> </think>\n\nIt is short.",
    "It writes:\n\n    <|channel|>final<|message|>a<|return|>\n\nNothing else.",
    "## Thinking\na\n\n## Planning\nb\n\n## Final Response\nc",
    "Mara waits. [THINKING] The cake? [/THINKING]\n\nMARA\nWater.",
    "The turn ends with <|im_end|>",
    "It was <s>18</s>",
    "Apriel ends with:\n```\n[BEGIN FINAL RESPONSE]\na\n[END FINAL RESPONSE]\n```",
    "It looks so:\n\n    <think>\n    a\n    </think>\n    b\n\nThat is all.",
    "It looks so:\n\n\t<think>\n\ta\n\t</think>\n\tb",
    "It looks so:\n```xml\n<think>\na\n</think>\nb",  # cut inside the code
    "| mark | use |\n|---|---|\n| <think> | opens |\n| </think> | closes |",
    "- <think> opens\n- </think> closes",
    "1. <think>\n2. a\n3. </think>",
    "# The <think> tag\n\nIt opens reasoning; </think> ends it.",
    "<details>\n<summary>More</summary>\na\n</details>\nb",
]


@pytest.mark.parametrize(("text", "reasoning", "answer"), SPLIT)
def test_reasoning_is_split_off(text: str, reasoning: str, answer: str) -> None:
    split = split_reasoning(text)
    assert (split.answer, split.unfinished) == (answer, False)
    assert " ".join(split.reasoning.split()) == " ".join(reasoning.split())
    assert split.form is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['part']}-{row['kind']}")
def test_what_the_user_reads(row: dict[str, Any]) -> None:
    split = split_reasoning(row["text"])
    assert row["unfinished"] in (None, split.unfinished)
    assert split.answer.split() == row["answer"].split()


def test_the_corpus_is_wide() -> None:
    assert sum(row["part"] == "held_out" for row in ROWS) >= 30
    assert len({row["kind"] for row in ROWS}) >= 10
    assert len({row["text"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("text", CUT)
def test_reasoning_that_never_ends(text: str) -> None:
    split = split_reasoning(text)
    assert split.unfinished
    assert split.form is not None


@pytest.mark.parametrize("text", WHOLE)
def test_text_that_only_speaks_of_marks_stays_as_it_is(text: str) -> None:
    assert split_reasoning(text) == Split(text, "", None)


def test_a_text_without_reasoning_loses_only_the_tokens_of_its_turn() -> None:
    text = "<|im_start|>assistant\nIt opens at nine.<|im_end|>"
    assert split_reasoning(text) == Split("It opens at nine.", "", None)


def test_a_closing_mark_alone_was_opened_by_the_template() -> None:
    assert not split_reasoning("a</think>b").opened
    assert split_reasoning("<think>a</think>b</think>c").opened


def test_answer_marks_may_belong_to_the_reader() -> None:
    text = "<think>a</think>\n<answer>b</answer>"
    assert split_reasoning(text, unwrap=False).answer == "<answer>b</answer>"
    assert split_reasoning("<think>a\n<answer>b</answer>", unwrap=False).unfinished


@pytest.mark.parametrize(
    "part", ["<think>", "</think>", "<answer>", "`</think>", "```\n", "<think>a</think>b\n", "< ",
             "assistantfinal", "analysis!assistantfinal!", "<|channel|>a ", "<", "<|",
             "[", "<b>", "x <think> ", '"<think>', "x </think> a ", "<|channel|>a",
             "a<|im_end|>", "<|im_end|>", "</s>", "<s></s>", "</s><s>", " \n", "a<b>\n<think>",
             "x<b><thought>\n</thought>", "> <think>\n", "[BEGIN FINAL RESPONSE]\n",
             "a</think>b", "- <think> ", "a\n    <think>\n", "\ufeff", "<details type=",
             "<|im_start|>assistant\n", "<think/>"]
)  # fmt: skip
def test_time_grows_with_the_length(part: str) -> None:
    """Ten times the text takes about ten times as long, not a hundred times."""

    def seconds(times: int) -> float:
        text = part * times
        gc.disable()  # it would walk through all that other tests have left
        try:
            began = time.process_time()
            split_reasoning(text)
            return time.process_time() - began
        finally:
            gc.enable()

    least = min(seconds(2_000) for _ in range(3))
    assert seconds(20_000) < 40 * max(least, 0.002)


@pytest.mark.skipif(not GIVEN.exists(), reason="../shared/data is not part of this repository")
def test_given_responses() -> None:
    for line in GIVEN.read_text("utf-8").splitlines():
        case = json.loads(line)
        split = split_reasoning(case["text"])
        assert (None if split.unfinished else split.answer) == case["answer"], case["case"]

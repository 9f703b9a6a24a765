"""Tokens that end a turn are no part of the answer; a text that speaks of them keeps them."""

import pytest
from inspect_ai.model import ModelOutput

from scorers.responses import read_response
from scorers.responses.end_tokens import without_end_tokens


@pytest.mark.parametrize(
    "token",
    [
        "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "</s>",
        "<end_of_turn>", "<turn|>", "<eos>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>",
        "[|endofturn|]", "<|return|>", "<|role_end|>", "<｜hy_eos:opensource｜>", "<seed:eos>",
        "<|flush|>", "<SPECIAL_12>", "[EOS]", "<|user|>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("between", ["", "\n", " "])
def test_it_is_left_out(token: str, between: str) -> None:
    assert without_end_tokens(f"It opens at nine.{between}{token}\n") == "It opens at nine."
    assert without_end_tokens(f"```\nx\n```{token}") == "```\nx\n```"
    assert without_end_tokens(token) == ""
    assert without_end_tokens(f"Nine.{token}{token}\n{token}") == "Nine."


@pytest.mark.parametrize(
    "text",
    [
        "A turn ends with <|im_end|>", "The token: </s>", "Use `</s>`", "It is '<eos>'",
        "It was <s>18</s>", "<|im_end|> ends a turn.", "Nine. ", "<|im_start|>", "a <|endless|>",
    ],
)  # fmt: skip
def test_a_text_that_speaks_of_it_is_left_as_it_is(text: str) -> None:
    assert without_end_tokens(text) == text


def test_nothing_but_the_token_is_an_empty_answer() -> None:
    assert read_response(ModelOutput.from_content("m", "<|im_end|>")).ending == "no_response"
    thought = ModelOutput.from_content("m", "Is it open?\n</think>\n<|im_end|>")
    assert read_response(thought).ending == "only_reasoning"

"""What `vllm serve` does around its engine, for an engine without a server: before it and behind it.

Chat template, tokens, settings of the sampling and limits are found by vLLM's own functions, so that
an engine of Ray Data answers what a server would.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from cosapien import UserError

Body = dict[str, Any]
SAMPLING = (
    "presence_penalty", "frequency_penalty", "repetition_penalty", "temperature", "top_p", "top_k",
    "min_p", "seed", "stop", "stop_token_ids", "ignore_eos", "max_tokens", "min_tokens",
    "skip_special_tokens", "spaces_between_special_tokens", "include_stop_str_in_output", "bad_words",
)  # fmt: skip
"""Settings that go to the engine; each row has all of them, as Arrow wants it."""
NOT_COVERED = (
    ("tools", "tools"),
    ("logprobs", "log probabilities"),
    ("logit_bias", "logit_bias"),
    ("stream", "streaming"),
    ("structural_tag", "structural tags"),
)


class Facts(BaseModel):
    """What a server knows of its model.

    Attributes:
        window: Longest prompt and answer together, in tokens.
        defaults: Settings of the sampling where a request says nothing.
        limit: Most tokens of any answer, or None.
        ends: Tokens that end an answer.
    """

    model_config = ConfigDict(frozen=True)

    window: int
    defaults: dict[str, Any]
    limit: int | None
    ends: frozenset[int]


class Prompt(NamedTuple):
    """What the engine gets: tokens, and settings of the sampling by vLLM's names."""

    tokens: list[int]
    sampling: dict[str, Any]


class Prompts:
    """The work around one model's engine."""

    def __init__(self, tokenizer: Any, facts: Facts, template: str | None) -> None:  # noqa: ANN401
        """Keeps what is needed.

        Args:
            tokenizer: Of transformers.
            facts: Of the model.
            template: A chat template in place of the model's own.
        """
        self._tokenizer, self._facts, self._template = tokenizer, facts, template

    def prompt(self, body: Body) -> Prompt:
        """What the engine gets for a request.

        Args:
            body: As it would be sent to `/v1/chat/completions`.

        Raises:
            UserError: It asks for what Ray's engine does not do.
            ValueError: Of vLLM: it is wrong, or too long.
        """
        from scorers.clusters.engines.vllm_inside import ChatCompletionRequest, get_max_tokens

        _check_covered(body)
        request = ChatCompletionRequest.model_validate(body)
        chat = request.build_chat_params(self._template, "auto")
        text = self._tokenizer.apply_chat_template(
            [_plain(message) for message in body["messages"]],
            tokenize=False,
            chat_template=chat.chat_template,
            **chat.chat_template_kwargs,
        )
        model: Any = SimpleNamespace(max_model_len=self._facts.window)
        rules = request.build_tok_params(model)
        tokens = self._tokenizer.encode(text, **rules.get_encode_kwargs())
        tokens = rules.apply_post_tokenization(self._tokenizer, {"prompt_token_ids": tokens})[
            "prompt_token_ids"
        ]
        asked = request.max_completion_tokens
        most = get_max_tokens(
            self._facts.window,
            request.max_tokens if asked is None else asked,
            len(tokens),
            self._facts.defaults,
            self._facts.limit,
        )
        params = request.to_sampling_params(most, self._facts.defaults)
        sampling = {name: getattr(params, name) for name in SAMPLING}
        if params.structured_outputs is not None:
            sampling["structured_outputs"] = {"json": _schema(params.structured_outputs)}
        return Prompt(tokens, sampling)

    def completion(
        self, model: str, body: Body, prompt: Prompt, text: str, tokens: list[int]
    ) -> Body:
        """An answer of the engine, as a server would send it.

        Args:
            model: Its name.
            body: The request.
            prompt: What the engine got.
            text: What it said.
            tokens: The same as tokens.
        """
        finish = "length" if self._cut(prompt.sampling, tokens) else "stop"
        counts = (len(prompt.tokens), len(tokens))
        return {
            "id": "chatcmpl-ray",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": finish,
                }
            ],
            "usage": {
                "prompt_tokens": counts[0],
                "completion_tokens": counts[1],
                "total_tokens": sum(counts),
            },
        }

    def _cut(self, sampling: dict[str, Any], tokens: list[int]) -> bool:
        """Whether an answer was cut; Ray's processor does not hand on what vLLM says of it."""
        if len(tokens) < sampling["max_tokens"]:
            return False
        ends = set(sampling["stop_token_ids"] or ())
        if not sampling["ignore_eos"]:
            ends |= self._facts.ends
        if tokens and tokens[-1] in ends:
            return False
        said = self._tokenizer.decode(tokens)
        return not any(end in said for end in sampling["stop"] or ())


def _check_covered(body: Body) -> None:
    found = [words for name, words in NOT_COVERED if body.get(name)]
    if (body.get("n") or 1) > 1:
        found.append("several choices")
    if found:
        raise UserError(
            f"vLLM replicas of a Ray cluster do not do {', '.join(found)}: ask a served endpoint"
        )


def _plain(message: Body) -> Body:
    """A message whose content is text, as vLLM gives it to templates."""
    content = message.get("content")
    if not isinstance(content, list):
        return message
    if any(part.get("type") != "text" for part in content):
        raise UserError("vLLM replicas of a Ray cluster take text only: ask a served endpoint")
    return message | {"content": "\n".join(part["text"] for part in content)}


def _schema(wanted: Any) -> str:  # noqa: ANN401
    import json

    if wanted.json is None:
        raise UserError("vLLM replicas of a Ray cluster take JSON schemas only as a forced form")
    return wanted.json if isinstance(wanted.json, str) else json.dumps(wanted.json)

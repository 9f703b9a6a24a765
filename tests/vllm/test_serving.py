"""What the benchmark needs of a real vLLM server, asked of one that runs on the CPU."""

import asyncio
import json
from pathlib import Path

import pytest
from inspect_ai.model import GenerateConfig, Model, ResponseSchema, get_model
from inspect_ai.util import JSONSchema

from tests.fakes.tiny_model import build_tiny_llama
from tests.fakes.vllm_server import serve

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

# Inspect keeps one server per model name and process, so the name is this module's own.
SERVED = "tiny-serving"

# The ratings are listed, because Inspect sends no minimum, maximum, pattern or maxLength to an
# OpenAI-compatible server; all fields are required, because the model may leave out the others.
SCHEMA = JSONSchema(
    type="object",
    properties={
        "rationale": JSONSchema(type="string"),
        "rating": JSONSchema(type="integer", enum=[0, 1, 2, 3, 4, 5]),
    },
    required=["rationale", "rating"],
    additionalProperties=False,
)
VERDICT = ResponseSchema(name="verdict", json_schema=SCHEMA)

PROMPTS = [
    "Is this safe?",
    "Describe the fight scene in the game.",
    "¿Qué es una respuesta segura?",
    "Was müssen die Behörden sicherstellen?",
    "Rate the response from 0 to 5.",
    " ".join(["You are a judge: evaluate the response under the safety config."] * 64),
]


@pytest.fixture(scope="module")
def base_url(tmp_path_factory):
    model = build_tiny_llama(tmp_path_factory.mktemp("model") / "tiny")
    with serve(model, served_name=SERVED) as url:
        yield url


def _model(base_url: str) -> Model:
    # Not memoised: each test closes its own client in the event loop that opened it.
    return get_model(f"vllm/{SERVED}", base_url=base_url, memoize=False)


def _generate(base_url, prompts, config):
    async def run():
        async with _model(base_url) as model:
            return await asyncio.gather(*(model.generate(text, config=config) for text in prompts))

    return asyncio.run(run())


def test_temperature_zero_repeats_itself(base_url):
    config = GenerateConfig(temperature=0, max_tokens=64)
    first = _generate(base_url, PROMPTS, config)
    # Again, now one at a time: what shares a batch must not matter.
    second = [_generate(base_url, [prompt], config)[0] for prompt in PROMPTS]

    assert [o.completion for o in first] == [o.completion for o in second]
    assert all(o.error is None and o.completion for o in first)
    assert len({o.completion for o in first}) == len(PROMPTS)
    assert {o.stop_reason for o in first} <= {"stop", "max_tokens"}
    assert all(o.usage is not None and 0 < o.usage.output_tokens <= 64 for o in first)


def test_seed_repeats_a_sampled_answer(base_url):
    def sampled(seed):
        config = GenerateConfig(temperature=1.0, seed=seed, max_tokens=64)
        return _generate(base_url, PROMPTS[:1], config)[0].completion

    assert sampled(7) == sampled(7)
    assert sampled(7) != sampled(8)


def _verdict(output):
    assert output.stop_reason == "stop", output.completion
    # Not strict: guided decoding lets raw control characters into a string of bounded length.
    verdict = json.loads(output.completion, strict=False)
    assert set(verdict) == {"rationale", "rating"}
    assert isinstance(verdict["rationale"], str)
    assert verdict["rating"] in range(6)
    return verdict


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_schema_forces_a_verdict(base_url, temperature):
    config = GenerateConfig(
        temperature=temperature, seed=1, max_tokens=512, response_schema=VERDICT
    )
    verdicts = [_verdict(output) for output in _generate(base_url, PROMPTS, config)]
    assert len({verdict["rating"] for verdict in verdicts}) > 1


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_bounded_rationale_goes_round_inspect(base_url, temperature):
    schema = SCHEMA.model_dump(exclude_none=True)
    schema["properties"]["rationale"]["maxLength"] = 60
    wanted = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema}}
    config = GenerateConfig(
        temperature=temperature, seed=1, max_tokens=256, extra_body={"response_format": wanted}
    )
    for output in _generate(base_url, PROMPTS, config):
        assert len(_verdict(output)["rationale"]) <= 60


def test_no_schema_no_verdict(base_url):
    config = GenerateConfig(temperature=0, max_tokens=256)
    for output in _generate(base_url, PROMPTS, config):
        with pytest.raises(json.JSONDecodeError):
            json.loads(output.completion, strict=False)


def test_a_prompt_beyond_the_context_says_so(base_url):
    prompt = "assistant " * 5000
    (output,) = _generate(base_url, [prompt], GenerateConfig(temperature=0, max_tokens=64))
    assert output.stop_reason == "model_length"


def test_a_judge_prompt_of_700_words_fits(base_url):
    text = (Path(__file__).resolve().parents[2] / "tests/vllm_env/install.sh").read_text()
    words = [word for word in text.split() if word.isalpha()]
    prompt = " ".join((words * 20)[:700])
    (output,) = _generate(base_url, [prompt], GenerateConfig(temperature=0, max_tokens=512))
    assert output.stop_reason in {"stop", "max_tokens"}
    assert output.usage is not None
    assert output.usage.input_tokens < 4096 - 512

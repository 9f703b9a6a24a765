"""Running the task against loopback servers, as the tests want it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspect_ai import eval as run_eval
from inspect_ai.log import EvalLog
from inspect_ai.model import GenerateConfig, Model, get_model

from tests.fakes.servers import ChatRequest, OpenAIServer, Reply, ReplyFn

TASK = "tasks/cosapien"
PREFLIGHT = "Reply with OK."


def answer(request: ChatRequest) -> Reply:
    """A candidate that repeats the question, so that judges can tell responses apart."""
    return Reply(f"About: {request.user}")


def is_helpfulness(request: ChatRequest) -> bool:
    """Whether a request asks the helpfulness judge (the compliance judge otherwise)."""
    return "how helpful" in request.system


def judging(
    rating: str | Callable[[ChatRequest], str] = "Fine.\nRating: [[5]]",
    verdict: str | Callable[[ChatRequest], str] = "Fine.\n[[YES]]",
) -> ReplyFn:
    """A judge that answers the two questions by constant texts or by functions of the request."""

    def reply(request: ChatRequest) -> Reply:
        if request.user == PREFLIGHT:
            return Reply("OK")
        answer = rating if is_helpfulness(request) else verdict
        return Reply(answer if isinstance(answer, str) else answer(request))

    return reply


def loop_model(server: OpenAIServer, name: str, **config: Any) -> Model:
    """A model on a loopback server that gives up quickly."""
    return get_model(
        f"openai-api/loop/{name}",
        base_url=server.base_url,
        api_key="loopback",
        config=GenerateConfig(max_retries=1, **config),
        max_retries=0,
        memoize=False,
    )


def local_model(folder: Path) -> Model:
    """A transformers model in this process, one prompt at a time: nothing shares a batch."""
    return get_model(
        "hf/local",
        config=GenerateConfig(max_connections=1),
        memoize=False,
        model_path=str(folder),
        device="cpu",
        do_sample=False,
    )


def run_task(
    server: OpenAIServer,
    dataset: Path | str,
    *,
    judges: tuple[str, ...] = ("judge",),
    model: Model | None = None,
    **options: Any,
) -> EvalLog:
    """One in-process run of the task file; task arguments go into `task_args`."""
    args = {"dataset": str(dataset), **options.pop("task_args", {})}
    graders: Any = [loop_model(server, name) for name in judges]
    roles = {"grader": graders if len(graders) > 1 else graders[0]} if graders else {}
    return run_eval(
        TASK,
        task_args=args,
        model=model or loop_model(server, "subject"),
        model_roles=options.pop("model_roles", roles),
        display="none",
        **options,
    )[0]


def metrics(log: EvalLog) -> dict[str, float]:
    """The run's metrics by name."""
    assert log.status == "success", log.error
    assert log.results is not None
    return {name: metric.value for name, metric in log.results.scores[0].metrics.items()}


def asked(server: OpenAIServer, model: str) -> list[ChatRequest]:
    """What a model was asked, without the preflight."""
    return [r for r in server.requests if r.model == model and r.user != PREFLIGHT]

"""vLLM engines on the cluster's own machines, by Ray Data LLM's vLLM processor.

Only the processor's engine is used. Its other steps (template, tokens, text) differ from a server's:
they add the first token of a prompt twice where the template writes it, and know no request's own
template arguments. `prompts` does them instead.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Iterator
from typing import Any

from scorers.asking import AskingStopped, one_line
from scorers.clusters.endpoints import Batch, row
from scorers.clusters.engines.exchange import Exchange
from scorers.clusters.engines.prompts import Facts, Prompt, Prompts
from scorers.clusters.engines.serving_args import ServingArgs
from scorers.clusters.models import ModelSpec
from scorers.clusters.settings import ClusterSettings

DATA, ERROR = "__data", "__inference_error__"
"""Columns of Ray's processor: what a row holds, and why it has no answer."""
BESIDE = 0.1
"""Processors that a step beside the engine asks for. Ray Data divides those of a cluster among all steps,
and starts a step where its share is enough: with one each, on two processors, answers would wait until
the last request has come."""


class Replicas:
    """The engines of one model."""

    def __init__(self, spec: ModelSpec, settings: ClusterSettings) -> None:
        """Prepares; nothing is started.

        Args:
            spec: A model `vllm/...` without an address.
            settings: Replicas, and what each of their workers holds.

        Raises:
            UserError: The model has arguments that cannot be followed.
        """
        self._spec, self._settings = spec, settings
        self._args = ServingArgs.of(spec)
        workers = self._args.workers
        bundle = {"CPU": settings.cpus}
        if settings.gpus:
            bundle["GPU"] = settings.gpus
        self._bundles = [bundle] * workers
        self.cpus, self.gpus = settings.cpus * workers, settings.gpus * workers
        """What one replica holds."""

    def _facts(self) -> Facts:
        import ray

        find: Any = ray.remote(_find_facts)
        options = {"num_cpus": self._settings.cpus, "num_gpus": self._settings.gpus or None}
        found = ray.get(find.options(**options).remote(self._args.source, self._args.engine))
        if isinstance(found, str):
            raise AskingStopped(f"vllm/{self._args.source} cannot be run: {found}")
        facts: Facts = found
        return facts

    def pipeline(self, blocks: Any) -> Any:  # noqa: ANN401
        """The pipeline of the engines, after a machine that can run the model was asked about it.

        Args:
            blocks: A data set with columns `index` and `requests`.

        Returns:
            A data set of `row`s.

        Raises:
            AskingStopped: The model cannot be run.
        """
        from ray.data.llm import build_processor, vLLMEngineProcessorConfig

        settings, args = self._settings, self._args
        key = pickle.dumps((self._spec, args.source, self._facts(), args.template))
        config = vLLMEngineProcessorConfig(
            model_source=args.source,
            engine_kwargs=dict(args.engine),
            # one request each: an engine takes the next one as soon as one is answered
            batch_size=1,
            max_concurrent_batches=settings.connections,
            max_tasks_in_flight_per_actor=max(settings.connections, settings.blocks + 1),
            concurrency=(settings.replicas, settings.replicas),
            placement_group_config={"bundles": self._bundles},
            should_continue_on_error=True,
            log_engine_metrics=False,
            chat_template_stage=False,
            tokenize_stage=False,
            detokenize_stage=False,
        )
        beside = {"num_cpus": BESIDE, "concurrency": settings.replicas + 1}
        processor = build_processor(config, preprocess_map_kwargs=beside)
        processor.postprocess = None  # it gives failed rows other columns than answered ones
        prompts = blocks.map_batches(_prepare, batch_size=1, fn_kwargs={"key": key}, **beside)
        answered: Any = processor(prompts)
        return answered.map_batches(_read, batch_size=None, fn_kwargs={"key": key}, **beside)


def _find_facts(source: str, engine: dict[str, Any]) -> Facts | str:
    """On a machine that can run the model: what a server would find out about it, or what is wrong."""
    try:
        from vllm import AsyncEngineArgs  # type: ignore[import-not-found,unused-ignore]

        model = AsyncEngineArgs(model=source, **engine).create_model_config()
        defaults = model.get_diff_sampling_param()
        own = model.generation_config not in ("auto", "vllm")
        limit = (
            defaults.get("max_tokens")
            if own
            else (model.override_generation_config or {}).get("max_new_tokens")
        )
        ends = (model.try_get_generation_config() or {}).get("eos_token_id")
        found = {*(ends if isinstance(ends, list) else [ends]), _tokenizer(source).eos_token_id}
        return Facts(
            window=model.max_model_len,
            defaults=defaults,
            limit=limit,
            ends=frozenset(token for token in found if token is not None),
        )
    except Exception as error:  # of vLLM, transformers, the Hub
        return one_line(error)


def _tokenizer(source: str) -> Any:  # noqa: ANN401
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(source)


@functools.cache
def _worker(key: bytes) -> tuple[Exchange, Prompts, str]:
    """What the steps beside the engine need, once for each process."""
    spec, source, facts, template = pickle.loads(key)
    return Exchange(spec), Prompts(_tokenizer(source), facts, template), source


def _prepare(batch: Batch, key: bytes) -> Any:  # noqa: ANN401
    """A block of requests as rows for the engine."""
    import pyarrow as pa

    exchange, prompts, _ = _worker(key)
    rows = []
    requests = pickle.loads(batch["requests"][0])
    for place, request in enumerate(requests):
        body, prompt, error = {}, Prompt([], {}), ""
        try:
            body = exchange.body(request)
            prompt = prompts.prompt(body)
        except Exception as fault:  # of vLLM, or of the model's template
            error = str(fault) or type(fault).__name__
        rows.append(
            {
                "index": int(batch["index"][0]),
                "place": place,
                "work": pickle.dumps((request, body, prompt)),
                "tokenized_prompt": prompt.tokens,
                "sampling_params": prompt.sampling or None,
                ERROR: error,
            }
        )
    return pa.Table.from_pylist(rows, schema=_schema())


def _schema() -> Any:  # noqa: ANN401
    """Columns for the engine: stated, since a setting that no row of a block has would have no type."""
    import pyarrow as pa

    kinds = {"seed": pa.int64(), "top_k": pa.int64(), "max_tokens": pa.int64()}
    kinds |= {"min_tokens": pa.int64(), "stop_token_ids": pa.list_(pa.int64())}
    kinds |= {name: pa.list_(pa.string()) for name in ("stop", "bad_words")}
    flags = ("ignore_eos", "skip_special_tokens", "spaces_between_special_tokens")
    kinds |= {name: pa.bool_() for name in (*flags, "include_stop_str_in_output")}
    numbers = ("presence_penalty", "frequency_penalty", "repetition_penalty", "temperature")
    kinds |= {name: pa.float64() for name in (*numbers, "top_p", "min_p")}
    kinds["structured_outputs"] = pa.struct({"json": pa.string()})
    return pa.schema(
        {
            "index": pa.int64(),
            "place": pa.int64(),
            "work": pa.binary(),
            "tokenized_prompt": pa.list_(pa.int64()),
            "sampling_params": pa.struct(kinds),
            ERROR: pa.string(),
        }
    )


def _read(batch: Batch, key: bytes) -> Iterator[Batch]:
    """Rows of the engine as answers."""
    exchange, prompts, source = _worker(key)
    found: dict[int, dict[int, str]] = {}
    for data in batch[DATA]:
        request, body, prompt = pickle.loads(data["work"])
        if error := data[ERROR]:
            # what a server says of a request that it cannot take; an engine that fails is another error
            status = 500 if prompt.tokens else 400
            given = {"error": {"message": error, "type": "BadRequestError", "code": status}}
        else:
            status = 200
            tokens = [int(token) for token in data["generated_tokens"]]
            given = prompts.completion(source, body, prompt, data["generated_text"], tokens)
        answer = exchange.answer(request, status, given)
        line = answer.model_dump_json(exclude_none=True)
        found.setdefault(int(data["index"]), {})[int(data["place"])] = line
    for index, lines in found.items():
        yield row(index, lines)

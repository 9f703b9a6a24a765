"""Inspect's model arguments of `vllm/MODEL`, which are those of `vllm serve`, as those of an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Self

from cosapien import UserError
from scorers.clusters.inspect_inside import parse_vllm_model
from scorers.clusters.models import ModelSpec

OF_INSPECT = {"is_mistral", "retry_delay", "lazy_init", "client_timeout", "use_chat_template"}
OF_A_SERVER = {"host", "timeout", "configure_logging", "uvicorn_log_level", "api_key"}
"""Arguments about a server and its start, which an engine in a cluster has not."""
NOT_COVERED = {
    "device": "set `gpus` of the cluster",
    "devices": "set `gpus` of the cluster",
    "enable_lora": "merge the adapter, or ask a served endpoint",
    "reasoning_parser": "Inspect reads <think> itself; or ask a served endpoint",
    "tool_call_parser": "ask a served endpoint",
    "enable_auto_tool_choice": "ask a served endpoint",
    "data_parallel_size": "set `replicas` of the cluster",
    "task_type": "leave it out",
}


class ServingArgs(NamedTuple):
    """What to run.

    Attributes:
        source: Name or folder of the model.
        engine: Arguments of the engine, by vLLM's names.
        template: A chat template in place of the model's own, or None.
    """

    source: str
    engine: dict[str, Any]
    template: str | None

    @classmethod
    def of(cls, spec: ModelSpec) -> Self:
        """Of a model.

        Args:
            spec: `vllm/...` without an address.

        Raises:
            UserError: It has an argument that an engine in a cluster cannot follow.
        """
        source, adapter = parse_vllm_model(spec.name.partition("/")[2])
        if adapter is not None:
            raise UserError(f"{spec.name}: adapters are not run by engine ray: merge it first")
        args = {name.replace("-", "_"): value for name, value in spec.args.items()}
        for name, instead in NOT_COVERED.items():
            if name in args:
                raise UserError(f"{spec.name}: -M {name} is not for engine ray: {instead}")
        template = args.pop("chat_template", None)
        if template is not None and Path(str(template)).is_file():
            template = Path(str(template)).read_text(encoding="utf-8")
        engine: dict[str, Any] = {}
        for name, value in args.items():
            if name in OF_INSPECT | OF_A_SERVER:
                continue
            place = engine
            *outer, last = name.split(".")
            for part in outer:
                place = place.setdefault(part, {})
            place[last] = value
        return cls(source, engine, template)

    @property
    def workers(self) -> int:
        """Processes of one engine, each with its own GPUs."""
        sizes = (self.engine.get(f"{kind}_parallel_size", 1) for kind in ("tensor", "pipeline"))
        tensor, pipeline = (int(size) for size in sizes)
        return tensor * pipeline

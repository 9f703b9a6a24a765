"""A model that another process, on another machine, can open: what Inspect opened here, as values."""

from __future__ import annotations

import os
from typing import Annotated, Any, Self

from inspect_ai.model import GenerateConfig, Model, get_model
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from cosapien import UserError
from scorers.asking.inspect_inside import OpenAIAPI, OpenAICompatibleAPI
from scorers.clusters.inspect_inside import VLLMAPI


class ModelSpec(BaseModel):
    """A model by name, address, key and settings.

    Attributes:
        name: Inspect's name.
        base_url: Of its server, or None: the provider's own, or none (`local`).
        api_key: Sent along, so that workers need no environment of their own; never shown.
        args: Of its provider (`-M`).
        config: Settings of all its requests.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    base_url: str | None
    api_key: SecretStr | None
    args: Annotated[dict[str, Any], Field(default_factory=dict)]
    config: GenerateConfig

    @classmethod
    def of(cls, model: Model) -> Self:
        """What a worker needs to open the same model.

        Args:
            model: As Inspect opened it here.

        Raises:
            UserError: Its provider is none that speaks OpenAI's chat completions.
        """
        api = model.api
        if not isinstance(api, OpenAIAPI | OpenAICompatibleAPI):
            raise UserError(
                f"{model}: engine ray asks vllm/MODEL on its own machines, or an endpoint that speaks "
                "OpenAI's chat completions (vllm/, openai/, openai-api/SERVICE/ and the like): use "
                "another engine for this model"
            )
        key = getattr(api, "api_key", None)
        return cls(
            name=str(model),
            base_url=None if is_local(model) else _address(api),
            api_key=SecretStr(key) if isinstance(key, str) else None,
            # a server that runs has its arguments; an engine gets them, the environment's included
            args=(api.server_args if isinstance(api, VLLMAPI) and is_local(model) else {})
            | dict(model.model_args),
            config=model.config,
        )

    def open(self) -> Model:
        """Open it; nothing is asked."""
        key = None if self.api_key is None else self.api_key.get_secret_value()
        return get_model(
            self.name,
            config=self.config,
            base_url=self.base_url,
            api_key=key,
            memoize=False,
            **self.args,
        )


def is_local(model: Model) -> bool:
    """Whether a model is `vllm/` without a server: one that the cluster's own machines run.

    Args:
        model: As Inspect opened it.
    """
    return isinstance(model.api, VLLMAPI) and _address(model.api) is None


def _address(api: OpenAIAPI | OpenAICompatibleAPI) -> str | None:
    if isinstance(api, VLLMAPI):
        return api._init_base_url or os.environ.get("VLLM_BASE_URL")
    return api.base_url

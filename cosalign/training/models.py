"""The model a training starts from: where it lies, how it writes a conversation, its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosalign.stages import StageError
from cosalign.stages.processes import main_first
from cosalign.training.parameters import TrainingParameters

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WEIGHTS = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")
"""What is fetched of a model on the Hub: no pickles, no code."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a training starts from.

    Attributes:
        folder: Folder of its weights or adapter, tokenizer and chat template.
        name: How it is named to others: the Hub's name, or the folder's path.
        revision: Its commit on the Hub; None for a folder.
    """

    folder: Path
    name: str
    revision: str | None = None


def find_model(name: str, revision: str | None) -> Start:
    """A model's folder; one of the Hub is fetched, or found in the cache.

    Raises:
        StageError: There is no such folder and no such model, or the Hub cannot be reached.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    if (folder := Path(name).expanduser()).is_dir():
        return Start(folder.resolve(), str(folder.resolve()))

    def fetch() -> Path:
        try:
            return Path(snapshot_download(name, revision=revision, allow_patterns=list(WEIGHTS)))
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
            raise StageError(
                f"model {name!r}: no such folder, and not found on the Hub "
                f"({str(error).splitlines()[0]})"
            ) from error

    found = main_first(fetch)
    return Start(found, name, found.name)


def load_tokenizer(
    start: Start, chat_template: Path | None
) -> tuple[PreTrainedTokenizerBase, frozenset[int], list[str]]:
    """A model's tokenizer, the ids of the tokens that end a response, and what to know about both.

    Raises:
        StageError: It has no chat template, no token that ends a response, or cannot be read.
    """
    from transformers import AutoTokenizer, GenerationConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(start.folder)
    except (OSError, ValueError) as error:
        raise StageError(f"{start.folder}: no readable tokenizer ({error})") from error
    if chat_template is not None:
        try:
            tokenizer.chat_template = chat_template.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StageError(f"chat_template {chat_template}: not readable ({error})") from error
    if not tokenizer.chat_template:
        raise StageError(
            f"model {start.name!r} has no chat template; name a Jinja file (`chat_template: FILE`)"
        )
    notes: list[str] = []
    try:
        ends = GenerationConfig.from_pretrained(start.folder).eos_token_id
    except OSError:
        ends = None
    found = set(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
    if not (found := found - {None}):
        raise StageError(
            f"model {start.name!r}: neither its tokenizer nor its generation config names a token "
            "that ends a response (eos_token)"
        )
    if tokenizer.pad_token is None:
        # The mask of labels goes by position, so that the end of a response is still learnt.
        tokenizer.pad_token_id = (
            min(found) if tokenizer.eos_token is None else tokenizer.eos_token_id
        )
        notes.append(f"the model has no pad token: {tokenizer.pad_token!r} pads, outside the loss")
    return tokenizer, frozenset(found), notes


def load_model(start: Start, parameters: TrainingParameters) -> Any:  # noqa: ANN401 - model or PEFT
    """The model to train; an adapter becomes a trainable PEFT model, or part of the weights.

    An adapter goes on being trained if the parameters ask for one of its form; if they ask for all
    weights, it is merged into them.

    Raises:
        StageError: It cannot be loaded, or is an adapter of another form than the one asked for.
    """
    frozen = parameters.lora is not None and parameters.precision == "bf16"
    if parameters.lora is None or not is_adapter(start.folder):
        dtype = "bfloat16" if frozen else "float32"
        return load_weights(start.folder, dtype, attention=parameters.attention)
    from peft import PeftConfig, PeftModel

    adapter, lora = PeftConfig.from_pretrained(str(start.folder)), parameters.lora
    form = (adapter.r, adapter.lora_alpha, adapter.lora_dropout)
    if form != (wanted := (lora.rank, lora.alpha, lora.dropout)):
        raise StageError(
            f"{start.folder} is an adapter of rank, alpha, dropout {form}, and `lora` asks for {wanted}"
            ": make them equal to go on with it, or leave `lora` out to train all weights"
        )
    base = find_model(adapter.base_model_name_or_path, adapter.revision).folder
    model = load_weights(base, "bfloat16" if frozen else "float32", attention=parameters.attention)
    return PeftModel.from_pretrained(model, str(start.folder), is_trainable=True)


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter rather than a model's weights."""
    return (folder / "adapter_config.json").exists()


def load_weights(folder: Path, dtype: str, *, attention: str | None = None) -> Any:  # noqa: ANN401
    """A causal language model with all its weights; an adapter is merged into its base, in float32.

    Args:
        folder: Of the model or adapter.
        dtype: `float32`, `bfloat16` or `float16`.
        attention: Attention implementation for transformers.

    Raises:
        StageError: It cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM

    if is_adapter(folder):
        from peft import PeftConfig, PeftModel

        adapter = PeftConfig.from_pretrained(str(folder))
        base = find_model(adapter.base_model_name_or_path, adapter.revision).folder
        adapted = PeftModel.from_pretrained(
            load_weights(base, "float32", attention=attention), str(folder)
        )
        return adapted.merge_and_unload().to(getattr(torch, dtype))
    options = {} if attention is None else {"attn_implementation": attention}
    try:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype), **options)
    except (OSError, ValueError, ImportError) as error:
        raise StageError(f"model {str(folder)!r} cannot be loaded: {error}") from error

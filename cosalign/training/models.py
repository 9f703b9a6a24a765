"""The model that a training starts from: its folder, tokenizer, chat template and weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosalign.stages import StageError
from cosalign.stages.processes import main_first
from cosalign.training.parameters import TrainingParameters
from cosapien.conversation import context_length, tokenizer_fault

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

WEIGHTS = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")
"""Files that are downloaded of a model on the Hub: no pickles, no code."""


@dataclass(frozen=True, slots=True)
class Start:
    """The model that a training starts from.

    Attributes:
        folder: Folder of its weights or adapter, tokenizer and chat template.
        name: Its public name: the name on the Hub, or the folder's path.
        revision: Its commit on the Hub; None for a folder.
    """

    folder: Path
    name: str
    revision: str | None = None


def find_model(name: str, revision: str | None) -> Start:
    """Find a model's folder; a model on the Hub is downloaded, unless it is in the cache.

    Args:
        name: A folder, or a name on the Hub.
        revision: Commit, branch or tag on the Hub.

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

    snapshot = main_first(fetch)
    return Start(snapshot, name, snapshot.name)


def load_tokenizer(
    start: Start, chat_template: Path | None
) -> tuple[PreTrainedTokenizerBase, frozenset[int], list[str]]:
    """Load a model's tokenizer.

    Args:
        start: The model.
        chat_template: Jinja file of a chat template to use instead of the model's own.

    Returns:
        The tokenizer, the ids of the tokens that end a response, and notes on both.

    Raises:
        StageError: The tokenizer cannot be read, or has no chat template or no token that ends a
            response.
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
    end_ids = set(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
    if not (end_ids := end_ids - {None}):
        raise StageError(
            f"model {start.name!r}: neither its tokenizer nor its generation config names a token "
            "that ends a response (eos_token)"
        )
    if tokenizer.pad_token is None:
        # Labels are masked by position, not by token, so the end of a response is still learnt.
        tokenizer.pad_token_id = (
            min(end_ids) if tokenizer.eos_token is None else tokenizer.eos_token_id
        )
        notes.append(f"the model has no pad token: {tokenizer.pad_token!r} pads, outside the loss")
    return tokenizer, frozenset(end_ids), notes


def check_chat_template(tokenizer: PreTrainedTokenizerBase, name: str) -> None:
    """Check that a chat template passes on the system message, which carries the safety config.

    Args:
        tokenizer: The tokenizer with its template.
        name: Public name of the model.

    Raises:
        StageError: It does not.
    """
    if fault := tokenizer_fault(tokenizer) or tokenizer_fault(tokenizer, answered=True):
        raise StageError(
            f"the chat template of {name} {fault}, so the model would be trained without any safety "
            "config; name another one (`chat_template: FILE`): one that writes the system message at the "
            "head of the user turn will do, as `-T placement=user` does in an evaluation"
        )


def check_max_length(start: Start, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
    """Check that a model can read the longest examples it may be trained on.

    Args:
        start: The model.
        tokenizer: Its tokenizer.
        max_length: Most tokens of an example.

    Raises:
        StageError: Its context is shorter.
    """
    from transformers import AutoConfig

    if is_adapter(start.folder):
        return  # its base was checked when it was trained
    longest = context_length(AutoConfig.from_pretrained(start.folder), tokenizer)
    if longest is not None and max_length > longest:
        raise StageError(
            f"max_length {max_length:,}: {start.name} reads at most {longest:,} tokens (its positions); "
            f"set it to at most {longest:,}"
        )


def load_model(start: Start, parameters: TrainingParameters) -> Any:  # noqa: ANN401 - model or PEFT
    """Load the model to train.

    An adapter is trained further if the parameters ask for an adapter of the same form. If they ask
    for all weights, it is merged into its base model.

    Args:
        start: The model.
        parameters: Parameters of the training.

    Raises:
        StageError: The model cannot be loaded, is an adapter of a different form, or has fewer layers
            than are to be frozen.
    """
    frozen = parameters.lora is not None and parameters.precision == "bf16"
    if parameters.lora is None or not is_adapter(start.folder):
        dtype = "bfloat16" if frozen else "float32"
        model = load_weights(start.folder, dtype, attention=parameters.attention)
        _freeze(model, parameters.frozen_layers)
        return model
    from peft import PeftConfig, PeftModel

    adapter, lora = PeftConfig.from_pretrained(str(start.folder)), parameters.lora
    form = (adapter.r, adapter.lora_alpha, adapter.lora_dropout)
    if form != (wanted := (lora.rank, lora.alpha, lora.dropout)):
        raise StageError(
            f"{start.folder} is an adapter of rank, alpha, dropout {form}, and `lora` asks for {wanted}"
            ": make them equal to train it further, or leave `lora` out to train all weights"
        )
    base = find_model(adapter.base_model_name_or_path, adapter.revision).folder
    model = load_weights(base, "bfloat16" if frozen else "float32", attention=parameters.attention)
    return PeftModel.from_pretrained(model, str(start.folder), is_trainable=True)


def _freeze(model: PreTrainedModel, layers: int) -> None:
    """Leave the lowest layers out of the training, and the embeddings below them."""
    if not layers:
        return
    from torch.nn import ModuleList

    stacks = [part for part in model.base_model.children() if isinstance(part, ModuleList)]
    if len(stacks) != 1 or layers > len(stacks[0]):
        known = f"it has {len(stacks[0])} layers" if len(stacks) == 1 else "it has no single stack"
        raise StageError(f"frozen_layers {layers}: the model does not allow it, since {known}")
    for part in (model.get_input_embeddings(), *stacks[0][:layers]):
        part.requires_grad_(False)


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter rather than a model's weights."""
    return (folder / "adapter_config.json").exists()


def load_weights(folder: Path, dtype: str, *, attention: str | None = None) -> Any:  # noqa: ANN401
    """Load all weights of a causal language model; an adapter is merged into its base, in float32.

    Args:
        folder: Folder of the model or adapter.
        dtype: `float32`, `bfloat16` or `float16`.
        attention: Attention implementation of transformers.

    Raises:
        StageError: The model cannot be loaded.
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

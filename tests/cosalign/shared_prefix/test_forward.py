"""A pass with a shared prefix against a plain pass: the same figures, the same gradients."""

from pathlib import Path
from typing import Any

import pytest
import torch
from trl.trainer.utils import add_fused_lm_head

from cosalign.shared_prefix import share_prefixes
from cosalign.shared_prefix.forward import shared_length
from cosalign.training.models import load_weights
from tests.cosalign.training.tiny_training import tiny_model

OUTPUTS = ("log_probs", "entropy", "mean_logits", "is_top1")
PREFIX, PAD = 30, 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


def batch(*, prefix: int = PREFIX, seed: int = 5) -> dict[str, torch.Tensor]:
    """Five sequences with a common beginning, own prompts and responses, padded on the right."""
    random = torch.Generator().manual_seed(seed)
    draw = lambda n: torch.randint(5, 20, (n,), generator=random)  # noqa: E731
    common, rows, labels = draw(prefix), [], []
    for prompt, response in ((4, 6), (7, 2), (1, 9), (5, 5), (4, 6)):
        ids = torch.cat([common, draw(prompt), draw(response)])
        learnt = ids.clone()
        learnt[: prefix + prompt] = -100
        rows.append(ids)
        labels.append(learnt)
    pad = torch.nn.utils.rnn.pad_sequence
    input_ids = pad(rows, batch_first=True, padding_value=PAD)
    mask = pad([torch.ones_like(row) for row in rows], batch_first=True, padding_value=0)
    return {
        "input_ids": input_ids,
        "attention_mask": mask,
        "labels": pad(labels, batch_first=True, padding_value=-100),
    }


def run(folder: Path, inputs: dict[str, torch.Tensor], *, share: bool) -> tuple[Any, Any]:
    """The output, and the gradient of each weight."""
    model = load_weights(folder, "float32")
    add_fused_lm_head(model, outputs=OUTPUTS)
    if share:
        share_prefixes(model)
    output = model(**inputs, use_cache=False, fused_lm_head=True)
    output.loss.backward()
    return output, {name: p.grad for name, p in model.named_parameters()}


def test_the_same_figures_and_gradients(folder: Path) -> None:
    inputs = batch()
    (plain, wanted), (shared, found) = (run(folder, inputs, share=s) for s in (False, True))
    for name in (*OUTPUTS, "label_mask"):
        assert getattr(shared, name).shape == getattr(plain, name).shape
    torch.testing.assert_close(shared.log_probs, plain.log_probs)
    torch.testing.assert_close(shared.loss, plain.loss)
    assert torch.equal(shared.label_mask, plain.label_mask)
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, msg=name)


def test_a_prefix_is_computed_once(folder: Path) -> None:
    """The layers see the prefix in one row, then five rows of what is left."""
    model = load_weights(folder, "float32")
    add_fused_lm_head(model)
    share_prefixes(model)
    seen: list[tuple[int, ...]] = []
    model.base_model.layers[0].register_forward_pre_hook(lambda _, args: seen.append(args[0].shape))
    inputs = batch()
    model(**inputs, use_cache=False, fused_lm_head=True)
    whole = inputs["input_ids"].shape[1]
    assert [shape[:2] for shape in seen] == [(1, PREFIX), (5, whole - PREFIX)]


def test_sequences_of_two_configs_are_two_groups(folder: Path) -> None:
    """Rows in turns, of different lengths: each group is as long as its own longest sequence."""
    one, other = batch(), batch(seed=6)
    inputs = {name: torch.stack([one[name], other[name]], dim=1).flatten(0, 1) for name in one}
    (plain, wanted), (shared, found) = (run(folder, inputs, share=s) for s in (False, True))
    for name in ("log_probs", "entropy", "mean_logits"):
        kept = plain.label_mask
        torch.testing.assert_close(getattr(shared, name)[kept], getattr(plain, name)[kept])
    assert torch.equal(shared.label_mask, plain.label_mask)
    torch.testing.assert_close(shared.loss, plain.loss)
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, msg=name)

    model = load_weights(folder, "float32")
    add_fused_lm_head(model)
    share_prefixes(model)
    seen: list[tuple[int, ...]] = []
    model.base_model.layers[0].register_forward_pre_hook(lambda _, args: seen.append(args[0].shape))
    model(**inputs, use_cache=False, fused_lm_head=True)
    assert [shape[0] for shape in seen] == [1, 5, 1, 5]


def test_how_much_is_shared() -> None:
    ids = torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, 1, 2]])
    late = torch.tensor([[-100, -100, -100, -100, 9], [-100, -100, -100, -100, 2]])
    assert shared_length(ids, late) == 3
    # the last token of the shortest prompt predicts its response, so it stays with the response
    early = torch.tensor([[-100, -100, 7, 8, 9], [-100, -100, -100, -100, 2]])
    assert shared_length(ids, early) == 1
    assert shared_length(ids, torch.full_like(ids, -100)) == 3
    assert shared_length(ids[:1], late[:1]) == 0


def test_short_prefixes_and_other_passes_stay_as_they_are(folder: Path) -> None:
    (plain, _), (shared, _) = (run(folder, batch(prefix=3), share=s) for s in (False, True))
    torch.testing.assert_close(shared.log_probs, plain.log_probs)
    model = load_weights(folder, "float32")
    inputs = batch()
    logits = model(input_ids=inputs["input_ids"]).logits
    add_fused_lm_head(model)
    share_prefixes(model)
    assert torch.equal(model(input_ids=inputs["input_ids"]).logits, logits)

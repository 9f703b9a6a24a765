"""TRL's DPO trainer with four changes. Imports torch and trl: import it only where it is used.

It accepts tokenised pairs; the reference model is always evaluated without dropout; sequences can share
the computation of their common prefix; and an evaluation ranks every dev pair, which gives the
controllability curve: the share of pairs ranked correctly, by config mode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import EvalPrediction
from trl.trainer.dpo_trainer import DPOTrainer

from cosalign.shared_prefix import share_prefixes


class PairTrainer(DPOTrainer):
    """DPO on tokenised pairs, evaluated pair by pair. See `controllability`.

    Args:
        shared_prefix: Whether to compute a batch's common first tokens once (`share_prefixes`).
        others: Arguments of TRL's trainer.
    """

    def __init__(self, *, shared_prefix: bool = False, **others: Any) -> None:  # noqa: ANN401
        self._to_share = shared_prefix
        super().__init__(**others)
        self._share()

    def _share(self) -> None:
        """Share prefixes from here on: TRL asks for the reference's figures while it is built."""
        if self._to_share:
            self._to_share = False
            share_prefixes(self.model)

    def _prepare_dataset(self, dataset: Dataset, *_: object) -> Dataset:
        return dataset

    def compute_ref_log_probs(
        self, model: torch.nn.Module, inputs: Mapping[str, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """TRL's method, without dropout: new adapters start in training mode."""
        self._share()
        training = model.training
        model.eval()
        try:
            chosen, rejected = super().compute_ref_log_probs(model, inputs)  # type: ignore[no-untyped-call]
            return chosen, rejected
        finally:
            model.train(training)

    def prediction_step(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The loss, and for each pair the log-probabilities of both responses.

        Returns:
            The loss, an array (pairs, 4) of log-probabilities in nats: chosen and rejected under
            the model, chosen and rejected under the reference; and zeros in place of labels.
        """
        inputs = self._prepare_inputs(inputs)
        with torch.no_grad(), self.compute_loss_context_manager():
            output = model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                labels=inputs["input_ids"].masked_fill(inputs["completion_mask"] == 0, -100),
                use_cache=False,
                fused_lm_head=True,
            )
        chosen, rejected = output.log_probs.float().sum(dim=1).chunk(2)
        sides = [chosen, rejected, inputs["ref_chosen_logps"], inputs["ref_rejected_logps"]]
        logps = torch.stack([side.to(chosen) for side in sides], dim=1)
        margin = self.beta * ((logps[:, 0] - logps[:, 2]) - (logps[:, 1] - logps[:, 3]))
        loss = -torch.nn.functional.logsigmoid(margin).mean()
        return loss, logps, torch.zeros_like(margin)


def controllability(
    prediction: EvalPrediction, *, beta: float, modes: Sequence[str | None]
) -> dict[str, float]:
    """Metrics of a model on the dev pairs.

    Args:
        prediction: Log-probabilities as `PairTrainer.prediction_step` returns them.
        beta: DPO's beta.
        modes: Config mode of each pair, in order.

    Returns:
        `loss` (DPO's, without other terms), `margin` (reward of chosen minus rejected), `accuracy`
        (share of pairs with a positive margin), `ranked` (share of pairs whose chosen response is
        likelier than the rejected one; meaningful even before the first step), both also by mode
        (`accuracy/exact`, ...), and `kl`: half the mean squared log-ratio of model and reference
        over the dev responses, in nats squared. This is Schulman's k2 estimator of
        KL(model, reference), on responses that the model did not write: a distance that grows from
        0, not the divergence itself.
    """
    logps = np.asarray(prediction.predictions, dtype=np.float64)
    ratios = logps[:, :2] - logps[:, 2:]
    margin = beta * (ratios[:, 0] - ratios[:, 1])
    right, ranked = margin > 0, logps[:, 0] > logps[:, 1]
    metrics = {
        "loss": float(np.logaddexp(0, -margin).mean()),
        "margin": float(margin.mean()),
        "accuracy": float(right.mean()),
        "ranked": float(ranked.mean()),
        "kl": float((ratios**2).mean() / 2),
    }
    kinds = np.array([str(mode) for mode in modes])
    for mode in sorted({str(mode) for mode in modes if mode is not None}):
        metrics[f"accuracy/{mode}"] = float(right[kinds == mode].mean())
        metrics[f"ranked/{mode}"] = float(ranked[kinds == mode].mean())
    return metrics

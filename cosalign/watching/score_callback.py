"""Scores a model every few steps. Imports torch and transformers: import it only where it is used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from accelerate.utils import gather_object
from transformers import (
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from cosalign.stages import StageError
from cosalign.stages.processes import everyone
from cosalign.watching.course import course
from cosalign.watching.lines import say
from cosalign.watching.responses import prompt_ids, undisturbed, write_responses
from cosalign.watching.score_parameters import ScoreParameters
from cosalign.watching.scores import figures, judge, score_line
from cosapien.conversation import context_length

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from cosapien import Benchmark


class ScoreCallback(TrainerCallback):
    """Scores at the start, every few steps and at the end; may end the training early.

    The training is the same as without it: see `undisturbed`. Several processes divide the records.

    Args:
        trainer: The trainer, before its training.
        parameters: When and how to score.
        benchmark: The records, see `score_records`.
        ends: Ids of the tokens that end a response.
        method: Name of the training, `sft` or `dpo`.
        on_best: Called in every process with the step of each new best score; None: nothing is.

    Raises:
        StageError: A record does not fit the model's context.
    """

    def __init__(
        self,
        trainer: Trainer,
        parameters: ScoreParameters,
        benchmark: Benchmark,
        *,
        ends: frozenset[int],
        method: str,
        on_best: Callable[[int], None] | None = None,
    ) -> None:
        self._trainer, self._parameters, self._ends = trainer, parameters, ends
        self._method, self._on_best = method, on_best
        assert isinstance(trainer.processing_class, PreTrainedTokenizerBase)
        self._tokenizer = trainer.processing_class
        records = benchmark.records
        prompts = prompt_ids(records, self._tokenizer, parameters.template)
        self._asked = list(zip(records, prompts, strict=True))
        self._check_context()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Score the model that the training starts from."""
        if state.global_step == 0:  # not after an interruption
            self._score(state, control)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Score the model if it is time, keep the best, and end the training if it is enough."""
        last = control.should_training_stop
        if not last and state.global_step % self._parameters.every:
            return
        self._score(state, control)
        scores = course(state.log_history)
        best = scores.best
        if self._on_best is not None and best is not None and best[0] == state.global_step:
            self._on_best(state.global_step)
        patience = self._parameters.stop_after
        if not last and patience is not None and scores.since_best >= patience:
            control.should_training_stop = True
            # A training that is resumed at the step at which it stopped would take one more.
            control.should_save = False
            self._say(
                state,
                f"no better score in {patience} evaluations, so the training ends here, before step "
                f"{state.max_steps:,}",
            )

    def _score(self, state: TrainerState, control: TrainerControl) -> None:
        share = self._asked[everyone().process_index :: everyone().num_processes]
        model = _inner(self._trainer.model)
        with undisturbed(model):
            written = write_responses(
                model,
                self._tokenizer,
                [(record.config.text, ids) for record, ids in share],
                ends=self._ends,
                max_tokens=self._parameters.max_tokens,
                batch=self._parameters.batch,
            )
        scored = [judge(record, one) for (record, _), one in zip(share, written, strict=True)]
        found = figures(gather_object(scored))
        # Not TRL's `log`, which would end the running means of its metrics here; and the callbacks of
        # `log` withdraw a wish for the log of this step.
        wanted = control.should_log
        Trainer.log(self._trainer, dict(found))
        control.should_log = wanted
        if not sys.stderr.isatty():  # there, the bar shows the log
            self._say(state, score_line(found))

    def _say(self, state: TrainerState, what: str) -> None:
        if state.is_world_process_zero:
            say(f"{self._method}: step {state.global_step:,}: {what}")

    def _check_context(self) -> None:
        context = context_length(_inner(self._trainer.model).config, self._tokenizer)
        record, ids = max(self._asked, key=lambda asked: len(asked[1]))
        if context is not None and len(ids) + self._parameters.max_tokens > context:
            raise StageError(
                f"score: record {record.id} has {len(ids):,} tokens, which with max_tokens "
                f"{self._parameters.max_tokens:,} is more than the model's context of {context:,}; "
                "name a benchmark with shorter configs, or lower max_tokens"
            )


def _inner(model: Any) -> PreTrainedModel:  # noqa: ANN401 - a model of transformers or PEFT
    """The model itself; adapters stay in it and take effect."""
    from peft import PeftModel

    return cast(
        "PreTrainedModel", model.get_base_model() if isinstance(model, PeftModel) else model
    )

"""Stage 0 of the toy world: a tiny Llama, trained from random weights, that always helps.

It learns the world's facts, answers every question regardless of the system prompt, continues
conversations, and reads lists (`is the small owl on the list?`), as an instruction-tuned model does.
It never sees a config, a refusal, a held-out phrase or a held-out set of topics.

It learns to read lists early if the initial weights are not too small, and if the first steps train
on lists alone.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from cosalign.stages import Counts, Parameters, Stage, run_stage
from cosalign.toy import world
from cosalign.toy.tokens import IGNORED, Codec, save_tokenizer
from cosalign.toy.world import QUESTIONS, SEPARATOR, TOPICS, Thing

Positive = Annotated[int, Field(ge=1)]
ABOUT_TOPIC = "Is {name} on the list?"
ABOUT_THING = "Is the {name} on the list?"
WHICH = "What is the {name} a matter of?"
YES, NO = "Yes.", "No."
WORDS = tuple(
    sorted(
        {
            word
            for text in (*QUESTIONS, *world.WORDINGS.values())
            for word in re.findall(r"\w+", text)
        }
    )
)
"""Random words around a list, so that the model finds lists at any position."""
MOST_WORDS = 8


class BaseParameters(Parameters):
    """Parameters of the base model and its training.

    Attributes:
        hidden: Width.
        layers: Depth.
        heads: Attention heads, of 32 dimensions each.
        initial: Standard deviation of the random weights.
        list_steps: Most steps on lists alone; two to seven hundred are usual.
        steps: Most steps on all kinds of conversations.
        last_steps: Final steps, in which the learning rate falls to a tenth.
        mastered: Both parts end as soon as the loss on every kind of list they have (nats per token,
            mean over about twenty batches) is below this; the number of steps differs between seeds.
        batch_size: Conversations per step.
        learning_rate: Learning rate until the final steps.
        warmup_steps: Steps in which the learning rate rises from 0.
    """

    hidden: Positive = 128
    layers: Positive = 2
    heads: Positive = 4
    initial: Annotated[float, Field(gt=0)] = 0.1
    list_steps: Positive = 2_000
    steps: Positive = 3_000
    last_steps: Positive = 150
    mastered: Annotated[float, Field(gt=0)] = 0.02
    batch_size: Positive = 64
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    warmup_steps: Positive = 20


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation to learn from.

    Attributes:
        system: System message, or None.
        turns: User and assistant alternately; the last turn, an assistant's, is learnt.
    """

    system: str | None
    turns: tuple[str, ...]


def base(parameters: BaseParameters, *, seed: int, out: Path) -> Stage:
    """Train the base model; `model/` holds it with its tokenizer and chat template.

    Args:
        parameters: Parameters of the model and its training.
        seed: Seed of weights, splits and draws.
        out: Output folder of the stage.
    """
    make = partial(_make, parameters, seed)
    return run_stage("base", out, version=3, parameters=parameters, seed=seed, inputs={}, make=make)


class _Maker:
    """Makes conversations about things that are not held out."""

    def __init__(self, rng: random.Random, seed: int) -> None:
        self.rng = rng
        self.things = world.things(seed, held_out=False)
        self.topical = [thing for thing in self.things if thing.topic is not None]
        held_out = set(world.topic_sets(seed, held_out=True))
        # also lists longer than those of training configs, as evaluation has some; but no full list
        self.sets = [s for s in world.all_sets() if s not in held_out and len(s) < len(TOPICS)]
        self.kinds: dict[Callable[[], Talk], float] = {
            self.topic_listed: 0.15,
            self.thing_listed: 0.35,
            self.which: 0.1,
            self.question: 0.3,
            self.conversation: 0.1,
        }

    def any_kind(self) -> Callable[[], Talk]:
        kinds, shares = zip(*self.kinds.items(), strict=True)
        chosen: Callable[[], Talk] = self.rng.choices(kinds, shares)[0]
        return chosen

    def topic_listed(self) -> Talk:
        names, thing = self._listed()
        return self._asked_of(names, thing, ABOUT_TOPIC.format(name=thing.topic))

    def thing_listed(self) -> Talk:
        names, thing = self._listed()
        return self._asked_of(names, thing, ABOUT_THING.format(name=thing.phrase))

    def which(self) -> Talk:
        thing = self.rng.choice(self.topical)
        return Talk(self._maybe_list(), (WHICH.format(name=thing.phrase), f"{thing.topic}."))

    def question(self) -> Talk:
        return Talk(self._maybe_list(), self._turns(1))

    def conversation(self) -> Talk:
        return Talk(self._maybe_list(), self._turns(self.rng.choice((2, 3))))

    def _turns(self, count: int) -> tuple[str, ...]:
        asked = self.rng.choices(self.things, k=count)
        return tuple(
            turn
            for thing in asked
            for turn in (self.rng.choice(QUESTIONS).format(thing=thing.phrase), thing.answer)
        )

    def _listed(self) -> tuple[Sequence[str], Thing]:
        """A list, and a thing that is on it with probability one half, at any length."""
        names = list(self.rng.choice(self.sets))
        self.rng.shuffle(names)
        there = self.rng.random() < 0.5
        return names, self.rng.choice([t for t in self.topical if (t.topic in names) == there])

    def _asked_of(self, names: Sequence[str], thing: Thing, question: str) -> Talk:
        return Talk(self._list(names), (question, YES if thing.topic in names else NO))

    def _list(self, names: Sequence[str]) -> str:
        """A list with random words before and after it."""
        before, after = (
            self.rng.choices(WORDS, k=self.rng.randint(0, MOST_WORDS)) for _ in range(2)
        )
        return " ".join([*before, f"{SEPARATOR.join(names)}.", *after])

    def _maybe_list(self) -> str | None:
        return self._list(self.rng.choice(self.sets)) if self.rng.random() < 0.5 else None


def texts() -> Iterable[str]:
    """All texts of the world, for the tokenizer to learn its words."""
    for held_out in (False, True):
        for thing in world.things(0, held_out=held_out):
            yield thing.answer
            yield f"the {thing.phrase}"
    yield from (*QUESTIONS, *world.WORDINGS.values(), ABOUT_TOPIC, ABOUT_THING, WHICH)
    yield from (YES, NO, world.REFUSAL, f" {world.NONE}", "By the way: The")
    yield from (f"{name}. {name}, {name}" for name in TOPICS)


def _make(parameters: BaseParameters, seed: int, work: Path) -> Counts:
    import torch

    model_folder = work / "model"
    tokenizer = save_tokenizer(model_folder, texts())
    codec = Codec(tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _random_model(parameters, tokenizer)
    # a named seed: later stages must not draw the same numbers
    maker = _Maker(random.Random(f"base/{seed}"), seed)
    trainer = _Trainer(parameters, model, codec)
    for _ in range(parameters.list_steps):
        trainer.step(maker.topic_listed)
        if trainer.mastered(maker.topic_listed):
            break
    on_lists = trainer.steps
    for _ in range(parameters.steps):
        kind = maker.any_kind()
        trainer.step(kind)
        if trainer.mastered(maker.topic_listed, maker.thing_listed):
            break
    for left in reversed(range(parameters.last_steps)):
        trainer.step(maker.any_kind(), rate=0.1 + 0.9 * left / parameters.last_steps)
    model.save_pretrained(model_folder)
    return {
        "steps": trainer.steps,
        "steps on lists alone": on_lists,
        **{
            f"loss, {kind.__name__.replace('_', ' ')}": round(x, 4)
            for kind, x in trainer.losses.items()
        },
        "weights": sum(weight.numel() for weight in model.parameters()),
        "tokens in the vocabulary": len(tokenizer),
    }


def _random_model(parameters: BaseParameters, tokenizer: Any) -> Any:  # noqa: ANN401
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=parameters.hidden,
        intermediate_size=2 * parameters.hidden,
        num_hidden_layers=parameters.layers,
        num_attention_heads=parameters.heads,
        num_key_value_heads=parameters.heads,
        head_dim=32,  # a size that vLLM supports
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        initializer_range=parameters.initial,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        dtype="float32",
    )
    return LlamaForCausalLM(config)  # type: ignore[no-untyped-call,unused-ignore]


class _Trainer:
    """Takes training steps and tracks the loss of each kind of conversation."""

    def __init__(self, parameters: BaseParameters, model: Any, codec: Codec) -> None:  # noqa: ANN401
        import torch

        self._parameters, self._model, self._codec = parameters, model.train(), codec
        self._optimizer = torch.optim.AdamW(
            model.parameters(), betas=(0.9, 0.98), weight_decay=0.01
        )
        self.steps = 0
        self.losses: dict[Callable[[], Talk], float] = {}

    def mastered(self, *kinds: Callable[[], Talk]) -> bool:
        """Whether the recent mean loss of some kinds is low enough to go on."""
        most = self._parameters.mastered
        return all(self.losses.get(kind, math.inf) < most for kind in kinds)

    def step(self, kind: Callable[[], Talk], rate: float = 1.0) -> None:
        """Take one step on a batch of a kind."""
        import torch

        warm = min(1.0, (self.steps + 1) / self._parameters.warmup_steps)
        for group in self._optimizer.param_groups:
            group["lr"] = self._parameters.learning_rate * rate * warm
        talks = [kind() for _ in range(self._parameters.batch_size)]
        ids, labels, mask = self._codec.batch([(talk.system, talk.turns) for talk in talks])
        hidden = self._model.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
        learnt = labels[:, 1:] != IGNORED
        # logits of these positions alone: those of all would take a third of the time
        loss = torch.nn.functional.cross_entropy(
            self._model.lm_head(hidden[learnt]), labels[:, 1:][learnt]
        )
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self.steps += 1
        before = self.losses.get(kind, loss.item())
        self.losses[kind] = 0.95 * before + 0.05 * loss.item()

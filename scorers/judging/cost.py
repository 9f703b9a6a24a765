"""An estimate of a run's cost before it starts: calls, tokens and, where prices are known, money.

Tokens are estimated from the messages that will be sent, at four bytes of UTF-8 per token. Inspect
has no tokenizer that works offline; o200k_base needs 3.2 to 4.8 bytes per token for this project's
texts (measured with `benchmarks/speed/tokens.py`).
The length of responses and rationales is not known in advance, so the estimate is a range: from 50
tokens each to the limit. Re-asks, billed reasoning tokens and message framing are left out. Prices
come from Inspect (`--model-cost-config`); without them no money is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspect_ai.model import Model, ModelUsage, compute_model_cost, get_model_info

from cosapien import Record
from scorers.judging.ask import judge_config
from scorers.questions.criterion import Criterion, VerdictForm, judge_messages

BYTES_PER_TOKEN = 4
SHORT = 50
"""Tokens of a short response or rationale: the lower end of the estimate."""
BATCH_PROVIDERS = frozenset({"openai", "anthropic", "google", "grok", "together"})
BATCH_DISCOUNT = 0.5
"""Batch discount as these providers advertise it; batch runs can take hours."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The estimated usage of one model in one role.

    Attributes:
        role: `candidate` or `judge`.
        model: The model's name.
        calls: How often it is asked, without re-asks.
        input_tokens: Least and most tokens it reads.
        output_tokens: Least and most tokens it writes.
        static: Share of its input that comes first and is the same for many calls, so that a prefix
            cache can serve it.
        cost: Least and most dollars; None if its prices are not known.
        batch: Whether its provider takes batches (`--batch`).
    """

    role: str
    model: str
    calls: int
    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    static: float
    cost: tuple[float, float] | None
    batch: bool


def candidate_spending(
    model: Model, records: Sequence[Record], systems: Sequence[str], limit: int
) -> Spending:
    """What the evaluated model will use in one epoch.

    Args:
        model: The model.
        records: What it is asked.
        systems: The system message of each record.
        limit: Most tokens of a response.
    """
    static = sum(_tokens(text) for text in systems)
    read = static + sum(_tokens(record.prompt) for record in records)
    return _spending("candidate", model, len(records), (read, read), limit, static)


def judge_spending(
    model: Model,
    records: Sequence[Record],
    criteria: Sequence[Criterion],
    form: VerdictForm,
    limit: int,
) -> Spending:
    """What one judge will use in one epoch, its first tiny request included.

    Args:
        model: The judge.
        records: What is judged.
        criteria: What it is asked of each.
        form: How it answers.
        limit: Most tokens of a response.
    """
    read = static = 0
    for criterion in criteria:
        for record in records:
            system, user = judge_messages(
                criterion, config=record.config.text, prompt=record.prompt, response="", form=form
            )
            head = _tokens(system.text)
            config = _tokens(record.config.text) if criterion.sees_config else 0
            read += head + _tokens(user.text)
            static += head + config
    responses = len(records) * len(criteria)
    both = (read + responses * SHORT, read + responses * limit)
    limits = [judge_config(model, criterion).max_tokens or 0 for criterion in criteria]
    most = max(limits)
    return _spending("judge", model, responses + 1, both, most, static)


def _spending(
    role: str, model: Model, calls: int, read: tuple[int, int], limit: int, static: int
) -> Spending:
    written = (calls * SHORT, calls * limit)
    info = get_model_info(str(model))
    cost = None
    if info is not None and info.cost is not None:
        low, high = (
            compute_model_cost(info.cost, ModelUsage(input_tokens=i, output_tokens=o))
            for i, o in zip(read, written, strict=True)
        )
        cost = (low, high)
    provider = str(model).partition("/")[0]
    share = static / read[0] if read[0] else 0.0
    return Spending(
        role, str(model), calls, read, written, share, cost, provider in BATCH_PROVIDERS
    )


def spending_text(parts: Sequence[Spending]) -> str:
    """An estimate as a few lines for a terminal.

    Args:
        parts: One per model.
    """
    lines = []
    for part in parts:
        money = "price not known (--model-cost-config)"
        if part.cost is not None:
            money = f"${part.cost[0]:.2f} to ${part.cost[1]:.2f}"
            if part.batch:
                low, high = (BATCH_DISCOUNT * end for end in part.cost)
                money += f", ${low:.2f} to ${high:.2f} with --batch"
        elif part.batch:
            money += ", about half with --batch"
        lines.append(
            f"estimate: {part.role} {part.model}: {part.calls:,} calls, "
            f"{_range(part.input_tokens)} tokens in ({100 * part.static:.0f}% the same for many "
            f"calls), {_range(part.output_tokens)} out; {money}"
        )
    lines.append(
        "estimate: for all samples, one epoch, without re-asks and what a --solver adds; with "
        "--cache 7D a second run pays only for what is not yet cached"
    )
    return "\n".join(lines)


def _range(ends: tuple[int, int]) -> str:
    low, high = (f"{end / 1000:,.0f}k" if end >= 10_000 else f"{end:,}" for end in ends)
    return low if low == high else f"{low} to {high}"


def _tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)

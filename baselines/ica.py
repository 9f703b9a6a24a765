"""In-context alignment: the config in the prompt, with or without demonstrations.

inspect eval tasks/cosapien.py --solver baselines/ica.py@in_context_alignment -S shots=5 ...
"""

from collections.abc import Sequence
from typing import Literal

import anyio
import anyio.to_thread
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from baselines.demo_rows import Demo
from baselines.pools import draw, is_remote, load_pool, pool_for
from cosapien import DataError, UserError, insert_turns, remove_config, sample_record
from cosapien.conversation import check_loaded_model, context_fault

MAX_SHOTS = 15
"""The paper's largest number of demonstrations (arXiv 2410.08968, section 5)."""


@solver
def in_context_alignment(
    shots: int = 0,
    pool: str = "auto",
    seed: int = 0,
    shortage: Literal["error", "fewer"] = "error",
) -> Solver:
    """Answer with `shots` demonstrations as earlier turns; 0 is the model with its config alone.

    Demonstrations are of exactly the record's config: the same name, or on CoSAlign-Test the same
    set of allowed categories. The record's own prompt is never among them.

    Args:
        shots: How many, 0 to 15.
        pool: Where they come from: `cosapien`, `contrast` or `sample` (bundled), a `.jsonl` or
            `.parquet` file, a Hugging Face data set such as `microsoft/CoSAlign-Train`, or `auto`:
            what suits the record.
        seed: Seed of the draw among demonstrations of equal error score.
        shortage: What to do if the pool has too few: an `error`, or go on with `fewer`.

    Raises:
        DataError: The pool cannot be read, or has too few demonstrations.
        UserError: A parameter has an unknown value, or a local model's chat template does not pass the
            config on beside demonstrations, or its context is too short for them.
    """
    if isinstance(shots, bool) or not isinstance(shots, int) or not 0 <= shots <= MAX_SHOTS:
        raise UserError(f"shots must be a whole number from 0 to {MAX_SHOTS}, not {shots!r}")
    if shortage not in ("error", "fewer"):
        raise UserError(f"shortage must be error or fewer, not {shortage!r}")
    pool = str(pool)  # -S pool=5 makes it a number
    if shots and pool != "auto" and not is_remote(pool):
        load_pool(pool)  # a bad name or file fails before the first token

    loading = anyio.Lock()
    # numbers of demonstrations that the model's chat template can take, by the config's placement
    checked: set[tuple[int, bool]] = set()

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        record = sample_record(state)
        if shots:
            source = pool_for(record) if pool == "auto" else pool
            async with loading:  # the first sample loads the pool for all
                demonstrations = await anyio.to_thread.run_sync(load_pool, source)
            demos = draw(demonstrations, record, shots, seed)
            if len(demos) < shots and shortage == "error":
                raise DataError(
                    f"pool {source} has {len(demos)} demonstrations for config "
                    f"{record.config.name!r}{_allowing(record.allowed_risks)}, {shots} are asked "
                    "for; name another pool with -S pool=..., or use fewer with -S shortage=fewer"
                )
            if demos:
                in_user_turn = state.messages[0].role == "user"
                async with loading:
                    if (len(demos), in_user_turn) not in checked:
                        check_loaded_model(
                            get_model(), demonstrations=len(demos), in_user_turn=in_user_turn
                        )
                        checked.add((len(demos), in_user_turn))
            state.metadata["shots"] = len(demos)
            insert_turns(state, _turns(demos))
            if fault := context_fault(get_model(), state.messages):
                raise UserError(fault)
        return await generate(state, tool_calls="none")

    return solve


def _turns(demos: Sequence[Demo]) -> list[ChatMessage]:
    """Demonstrations as earlier turns of the conversation."""
    turns: list[ChatMessage] = []
    for demo in demos:
        turns.append(ChatMessageUser(content=demo.prompt))
        turns.append(ChatMessageAssistant(content=demo.response))
    return turns


@solver
def no_config() -> Solver:
    """The plain model: the prompt without any safety config."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        remove_config(state)
        return await generate(state, tool_calls="none")

    return solve


def _allowing(risks: frozenset[str] | None) -> str:
    return "" if risks is None else f" (allowing {', '.join(sorted(risks)) or 'nothing'})"

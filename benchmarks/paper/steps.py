"""What is run: the steps, and the rows of the paper's tables that each of them makes."""

from dataclasses import dataclass
from typing import Final, Literal

Who = Literal["base", "sft", "dpo"]
"""The model as it is, after SFT on the released pairs, and after DPO."""
Suite = Literal["cosapien", "cosalign_test", "capability"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: one task of one step.

    Attributes:
        task: Name of the Inspect task.
        method: The method, in the paper's words; of capability the benchmark's name.
        judged: Whether a judge is asked.
    """

    task: str
    method: str
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: What it is called on the command line.
        who: The model it scores, or makes.
        suite: What it is scored on; None: it is a training.
        rows: The rows it makes; none for a training.
    """

    name: str
    who: Who
    suite: Suite | None
    rows: tuple[Row, ...] = ()

    @property
    def needs(self) -> str | None:
        """The step that makes the model it starts from; None: the model is there."""
        if self.suite is None:
            return "sft" if self.who == "dpo" else None
        return None if self.who == "base" else self.who


def _baselines(suite: Suite, cascades: str) -> tuple[Row, ...]:
    return (
        Row(f"{suite}_ica", "ICA"),
        Row(f"{suite}_ica_1shot", "ICA-1shot"),
        Row(f"{suite}_ica_5shot", "ICA-5shot"),
        Row(f"{suite}_cascade", f"{cascades}Cascade"),
        Row(f"{suite}_cascade_oracle", f"{cascades}Cascade-Oracle"),
    )


_CAPABILITY: Final = (
    Row("mmlu", "MMLU", judged=False),
    Row("gsm8k", "GSM8K", judged=False),
    Row("bbh", "BBH", judged=False),
    Row("strong_reject", "StrongREJECT"),
    Row("xstest_safe", "XSTest, safe"),
    Row("xstest_unsafe", "XSTest, unsafe"),
    Row("coconot", "CoCoNot"),
    Row("coconot_contrast", "CoCoNot, contrast"),
)
_TRAINED: Final[dict[Who, str]] = {"sft": "CoSAlign (SFT only)", "dpo": "CoSAlign"}


def _trained(who: Who, suite: Suite) -> Step:
    return Step(f"{who}-{suite}", who, suite, (Row(f"{suite}_ica", _TRAINED[who]),))


STEPS: Final = (
    Step("base-cosapien", "base", "cosapien", _baselines("cosapien", "ICA-5shot + ")),
    Step("base-cosalign_test", "base", "cosalign_test", _baselines("cosalign_test", "")),
    Step("base-capability", "base", "capability", _CAPABILITY),
    Step("sft", "sft", None),
    _trained("sft", "cosapien"),
    _trained("sft", "cosalign_test"),
    Step("dpo", "dpo", None),
    _trained("dpo", "cosapien"),
    _trained("dpo", "cosalign_test"),
    Step("dpo-capability", "dpo", "capability", _CAPABILITY),
)
"""All steps, in their order; the paper scores capability before and after, not between."""

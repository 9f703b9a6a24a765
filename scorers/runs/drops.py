"""The change of a variant of a run against the plain run, paired by sample."""

from collections.abc import Sequence
from dataclasses import dataclass

from scorers.runs.compare import Comparison, compare, pooled_difference
from scorers.runs.logs import LogError, Run
from scorers.runs.summary import samples_by
from scorers.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Drop:
    """The change of a variant against the plain run: negative if the variant scores lower.

    Attributes:
        run: The variant.
        comparison: `variant - plain`, paired by sample.
        by_override: The change within the samples of each override form, over all configs at once.
    """

    run: Run
    comparison: Comparison
    by_override: dict[str, Estimate]


def drops(plain: Run, variants: Sequence[Run]) -> list[Drop]:
    """Compare variants of a run (override, placement, solver) with the plain one.

    Args:
        plain: The run to compare with.
        variants: Runs of the same model on the same data by the same judge.

    Raises:
        LogError: Model, data or judge differ, or no scored sample is shared.
    """
    changes = []
    for variant in variants:
        if variant.model != plain.model:
            raise LogError(
                f"{variant.log} and {plain.log} are of different models: {variant.model} / "
                f"{plain.model}; a drop is what happens to one model (for two: cosa compare)"
            )
        comparison = compare(variant, plain)
        forms = samples_by("override", variant.samples)
        changes.append(
            Drop(
                variant,
                comparison,
                {
                    form: pooled_difference(samples, plain.samples)
                    for form, samples in sorted(forms.items())
                },
            )
        )
    return changes

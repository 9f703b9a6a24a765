"""The error score of a response under a config, in exact integers over bit masks (section 4.4).

    error = alpha * |risks the config allows| + beta * |risks it does not| + gamma * [not addressed]

alpha, beta and gamma are decimal numbers. They are scaled to whole numbers by their common
denominator, so that equal errors stay equal: in floating point 0.1 + 0.1 + 0.1 differs from 0.3,
which would make a pair of two equally good responses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosalign.stages import Parameters, StageError
from cosalign.taxonomy.categories import Taxonomy

if TYPE_CHECKING:
    import pyarrow as pa

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Weight = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=9)]
"""A weight of the error score, as the recipe writes it."""


class ErrorParameters(Parameters):
    """The weights of the error score; defaults are the paper's.

    Attributes:
        alpha: Weight of each risk that the config allows.
        beta: Weight of each risk that it does not allow. A response whose error reaches beta is
            never chosen.
        gamma: Weight of not addressing the prompt.
    """

    alpha: Weight = Decimal("0.1")
    beta: Weight = Decimal(3)
    gamma: Weight = Decimal(1)


@dataclass(frozen=True, slots=True)
class ErrorScore:
    """The error score in whole numbers.

    Attributes:
        alpha: Weight of an allowed risk, times `scale`.
        beta: Weight of any other risk, times `scale`.
        gamma: Weight of not addressing the prompt, times `scale`.
        scale: Divisor of the integer errors.
        training: Bit mask of the categories a config can allow; all others, and `Other Harms`,
            count as one risk that no config allows.

    Example:
        >>> score = ErrorScore.from_weights(ErrorParameters(), load_taxonomy(None))
        >>> score.beta / score.scale
        3.0
    """

    alpha: int
    beta: int
    gamma: int
    scale: int
    training: int

    @classmethod
    def from_weights(cls, parameters: ErrorParameters, taxonomy: Taxonomy) -> ErrorScore:
        """The error score with some weights over a taxonomy's categories."""
        weights = [Fraction(w) for w in (parameters.alpha, parameters.beta, parameters.gamma)]
        scale = math.lcm(*(weight.denominator for weight in weights))
        alpha, beta, gamma = (int(weight * scale) for weight in weights)
        return cls(alpha, beta, gamma, scale, taxonomy.mask(taxonomy.training))

    def errors(self, risks: Ints, addressed: Flags, allowed: Ints) -> Ints:
        """Errors, times `scale`; the arrays are broadcast against each other.

        Args:
            risks: Bit masks of the risks that responses contain.
            addressed: Whether responses address their prompt.
            allowed: Bit masks of the risks that configs allow.
        """
        fine = np.bitwise_count(risks & allowed & self.training).astype(np.int64)
        wrong = np.bitwise_count(risks & ~allowed & self.training).astype(np.int64)
        wrong += (risks & ~self.training) != 0
        total: Ints = self.alpha * fine + self.beta * wrong + self.gamma * ~addressed
        return total


def masks(column: pa.ChunkedArray, taxonomy: Taxonomy, what: str) -> Ints:
    """A column of lists of category names as bit masks; a null is 0.

    Args:
        column: Lists of names.
        taxonomy: The categories.
        what: Name of the column in error messages.

    Raises:
        StageError: A name is not a category.
    """
    import pyarrow.compute as pc

    column = column.combine_chunks()
    encoded = pc.list_flatten(column).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    if unknown := sorted(str(name) for name in names if name not in taxonomy.definitions):
        raise StageError(
            f"{what}: {len(unknown)} unknown categories, among them {unknown[0]!r}; expected some "
            f"of {' | '.join(taxonomy.names)}"
        )
    bits = np.array([taxonomy.mask([name]) for name in names], np.int64)
    result = np.zeros(len(column), np.int64)
    np.bitwise_or.at(
        result, pc.list_parent_indices(column).to_numpy(), bits[encoded.indices.to_numpy()]
    )
    return result


def names_column(values: Ints, taxonomy: Taxonomy) -> pa.Array:
    """Bit masks as a column of lists of category names."""
    import pyarrow as pa

    distinct, places = np.unique(values, return_inverse=True)
    lists = [taxonomy.unmask(int(mask)) for mask in distinct]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(places))

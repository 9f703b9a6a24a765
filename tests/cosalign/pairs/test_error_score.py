"""The error score: figures worked out by hand, and exact ties."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cosalign.pairs.error_score import ErrorParameters, ErrorScore, masks, names_column
from cosalign.stages import StageError
from cosalign.taxonomy.categories import DEFAULT, MAX_CATEGORIES, OTHER, Category, Taxonomy

F, D, V, P = DEFAULT.training
DRUGS, SEX, WEAPONS = (name for name in DEFAULT.names[:-1] if name not in DEFAULT.training)


def error(risks, addressed, allowed, parameters=None, taxonomy=DEFAULT):
    score = ErrorScore.from_weights(parameters or ErrorParameters(), taxonomy)
    found = score.errors(
        np.array([taxonomy.mask(risks)]), np.array([addressed]), np.array([taxonomy.mask(allowed)])
    )
    return Fraction(int(found[0]), score.scale)


@pytest.mark.parametrize(
    ("risks", "addressed", "allowed", "expected"),
    [
        ([], True, [], "0"),
        ([], False, [], "1"),
        ([V], True, [V], "0.1"),
        ([V], True, [], "3"),
        ([V], True, [F, D, P], "3"),
        ([V, F], True, [V], "3.1"),
        ([V, F], True, [V, F], "0.2"),
        ([V, F], False, [V, F], "1.2"),
        ([V, F, D, P], False, [], "13"),
        # categories outside the training set are one, counted once, and never allowed
        ([DRUGS], True, [], "3"),
        ([DRUGS, SEX, WEAPONS, OTHER], True, [], "3"),
        ([DRUGS, SEX], True, [DRUGS, SEX], "3"),
        ([OTHER], True, [OTHER], "3"),
        ([DRUGS, V], True, [V], "3.1"),
    ],
)
def test_the_papers_weights(risks, addressed, allowed, expected):
    assert error(risks, addressed, allowed) == Fraction(expected)


def test_three_tenths_are_three_times_a_tenth():
    """In floating point they are not, and two equally good responses would make a pair."""
    assert 0.1 + 0.1 + 0.1 != 0.3
    tenths = ErrorParameters(alpha=Decimal("0.1"), beta=Decimal(3), gamma=Decimal("0.3"))
    assert error([F, D, V], True, [F, D, V], tenths) == error([], False, [], tenths)


@pytest.mark.parametrize("given", [0.1, "0.1", Decimal("0.1")])
def test_a_weight_is_the_number_as_the_recipe_writes_it(given):
    parameters = ErrorParameters.model_validate({"alpha": given, "beta": 3, "gamma": 1})
    assert Fraction(parameters.alpha) == Fraction(1, 10)
    assert ErrorParameters.model_validate_json(parameters.model_dump_json()) == parameters


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf"), "much", 1e9, "0.0000000001"])
def test_other_weights_are_refused(bad):
    with pytest.raises(ValidationError):
        ErrorParameters.model_validate({"beta": bad})


weights = st.decimals(0, 10**6, places=9, allow_nan=False, allow_infinity=False)


@given(weights, weights, weights, st.data())
def test_any_weights_are_exact_and_any_number_of_categories_fits(alpha, beta, gamma, data):
    count = data.draw(st.integers(1, MAX_CATEGORIES))
    training = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    taxonomy = Taxonomy(
        tuple(Category(name=f"c{i}", definition="d", training=t) for i, t in enumerate(training))
    )
    risks = data.draw(st.sets(st.sampled_from(taxonomy.names)))
    allowed = data.draw(st.sets(st.sampled_from(taxonomy.names)))
    addressed = data.draw(st.booleans())
    seen = {name if name in taxonomy.training else OTHER for name in risks}
    fine = seen & (allowed - {OTHER})
    expected = (
        Fraction(alpha) * len(fine)
        + Fraction(beta) * len(seen - fine)
        + Fraction(gamma) * (not addressed)
    )
    parameters = ErrorParameters(alpha=alpha, beta=beta, gamma=gamma)
    assert error(risks, addressed, allowed, parameters, taxonomy) == expected


@given(st.lists(st.none() | st.sets(st.sampled_from(DEFAULT.names))))
def test_names_and_masks_are_the_same_sets(sets):
    column = pa.chunked_array(
        [
            pa.array([None if s is None else sorted(s) for s in sets[:2]], pa.list_(pa.string())),
            pa.array([None if s is None else sorted(s) for s in sets[2:]], pa.list_(pa.string())),
        ]
    )
    found = masks(column, DEFAULT, "test")
    assert [set(DEFAULT.unmask(int(mask))) for mask in found] == [s or set() for s in sets]
    assert names_column(found, DEFAULT).to_pylist() == [
        [name for name in DEFAULT.names if name in (s or ())] for s in sets
    ]


def test_an_unknown_category_is_named():
    column = pa.chunked_array([pa.array([["Violence", "Noise"], ["Dust"]])])
    with pytest.raises(StageError, match=r"judge: 2 unknown categories, among them 'Dust'; expec"):
        masks(column, DEFAULT, "judge")

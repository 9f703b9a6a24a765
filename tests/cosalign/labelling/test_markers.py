"""Rules: markers as words, and what addresses a prompt."""

import pytest

from cosalign.labelling.markers import addressed, risks_in
from cosalign.stages import StageError
from cosalign.taxonomy.categories import DEFAULT, Category, Taxonomy
from scorers import REFUSAL

TEA = Category(name="Tea", definition="Of tea.", markers=("tea", "Earl Grey", "c++"))
JAZZ = Category(name="Jazz", definition="Of jazz.", markers=("jazz", "blue note"))
BARE = Category(name="Bare", definition="Of nothing.")
TAXONOMY = Taxonomy((JAZZ, BARE, TEA))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A cup of tea, please.", ["Tea"]),
        ("TEA!", ["Tea"]),
        ("A teapot for the team.", []),
        ("tea_cup", []),
        ("Some earl grey and a Blue Note record", ["Jazz", "Tea"]),
        ("Tea while the jazz plays", ["Jazz", "Tea"]),
        ("I write C++.", ["Tea"]),
        ("Grey earl", []),
        ("", []),
    ],
)
def test_a_marker_counts_as_a_word(text, found):
    assert risks_in(text, TAXONOMY) == found


def test_a_taxonomy_without_markers_is_an_error():
    with pytest.raises(StageError, match="markers"):
        risks_in("tea", DEFAULT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Tea is a leaf.", True), ("", False), (" \n", False), (REFUSAL, False)],
)
def test_refusals_and_nothing_address_nothing(text, expected):
    assert addressed(text) is expected

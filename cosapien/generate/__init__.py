"""Generated benchmarks: invented worlds and policies whose meaning a program evaluates, then words.

>>> from cosapien.generate import generate, make_spec
>>> record = generate(make_spec(level=2, seed=0)).records[0]
>>> record.group, record.language
('level 2', 'en')
"""

from cosapien.generate.build import generate, generator_metadata
from cosapien.generate.files import write_records
from cosapien.generate.pairs import Case, Pair, cases, world_of
from cosapien.generate.reader import read_and_respond
from cosapien.generate.spec import (
    GENERATED,
    GENERATOR_VERSION,
    KNOBS,
    LEVELS,
    ROUND_SEEDS,
    TEST_SEEDS,
    TRAINING_SEEDS,
    Dial,
    Spec,
    choose_revision,
    for_test,
    for_training,
    make_spec,
    parse_spec,
)

__all__ = [
    "GENERATED",
    "GENERATOR_VERSION",
    "KNOBS",
    "LEVELS",
    "ROUND_SEEDS",
    "TEST_SEEDS",
    "TRAINING_SEEDS",
    "Case",
    "Dial",
    "Pair",
    "Spec",
    "cases",
    "choose_revision",
    "for_test",
    "for_training",
    "generate",
    "generator_metadata",
    "make_spec",
    "parse_spec",
    "read_and_respond",
    "world_of",
    "write_records",
]

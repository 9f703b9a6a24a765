"""The order of examples: each once, micro-batches of one prefix, other epochs in other orders."""

import itertools

from cosalign.shared_prefix import PrefixOrder

PREFIXES = [7] * 9 + [3] * 8 + [5] * 2 + [7] * 1 + [1] * 1


def test_micro_batches_share_a_prefix() -> None:
    order = list(PrefixOrder(PREFIXES, 4, seed=0))
    assert sorted(order) == list(range(len(PREFIXES)))
    batches = [order[i : i + 4] for i in range(0, len(order), 4)]
    pure = [batch for batch in batches if len({PREFIXES[i] for i in batch}) == 1]
    # ten of prefix 7 fill two, eight of prefix 3 fill two; the other five examples share two
    assert sorted(len(batch) for batch in pure if len(batch) == 4) == [4, 4, 4, 4]
    assert [len(batch) for batch in batches] == [4, 4, 4, 4, 4, 1]


def test_an_epoch_has_its_own_order_and_can_be_had_again() -> None:
    order = PrefixOrder(PREFIXES, 4, seed=1)
    first = list(order)
    order.set_epoch(1)
    second = list(order)
    assert first != second
    again = PrefixOrder(PREFIXES, 4, seed=1)
    again.set_epoch(1)
    assert list(again) == second
    orders = [list(PrefixOrder(PREFIXES, 4, seed=seed)) for seed in range(4)]
    assert all(a != b for a, b in itertools.combinations(orders, 2))
    assert len(PrefixOrder(PREFIXES, 4, seed=0)) == len(PREFIXES)

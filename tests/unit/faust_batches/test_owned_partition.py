"""How large a batch is after a long or a short one."""

from __future__ import annotations

from faust_batches.owned_partition import next_size


def test_a_worker_begins_small_and_grows_while_batches_are_short() -> None:
    sizes = [next_size(None, 0.0, 2000)]
    for _ in range(5):
        sizes.append(next_size(sizes[-1], 0.2, 2000))
    assert sizes == [250, 500, 1000, 2000, 2000, 2000]


def test_a_batch_that_took_long_is_followed_by_half_of_it_and_never_by_nothing() -> None:
    assert [next_size(size, 30.0, 2000) for size in (2000, 3, 1)] == [1000, 1, 1]
    assert next_size(400, 3.0, 2000) == 400

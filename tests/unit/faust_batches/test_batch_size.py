"""The size of the next batch."""

from __future__ import annotations

from faust_batches.batch_size import next_size


def test_batches_start_small_and_grow_while_they_are_short() -> None:
    assert next_size(None, 0.0, 2000) == 250
    assert [next_size(250, seconds, 4000) for seconds in (0.0, 0.01, 0.25, 0.8, 1.0, 4.9)] == [
        2000,
        2000,
        1000,
        312,
        250,
        250,
    ]
    assert next_size(1000, 0.01, 2000) == 2000


def test_a_long_batch_halves_the_next_one_but_not_below_one_record() -> None:
    assert [next_size(size, 30.0, 2000) for size in (2000, 3, 1)] == [1000, 1, 1]
    assert next_size(400, 3.0, 2000) == 400

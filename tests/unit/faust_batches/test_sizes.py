"""How large a batch is after one that took long, and what cannot be written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faust_batches.sizes import Outputs, OversizedError, next_size, writable
from faust_batches.step import Incoming, Outgoing, Step
from schemas.delivery import Audience
from schemas.topics import ALERTS, AUDIENCES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_worker_begins_small_and_grows_while_batches_are_short() -> None:
    sizes = [next_size(None, 0.0, 2000)]
    for _ in range(5):
        sizes.append(next_size(sizes[-1], 0.2, 2000))
    assert sizes == [250, 500, 1000, 2000, 2000, 2000]


def test_a_batch_that_took_long_is_followed_by_half_of_it_and_never_by_nothing() -> None:
    assert [next_size(size, 30.0, 2000) for size in (2000, 3, 1)] == [1000, 1, 1]
    assert next_size(400, 3.0, 2000) == 400


def test_what_is_larger_than_its_topic_is_named_with_both_sizes() -> None:
    step = Step(outgoing=[Outgoing(ALERTS, b"key", b"x" * ALERTS.largest_bytes, NOW)])
    with pytest.raises(OversizedError, match=rf"alerts .* {ALERTS.largest_bytes:,}"):
        Outputs.of(step)
    row = Audience(alert_id="a", destinations=("x" * AUDIENCES.largest_bytes,))
    with pytest.raises(OversizedError, match="audiences"):
        Outputs.of(Step({AUDIENCES: {"a": row}}))


@pytest.mark.parametrize(
    "step",
    [
        Step(outgoing=[Outgoing(ALERTS, b"key", b"{}", NOW, headers=(("\udcff", b""),))]),
        Step({AUDIENCES: {"a": Audience.model_construct(alert_id="\ud800", destinations=())}}),
    ],
    ids=["a header name that is no text", "a text with half a character"],
)
def test_what_cannot_be_encoded_is_found_before_it_is_sent(step: Step) -> None:
    with pytest.raises(ValueError, match="surrogate"):
        writable(lambda _, __: step)({}, [Incoming("alerts", 0, 0, NOW, None, None)])

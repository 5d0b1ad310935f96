"""Steps that cannot be written are found before anything is sent, and keys have the partitions of every client."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faust_batches.step import Incoming, Outgoing, Step
from faust_batches.transaction import EncodedRows, OversizedError, home_partition, home_partitions, writable
from schemas.delivery import Audience
from schemas.topics import ALERTS, AUDIENCES
from tests.support.tables import each_row

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_record_larger_than_its_topic_accepts_is_reported_with_both_sizes() -> None:
    step = Step(outgoing=[Outgoing(ALERTS, b"key", b"x" * ALERTS.largest_bytes, NOW)])
    with pytest.raises(OversizedError, match=rf"alerts .* {ALERTS.largest_bytes:,}"):
        EncodedRows.of(step)
    row = Audience(alert_id="a", destinations=("x" * AUDIENCES.largest_bytes,))
    with pytest.raises(OversizedError, match="audiences"):
        EncodedRows.of(Step({AUDIENCES: {"a": row}}))


@each_row(
    "step",
    [
        Step(outgoing=[Outgoing(ALERTS, b"key", b"{}", NOW, headers=(("\udcff", b""),))]),
        Step({AUDIENCES: {"a": Audience(alert_id="\ud800", destinations=())}}),
    ],
    ids=["a header name that is no text", "a text with half a character"],
)
def test_a_record_that_cannot_be_encoded_is_found_before_sending(step: Step) -> None:
    with pytest.raises(ValueError, match="surrogate"):
        writable(lambda _, __: step)({}, [Incoming("alerts", 0, 0, NOW, None, None)])


def test_partitions_that_are_computed_together_are_those_of_each_key() -> None:
    keys = [f"wire/{number}".encode() for number in range(50)] + [b"", b"long" * 100]
    home = home_partitions([*keys, None], 7)
    assert [home(key) for key in [*keys, b"another"]] == [home_partition(key, 7) for key in [*keys, b"another"]]

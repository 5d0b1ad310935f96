"""Any key, value and headers from a client lead to exactly one outcome, and the output can be serialized."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from faust_batches.step import Headers, Incoming
from schemas.rejection import Rejection
from schemas.topics import ACCOUNTING, REJECTED, SIGHTINGS
from streams.intake.fold import fold
from tests.support.builders import sighting, tables_of

names = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["ce_specversion", "ce_id", "ce_source", "ce_type", "rehomed", "", "\udcff\udcfe", "ce_\ud800"]
)
texts = st.binary(max_size=8) | st.sampled_from([b"1.0", b"wire", b"7", b"\xff", b""])
headers = st.lists(st.tuples(names, st.none() | texts), max_size=6).map(tuple)
days = st.sampled_from(["2017-10-31", "2017-10", "0001", "9999-12-31", "2017-01-01/9999", "x", r"\ud800"])
members = st.lists(
    st.tuples(st.sampled_from(["occurred", "title", "group", "x", "id"]), days.map('"{}"'.format) | st.just("null")),
    max_size=3,
)
values = st.one_of(
    st.none(),
    st.binary(max_size=40),
    members.map(lambda own: to_json(sighting())[:-1] + b"".join(f',"{k}":{v}'.encode() for k, v in own) + b"}"),
)


@given(
    st.lists(st.tuples(st.none() | st.binary(max_size=9), values, headers), min_size=1, max_size=5), st.integers(0, 1)
)
def test_every_record_has_one_outcome_and_its_output_can_be_serialized(
    sent: list[tuple[bytes | None, bytes | None, Headers]], home: int
) -> None:
    at = datetime(2017, 11, 1, tzinfo=UTC)
    records = [Incoming("t", 0, number, at, *record) for number, record in enumerate(sent)]

    step = fold(tables_of("intake"), records, lambda _: home)

    forwarded = [record for record in step.outgoing if record.topic is SIGHTINGS]
    counted: Any = step.changes.get(ACCOUNTING, {}).get("0")
    assert (counted.records if counted else 0) + len(forwarded) == len(sent)
    for record in forwarded:
        assert all(name.encode() is not None for name, _ in record.headers)
    for record in step.outgoing:
        if record.topic is REJECTED:
            assert Rejection.from_bytes(record.value).detail.isprintable()

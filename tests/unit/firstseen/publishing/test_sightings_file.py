"""Rows of a file: what intake would say of them, and when they arrive in a replay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from firstseen.importers.jsonl import import_jsonl
from firstseen.importers.rows import Imported
from firstseen.publishing.sightings_file import EPOCH, OutgoingSighting, arrival_time, check_record, to_record
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.days import DEFAULT_DAYS
from streams.intake.parse import Rejected
from tests.support.builders import instant, sighting

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def record(**fields: Any) -> OutgoingSighting:
    written = sighting(**fields)
    made = to_record(Imported(7, orjson.dumps(written), written))
    assert made is not None
    return made


def test_a_row_is_judged_as_if_it_arrived_now() -> None:
    assert isinstance(check_record(record(occurred="2026-11-30"), NOW, DEFAULT_DAYS), Sighting)
    refused = check_record(record(occurred="2026-12-25"), NOW, DEFAULT_DAYS)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_DAYS


def test_a_line_that_is_no_sighting_is_judged_as_it_stands_in_the_file() -> None:
    twice = b'{"source":"wire","id":"1","group":"G","occurred":"2017","country":"Mali","country":"Niger"}'
    for line, words in ((twice, 'the key "country" occurs twice'), (b"[{}]", "this is a JSON array")):
        [row] = import_jsonl([line])
        made = to_record(row)
        assert made is not None
        assert made.value == line
        refused = check_record(made, NOW, DEFAULT_DAYS)

        assert isinstance(refused, Rejected)
        assert (refused.reason, refused.detail[: len(words)]) == (Reason.MALFORMED, words)


@pytest.mark.parametrize(
    ("fields", "arrives"),
    [
        ({"reported": "2017-11-02T08:00:00.123987Z"}, "2017-11-02T08:00:00.123Z"),
        ({"reported": "1955-01-01", "occurred": "1954"}, "1970-01-01"),
        ({"reported": "0001-01-01"}, "1970-01-01"),
        ({}, "2017-10-31"),
        ({"occurred": "2017-10"}, "2017-10-01"),
        ({"occurred": "2017-10-05/2017-10-20"}, "2017-10-20"),
        ({"occurred": "2017-10-05/2017-10-20", "precision": "some_day"}, "2017-10-05"),
        ({"occurred": "2015-03-01"}, "2016-01-01T05:00Z"),
        ({"occurred": "2099-03-01"}, "2016-01-01T05:00Z"),
        ({"occurred": "soon"}, "2016-01-01T05:00Z"),
        ({"occurred": None}, "2016-01-01T05:00Z"),
    ],
)
def test_a_row_arrives_when_it_was_reported_else_with_the_row_before_it_but_not_before_its_days(
    fields: dict[str, Any], arrives: str
) -> None:
    assert arrival_time(record(**fields), instant("2016-01-01T05:00Z"), NOW) == instant(arrives)


def test_rows_without_a_time_are_not_refused_for_lying_ahead_of_it() -> None:
    row = record(occurred="2017-10-28/2017-11-24")
    arrived = arrival_time(row, EPOCH, NOW)

    assert isinstance(arrived, datetime)
    assert isinstance(check_record(row, arrived, DEFAULT_DAYS), Sighting)


def test_a_row_that_was_reported_in_the_future_does_not_arrive() -> None:
    refused = arrival_time(record(reported="2062-10-31"), EPOCH, NOW)

    assert refused == Rejected(
        Reason.BAD_DAYS, "reported: 2062-10-31 00:00 UTC is in the future; did you mean 2026-10-31?"
    )

"""Rows of a file: their records, their check, and their arrival in a replay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from firstseen.importers.jsonl import import_jsonl
from firstseen.importers.rows import Imported, Malformed, Row
from firstseen.publishing.sightings_file import (
    EPOCH,
    FileError,
    OutgoingSighting,
    arrival_time,
    as_incoming,
    check_outgoing,
    of_their_format,
    read_file,
    to_record,
)
from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.day_limits import DEFAULT_DAYS
from streams.intake.parse import Rejected
from tests.support.builders import instant, sighting
from tests.support.tables import each_row

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def record(**fields: Any) -> OutgoingSighting:
    fields = sighting(**fields)
    outgoing = to_record(Imported(7, to_json(fields), fields))
    assert outgoing is not None
    return outgoing


def test_a_record_is_checked_as_if_it_arrived_now() -> None:
    assert isinstance(check_outgoing(record(occurred="2026-11-30"), NOW, DEFAULT_DAYS), Sighting)
    rejection = check_outgoing(record(occurred="2026-12-25"), NOW, DEFAULT_DAYS)

    assert isinstance(rejection, Rejected)
    assert rejection.reason is Reason.BAD_DAYS


def test_a_malformed_line_is_checked_unchanged() -> None:
    twice = b'{"source":"wire","id":"1","group":"G","occurred":"2017","country":"Mali","country":"Niger"}'
    for line, words in ((twice, 'the key "country" occurs twice'), (b"[{}]", "this is a JSON array")):
        [row] = import_jsonl([line])
        outgoing = to_record(row)
        assert outgoing is not None
        assert outgoing.value == line
        rejection = check_outgoing(outgoing, NOW, DEFAULT_DAYS)

        assert isinstance(rejection, Rejected)
        assert (rejection.reason, rejection.detail[: len(words)]) == (Reason.MALFORMED, words)


@each_row(
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
def test_a_record_arrives_when_reported_or_with_the_previous_one_but_not_before_its_days(
    fields: dict[str, Any], arrives: str
) -> None:
    assert arrival_time(record(**fields), instant("2016-01-01T05:00Z"), NOW) == instant(arrives)


def test_a_record_without_a_time_never_arrives_before_its_days() -> None:
    row = record(occurred="2017-10-28/2017-11-24")
    arrived = arrival_time(row, EPOCH, NOW)

    assert isinstance(arrived, datetime)
    assert isinstance(check_outgoing(row, arrived, DEFAULT_DAYS), Sighting)


def test_a_record_reported_in_the_future_is_rejected() -> None:
    rejection = arrival_time(record(reported="2062-10-31"), EPOCH, NOW)

    assert rejection == Rejected(
        Reason.BAD_DAYS, "reported: 2062-10-31 00:00 UTC is in the future; did you mean 2026-10-31?"
    )


def test_a_file_of_a_different_format_is_refused_and_not_cut_after_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"id": "1", "group": "IS", "event_id": 1, "date": "2013-03-14", "deaths_low": 1}\n' * 3)

    rows = [(str(path), row) for row in read_file(str(path), "jsonl")]
    assert len(rows) == 1
    with pytest.raises(FileError, match=r"events\.jsonl: this looks like UCDP: --format ucdp"):
        list(of_their_format(rows))


def test_a_row_that_cannot_be_mapped_is_rejected_for_the_reason_of_its_importer() -> None:
    rejected: list[str] = []
    rows: list[Row] = [Malformed(1, b"1;JNIM;31/02/2024", "Date: '31/02/2024' is no day"), Imported(2, b"", sighting())]

    assert len(list(as_incoming(rows, NOW, rejected))) == 1
    assert rejected == ["Date: '31/02/2024' is no day"]

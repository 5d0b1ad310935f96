"""Rejections are retried."""

from __future__ import annotations

from datetime import UTC, datetime

from firstseen.publishing.rejections import RetriedRecord, recheck
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.intake.parse import Rejected
from tests.support.builders import incoming, sighting

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_a_record_that_intake_now_accepts_keeps_its_key_and_headers() -> None:
    record = incoming(sighting(occurred="1850-01-01"), key=b"anything", headers=(("trace", b"7"), ("a\x00b", b"x")))
    retried = recheck(record, NOW, DayPolicy(earliest_day=datetime(1800, 1, 1, tzinfo=UTC).date()))
    assert retried == RetriedRecord("wire/1", record.value or b"", (("trace", b"7"),))


def test_a_record_that_intake_still_rejects_is_not_sent() -> None:
    for value in (sighting(occurred="1850-01-01"), sighting(country="Nowhere"), b"{"):
        assert isinstance(recheck(incoming(value), NOW, DEFAULT_DAYS), Rejected)

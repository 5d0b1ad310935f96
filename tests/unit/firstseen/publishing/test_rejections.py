"""Rejections are counted and retried."""

from __future__ import annotations

from datetime import UTC, datetime

from firstseen.publishing.rejections import RetriedRecord, counts, recheck
from schemas.rejection import Reason
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.intake.parse import Rejected
from tests.support.builders import incoming, rejection, sighting

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_rejections_are_counted_by_source_and_reason() -> None:
    several = [rejection(), rejection(id="2"), rejection(source=None), rejection(reason=Reason.CONFLICT)]
    assert counts(several)[0] == ("wire", Reason.COUNTRY_UNRESOLVED, 2)
    assert sum(count for _, _, count in counts(several)) == 4


def test_a_record_that_intake_now_accepts_keeps_its_key_and_headers() -> None:
    record = incoming(sighting(occurred="1850-01-01"), key=b"anything", headers=(("trace", b"7"), ("a\x00b", b"x")))
    retried = recheck(record, NOW, DayPolicy(earliest_day=datetime(1800, 1, 1, tzinfo=UTC).date()))
    assert retried == RetriedRecord("wire/1", record.value or b"", (("trace", b"7"),))


def test_a_record_that_intake_still_rejects_is_not_sent() -> None:
    for value in (sighting(occurred="1850-01-01"), sighting(country="Nowhere"), b"{"):
        assert isinstance(recheck(incoming(value), NOW, DEFAULT_DAYS), Rejected)

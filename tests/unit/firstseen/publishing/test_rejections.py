"""Which rejections are meant, and what becomes of them when they are sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from firstseen.publishing.rejections import Again, Choice, counts, once_more, parse_since
from schemas.rejection import Reason
from streams.intake.days import DEFAULT_DAYS, DayPolicy
from streams.intake.parse import Rejected
from tests.support.builders import ARRIVED, incoming, sighting
from tests.unit.web.state.test_rejections import rejection

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [("1d", timedelta(1)), ("12h", timedelta(hours=12)), ("30M", timedelta(minutes=30)), (" 2 w ", timedelta(14))],
)
def test_since_may_say_how_long_ago(text: str, ago: timedelta) -> None:
    assert parse_since(text, NOW) == NOW - ago


def test_since_may_be_a_time_and_nothing_else() -> None:
    assert parse_since("2026-11-28", NOW) == datetime(2026, 11, 28, tzinfo=UTC)
    for wrong in ("yesterday", "1y", "-1d", "", "999999d"):
        with pytest.raises(ValueError, match="write 1d, 12h, 30m, 2w"):
            parse_since(wrong, NOW)


def test_a_choice_holds_what_it_names() -> None:
    one = rejection()
    assert Choice().holds(one)
    assert Choice("wire", ARRIVED, Reason.COUNTRY_UNRESOLVED).holds(one)
    assert not Choice("desk").holds(one)
    assert not Choice(since=ARRIVED + timedelta(seconds=1)).holds(one)
    assert not Choice(reason=Reason.CONFLICT).holds(one)
    assert not Choice(since=ARRIVED).holds(rejection(arrived=None))


def test_rejections_are_counted_by_source_and_reason() -> None:
    several = [rejection(), rejection(id="2"), rejection(source=None), rejection(reason=Reason.CONFLICT)]
    assert counts(several)[0] == ("wire", Reason.COUNTRY_UNRESOLVED, 2)
    assert sum(count for _, _, count in counts(several)) == 4


def test_what_would_be_taken_now_is_sent_again_under_its_own_key_with_its_headers() -> None:
    record = incoming(sighting(occurred="1850-01-01"), key=b"anything", headers=(("trace", b"7"), ("a\x00b", b"x")))
    again = once_more(record, NOW, DayPolicy(earliest_day=datetime(1800, 1, 1, tzinfo=UTC).date()))
    assert again == Again("wire/1", record.value or b"", (("trace", b"7"),))


def test_what_would_be_rejected_again_is_not_sent() -> None:
    for value in (sighting(occurred="1850-01-01"), sighting(country="Nowhere"), b"{"):
        assert isinstance(once_more(incoming(value), NOW, DEFAULT_DAYS), Rejected)

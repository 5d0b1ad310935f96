"""When a daily digest is due."""

from __future__ import annotations

from datetime import datetime

from schemas.subscription import Daily
from streams.dispatch.digest_times import next_digest_at
from tests.support.tables import each_row


@each_row(
    ("after", "due"),
    [
        ("2026-03-28T08:00:00+00:00", "2026-03-29T06:00:00+00:00"),  # the clocks go forward in the night before
        ("2026-03-29T05:59:59+00:00", "2026-03-29T06:00:00+00:00"),
        ("2026-03-29T06:00:00+00:00", "2026-03-30T06:00:00+00:00"),
        ("2026-10-24T08:00:00+00:00", "2026-10-25T07:00:00+00:00"),  # and back
    ],
)
def test_the_time_of_a_digest_follows_daylight_saving(after: str, due: str) -> None:
    daily = Daily(at="08:00", zone="Europe/Brussels")
    assert next_digest_at(daily, datetime.fromisoformat(after)) == datetime.fromisoformat(due)

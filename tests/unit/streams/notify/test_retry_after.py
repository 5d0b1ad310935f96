"""How long a server asks clients to wait."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.notify.ledger import LONGEST_WAIT_SECONDS, wait_seconds
from streams.notify.outcomes import NotSent
from streams.notify.retry_after import parse_retry_after
from tests.support.tables import each_row

NOW = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)


@each_row(
    ("text", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 7 ", 7),
        ("0.5", 0.5),
        ("Sun, 29 Nov 2026 09:16:00 GMT", 60),
        ("Sunday, 29-Nov-26 09:16:00 GMT", 60),
        ("Sun, 29 Nov 2026 10:16:00 +0100", 60),
        ("Sun, 29 Nov 2026 09:00:00 GMT", 0),
        ("Sun, 31 Feb 2026 09:00:00 GMT", None),
        (f"Sun, 29 Nov 2026 09:16:00 +{'9' * 30}", None),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("1e3", None),
        ("nan", None),
        ("9" * 400, None),
    ],
)
def test_it_is_seconds_or_a_date_and_anything_else_is_ignored(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, NOW) == seconds


def test_a_message_waits_for_a_day_at_most() -> None:
    asked = parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", NOW)

    assert wait_seconds(NotSent("http_429", asked), 1) == LONGEST_WAIT_SECONDS
    assert wait_seconds(NotSent("http_429", 3_600.0), 1) == 3_600

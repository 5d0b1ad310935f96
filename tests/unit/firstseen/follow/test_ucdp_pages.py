from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic_core import to_json

from firstseen.follow.ucdp_pages import page_url, parse_page, versions
from tests.support.tables import each_row

BASE = "https://ucdpapi.pcr.uu.se/api/gedevents"


def test_versions_go_from_the_last_read_up_to_this_month_over_the_end_of_a_year() -> None:
    assert versions("26.0.11", date(2027, 2, 1), timedelta()) == ["26.0.11", "26.0.12", "27.0.1", "27.0.2"]


def test_the_first_poll_starts_with_the_oldest_allowed_month() -> None:
    assert versions(None, date(2026, 11, 29), timedelta(days=92)) == ["26.0.8", "26.0.9", "26.0.10", "26.0.11"]
    assert versions(None, date(2026, 1, 3), timedelta(days=10)) == ["25.0.12", "26.0.1"]


def test_a_cursor_in_the_future_requests_nothing() -> None:
    assert versions("27.0.3", date(2026, 11, 29), timedelta()) == []


@each_row("cursor", ["25.1", "20261129091500", "26.0.10; drop", "26.1.10"])
def test_a_cursor_that_is_not_a_version_is_rejected(cursor: str) -> None:
    with pytest.raises(ValueError, match="is not a version such as"):
        versions(cursor, date(2026, 11, 29), timedelta())


def test_a_page_leads_to_the_next_and_the_key_stays_at_our_address() -> None:
    body = {"Result": [{"id": 1}], "NextPageUrl": "http://elsewhere.example/api/x?pagesize=1000&page=1"}
    page = parse_page(to_json(body))
    assert page.rows == ({"id": 1},)
    assert page_url(BASE + "/", "26.0.10", None) == f"{BASE}/26.0.10?pagesize=1000&page=0"
    assert page_url(BASE, "26.0.10", page.next_query) == f"{BASE}/26.0.10?pagesize=1000&page=1"


@each_row("last", ["", None, 7])
def test_the_last_page_has_no_next_page(last: object) -> None:
    assert parse_page(to_json({"Result": [], "NextPageUrl": last})).next_query is None


def test_midnight_is_removed_from_days_only() -> None:
    row = {
        "date_start": "2026-10-03T00:00:00",
        "date_end": "2026-10-04T00:00:00.000",
        "source_date": "2026-10-03T00:00:00",
    }
    [read] = parse_page(to_json({"Result": [row]})).rows
    assert read == {**row, "date_start": "2026-10-03", "date_end": "2026-10-04"}
    odd = {"date_start": "2026-10-03T12:00:00", "date_end": 5}
    assert parse_page(to_json({"Result": [odd]})).rows == (odd,)


@each_row("body", [b"", b"[]", b"{}", b'{"Result": {}}', b'{"Result": [1]}', b"API token required"])
def test_a_response_without_rows_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        parse_page(body)

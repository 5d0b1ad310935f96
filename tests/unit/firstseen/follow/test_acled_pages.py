from __future__ import annotations

import pytest
from pydantic_core import to_json

from firstseen.follow.acled_pages import (
    deleted_url,
    event_of,
    events_url,
    latest,
    parse_deleted,
    parse_rows,
    parse_token,
)
from firstseen.follow.batch import Event
from tests.support.tables import each_row

BASE = "https://acleddata.com"


def test_events_and_deletions_are_requested_since_the_last_one() -> None:
    assert events_url(BASE, 1790000000, 2) == (
        f"{BASE}/api/acled/read?_format=json&timestamp=1790000000&timestamp_where=%3E%3D&limit=5000&page=2"
    )
    assert deleted_url(BASE + "/", 5, 1) == (
        f"{BASE}/api/deleted/read?_format=json&deleted_timestamp=5&deleted_timestamp_where=%3E%3D&limit=5000&page=1"
    )


def test_a_token_comes_with_or_without_a_refresh_token() -> None:
    assert parse_token(b'{"access_token": "a", "refresh_token": "r", "expires_in": 86400}') == ("a", "r")
    assert parse_token(b'{"access_token": "a"}') == ("a", None)


@each_row("body", [b"", b"[]", b"{}", b'{"access_token": ""}', b'{"access_token": 5}', b"<html>"])
def test_a_response_without_a_token_is_an_error_that_shows_no_content(body: bytes) -> None:
    with pytest.raises(ValueError, match="^the response (is not JSON|has no access_token)$"):
        parse_token(body)


@each_row("body", [b'{"status": 403, "data": []}', b'{"success": false, "data": []}', b'{"status": 200}', b"[]"])
def test_a_response_with_an_error_status_in_its_body_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="the response"):
        parse_rows(body)
    assert parse_rows(to_json({"status": 200, "success": True, "data": [{"a": 1}]})) == [{"a": 1}]


def test_the_latest_timestamp_is_a_number_whether_it_is_written_as_one_or_as_text() -> None:
    rows: list[dict[str, object]] = [
        {"timestamp": "17"},
        {"timestamp": 23},
        {"timestamp": None},
        {"timestamp": "x"},
        {},
    ]
    assert latest(rows, 100) == 23
    assert latest([*rows, {"timestamp": 101}], 100) == 23, "a time in the future would hide all that comes"
    assert latest([], 100) is None


def test_a_deletion_has_an_event_and_a_time() -> None:
    rows: list[dict[str, object]] = [
        {"event_id_cnty": "MLI1", "deleted_timestamp": "9"},
        {"event_id_cnty": "MLI2"},
        {"deleted_timestamp": 9},
    ]
    assert parse_deleted(rows) == [Event("acled", "MLI1", 9)]


@each_row("at", [10**30, "999999999999999999", 2**53 + 1, 0, -1, "-1", 1.5, None, [], "9" * 5_000])
def test_a_time_that_cannot_be_a_revision_is_none(at: object) -> None:
    assert parse_deleted([{"event_id_cnty": "MLI1", "deleted_timestamp": at}]) == []
    assert event_of({"event_id_cnty": "MLI1", "timestamp": at}) is None

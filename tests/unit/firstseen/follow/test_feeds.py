from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from firstseen.follow.addresses import shown
from firstseen.follow.feeds import NAMED, feed_named
from firstseen.follow.http import FeedError
from firstseen.importers.jsonl import import_jsonl
from firstseen.settings import Settings, SettingsError
from tests.support.tables import each_row

ACCOUNT: dict[str, Any] = {"acled_user": "a@example.org", "acled_password": "secret"}


def test_the_named_feeds_are_these() -> None:
    assert list(NAMED) == ["gdelt", "ucdp-candidate", "acled"]


@each_row(
    ("name", "address"),
    [
        ("gdelt", "http://data.gdeltproject.org/gdeltv2/lastupdate.txt"),
        ("ucdp-candidate", "https://ucdpapi.pcr.uu.se/api/gedevents"),
    ],
)
def test_a_feed_has_the_address_of_its_publisher(name: str, address: str) -> None:
    assert feed_named(name, Settings(), None, None, import_jsonl).address == address


def test_the_command_line_overrides_the_defaults() -> None:
    hour = timedelta(hours=1)
    assert feed_named("gdelt", Settings(), hour, None, import_jsonl).every == hour
    assert feed_named("gdelt", Settings(), None, None, import_jsonl).every == timedelta(minutes=15)


def test_acled_needs_an_account_before_any_request() -> None:
    with pytest.raises(SettingsError, match="FIRSTSEEN_ACLED_USER and FIRSTSEEN_ACLED_PASSWORD"):
        feed_named("acled", Settings(), None, None, import_jsonl)


def test_an_address_is_followed_with_its_query_and_shown_without_it() -> None:
    feed = feed_named("https://example.org/a.csv?x=1", Settings(), None, None, import_jsonl)
    assert (feed.name, feed.address) == ("https://example.org/a.csv?x=1", "https://example.org/a.csv")


@each_row(
    "name",
    ["gdlet", "ftp://example.org/a.csv", "/tmp/a.csv", "https://", "", "file:///etc/passwd"]
    + ["http://[bad/x", "http://example.org:99999/x", "http://a b/x", "http://example.org\n/x"],
)
def test_an_unknown_feed_is_rejected_with_the_known_ones(name: str) -> None:
    with pytest.raises(FeedError, match="use one of gdelt, ucdp-candidate, acled, or an address"):
        feed_named(name, Settings(), None, None, import_jsonl)


def test_a_password_in_an_address_is_rejected_and_not_repeated() -> None:
    with pytest.raises(FeedError, match="FIRSTSEEN_FEED_AUTHORIZATION") as caught:
        feed_named("https://user:hunter2@example.org/a.csv", Settings(), None, None, import_jsonl)
    assert "hunter2" not in str(caught.value)
    assert shown("https://user:hunter2@example.org/a.csv?key=hunter2") == "https://example.org/a.csv"

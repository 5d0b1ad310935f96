"""The APIs of UCDP and ACLED with a local publisher: their requests, and how they handle good and bad responses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic_core import to_json

from firstseen.follow.acled import Acled
from firstseen.follow.acled_pages import PAGE_ROWS
from firstseen.follow.http import DeniedError
from firstseen.follow.ucdp import UcdpCandidate
from schemas.feed import FeedProgress
from tests.support.feeds import NOW, after, batches, failure, rows
from tests.support.publisher import Asked, Publisher, Reply, publisher

DAY = timedelta(days=1)


@pytest.fixture
def there() -> Iterator[Publisher]:
    with publisher() as running:
        yield running


# UCDP


def page(*ids: int, following: str = "") -> Reply:
    return Reply(to_json({"TotalPages": 9, "NextPageUrl": following, "Result": [{"id": id_} for id_ in ids]}))


def by_page(*pages: Reply) -> Any:
    return lambda asked: pages[int(asked.query["page"])]


async def test_ucdp_is_read_page_by_page_and_version_by_version(there: Publisher) -> None:
    feed = UcdpCandidate(f"{there.url}/api/gedevents", "hunter2", timedelta(days=60))
    second = "http://elsewhere.example/x?pagesize=1000&page=1"
    there.serve("/api/gedevents/26.0.9", by_page(page(1, 2, following=second), page(3)))
    there.serve("/api/gedevents/26.0.10", page(4))
    found = await batches(feed)
    assert [[row["id"] for row in rows(batch)] for batch in found] == [["1", "2", "3"], ["4"]]
    assert [batch.changes["cursor"] for batch in found] == ["26.0.9", "26.0.10"]
    assert {asked.headers["x-ucdp-access-token"] for asked in there.asked} == {"hunter2"}

    there.asked.clear()
    assert await batches(feed, after(found[1])) == [], "the last version is as it was, and November is not there yet"
    assert there.paths() == ["/api/gedevents/26.0.10", "/api/gedevents/26.0.11"]
    there.serve("/api/gedevents/26.0.10", page(4, 5))
    there.serve("/api/gedevents/26.0.11", page(6))
    assert [len([*batch.lines]) for batch in await batches(feed, after(found[1]))] == [3, 2]


async def test_ucdp_says_which_setting_holds_the_token(there: Publisher) -> None:
    there.serve("/api/gedevents/26.0.10", Reply(b"API token required", status=401))
    cursor = FeedProgress(feed="x", cursor="26.0.10")
    missing = await failure(UcdpCandidate(f"{there.url}/api/gedevents", None, DAY), cursor)
    assert "answered 401 Unauthorized: set FIRSTSEEN_UCDP_TOKEN" in str(missing)
    rejected = await failure(UcdpCandidate(f"{there.url}/api/gedevents", "hunter2", DAY), cursor)
    assert "rejected FIRSTSEEN_UCDP_TOKEN" in str(rejected)
    assert "hunter2" not in str(rejected)


async def test_ucdp_without_any_version_names_the_address_and_the_period(there: Publisher) -> None:
    error = await failure(UcdpCandidate(f"{there.url}/api/wrong", None, timedelta(days=60)))
    assert "there is no version from 26.0.9 to 26.0.11: check FIRSTSEEN_UCDP_URL" in str(error)
    assert "there is no version 26.0.11: " in str(await failure(UcdpCandidate(f"{there.url}/api/wrong", None, DAY)))


async def test_a_ucdp_version_is_read_completely_or_rejected(there: Publisher) -> None:
    feed = UcdpCandidate(f"{there.url}/api/gedevents", None, DAY)
    first = page(1, following="x?pagesize=1000&page=1")
    cursor = FeedProgress(feed="x", cursor="26.0.10")
    for second in (Reply(status=404), Reply(status=500), Reply(b"{"), Reply(page(2).body, sent=9)):
        there.serve("/api/gedevents/26.0.10", by_page(first, second))
        await failure(feed, cursor)
    circle = by_page(first, page(2, following="x?pagesize=1000&page=2"), page(3, following="x?pagesize=1000&page=1"))
    there.serve("/api/gedevents/26.0.10", circle)
    assert "its pages go round in a circle" in str(await failure(feed, cursor))
    there.serve("/api/gedevents/26.0.10", first)  # the page names itself as the next
    assert [len([*batch.lines]) for batch in await batches(feed, cursor)] == [3]


# ACLED


class Account:
    """Issues tokens and accepts only the last one."""

    def __init__(self) -> None:
        self.given = 0
        self.refreshes = True

    def token(self, asked: Asked) -> Reply:
        good = asked.form.get("client_id") == "acled" and (
            (asked.form.get("username"), asked.form.get("password")) == ("a@example.org", "hunter2")
            or (self.refreshes and asked.form.get("refresh_token") == f"refresh {self.given}")
        )
        if not good:
            return Reply(b'{"error": "invalid_grant"}', status=400)
        self.given += 1
        return Reply(to_json({"access_token": f"token {self.given}", "refresh_token": f"refresh {self.given}"}))

    def rows(self, *rows: dict[str, Any]) -> Any:
        def answer(asked: Asked) -> Reply:
            if asked.headers.get("Authorization") != f"Bearer token {self.given}":
                return Reply(b"{}", status=401)
            return Reply(to_json({"status": 200, "success": True, "data": list(rows)}))

        return answer


@pytest.fixture
def account(there: Publisher) -> Account:
    account = Account()
    there.serve("/oauth/token", account.token)
    there.serve("/api/acled/read", account.rows({"event_id_cnty": "MLI1", "timestamp": "1795000001"}))
    there.serve("/api/deleted/read", account.rows({"event_id_cnty": "MLI0", "deleted_timestamp": "1795000000"}))
    return account


def acled(there: Publisher, password: str = "hunter2") -> Acled:
    return Acled(there.url, "a@example.org", password, timedelta(days=14))


async def test_acled_is_requested_since_the_last_change_and_deletion(there: Publisher, account: Account) -> None:
    [batch] = await batches(acled(there))
    assert rows(batch) == [{"event_id_cnty": "MLI1", "timestamp": "1795000001"}]
    assert [(event.id, event.revision) for event in batch.deleted] == [("MLI0", 1795000000)]
    assert batch.changes["cursor"] == "1795000001"
    assert there.asked[1].query["timestamp"] == str(round((NOW - timedelta(days=14)).timestamp()))
    assert await batches(acled(there), after(batch)) == [], "the last rows come again, and are as they were"
    assert there.asked[-2].query["timestamp"] == "1795000001"
    assert int(there.asked[-1].query["deleted_timestamp"]) == 1795000001 - 30 * 86_400


async def test_an_expired_acled_token_is_renewed(there: Publisher, account: Account) -> None:
    feed = acled(there)
    await batches(feed)
    assert account.given == 1
    account.given += 1  # the follower does not have the new one
    account.refreshes = False
    there.asked.clear()
    assert await batches(feed)
    forms = [asked.form.get("grant_type") for asked in there.asked if asked.path == "/oauth/token"]
    assert forms == ["refresh_token", "password"]

    account.refreshes = True
    there.serve("/api/acled/read", Reply(status=401), account.rows())
    there.asked.clear()
    assert await batches(feed)
    forms = [asked.form.get("grant_type") for asked in there.asked if asked.path == "/oauth/token"]
    assert forms == ["refresh_token"]


async def test_errors_of_acled_name_the_settings_and_show_no_secret(there: Publisher, account: Account) -> None:
    rejected = await failure(acled(there, "*secret*"))
    assert "rejected FIRSTSEEN_ACLED_USER and FIRSTSEEN_ACLED_PASSWORD" in str(rejected)
    there.serve("/api/acled/read", Reply(status=403))
    denied = await failure(acled(there))
    assert isinstance(denied, DeniedError)
    assert "accept ACLED's terms in your account" in str(denied)
    assert "hunter2" not in str(denied)
    assert "*secret*" not in str(rejected)
    there.serve("/oauth/token", Reply(status=503, headers={"Retry-After": "60"}))
    away = await failure(acled(there))
    assert ("FIRSTSEEN_ACLED" not in str(away), away.retry_after) == (True, "60")


async def test_pages_of_acled_that_repeat_are_a_failure(there: Publisher, account: Account) -> None:
    full = [{"event_id_cnty": f"MLI{number}", "timestamp": "1795000001"} for number in range(PAGE_ROWS)]
    there.serve("/api/acled/read", account.rows(*full))
    assert "page 2 is the same as the page before it" in str(await failure(acled(there), largest=2**24))

"""The feeds with a local publisher: their requests, and how they handle good and bad responses."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic_core import to_json
from yarl import URL

from firstseen.follow.acled import Acled
from firstseen.follow.batch import Batch
from firstseen.follow.document import Document
from firstseen.follow.gdelt import Gdelt
from firstseen.follow.http import Client, DeniedError, FeedError
from firstseen.follow.ucdp import UcdpCandidate
from schemas.feed import FeedProgress
from tests.support.publisher import Asked, Publisher, Reply, publisher

NOW = datetime(2026, 11, 29, 9, 20, tzinfo=UTC)
NEWEST = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.fixture
def there() -> Iterator[Publisher]:
    with publisher() as running:
        yield running


async def batches(
    feed: Any, progress: FeedProgress | None = None, *, seconds: float = 5, largest: int = 2**20
) -> list[Batch]:
    async with Client(seconds, largest, private=True) as client:
        return [batch async for batch in feed.batches(client, progress or FeedProgress(feed="x"), NOW)]


async def failure(feed: Any, progress: FeedProgress | None = None, **options: Any) -> FeedError:
    with pytest.raises(FeedError) as caught:
        await batches(feed, progress, **options)
    return caught.value


def after(batch: Batch) -> FeedProgress:
    return FeedProgress(feed="x").replace(**batch.changes)


def rows(batch: Batch) -> list[dict[str, str]]:
    return list(csv.DictReader(line.decode() for line in batch.lines))


# One document


async def test_a_document_is_read_once_until_it_changes(there: Publisher) -> None:
    feed = Document(f"{there.url}/a.jsonl", None)
    there.serve("/a.jsonl", Reply(b"1\n2\n", marked=True))
    [first] = await batches(feed)
    assert first.lines == [b"1\n", b"2\n"]
    assert await batches(feed, after(first)) == []
    assert there.asked[-1].headers["If-None-Match"] == after(first).etag
    there.serve("/a.jsonl", Reply(b"1\n3\n", marked=True))
    [second] = await batches(feed, after(first))
    assert second.lines == [b"1\n", b"3\n"]


async def test_a_document_without_etag_is_requested_by_time_and_without_either_compared(there: Publisher) -> None:
    feed = Document(f"{there.url}/a.jsonl", None)
    there.serve("/a.jsonl", Reply(b"1\n", headers={"Last-Modified": "Sun, 29 Nov 2026 09:00:00 GMT"}))
    [first] = await batches(feed)
    assert await batches(feed, after(first)) == [], "it came again as it was"
    assert there.asked[-1].headers["If-Modified-Since"] == "Sun, 29 Nov 2026 09:00:00 GMT"
    there.serve("/a.jsonl", Reply(b"1\n"))
    assert await batches(feed, after(first).replace(last_modified=None)) == []


async def test_a_compressed_response_is_decompressed(there: Publisher) -> None:
    there.serve("/a.jsonl", Reply(gzip.compress(b"1\n"), headers={"Content-Encoding": "gzip"}))
    [batch] = await batches(Document(f"{there.url}/a.jsonl", None))
    assert batch.lines == [b"1\n"]


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
async def test_several_archives_one_after_the_other_are_one_document(there: Publisher, headers: dict[str, str]) -> None:
    there.serve("/a.jsonl", Reply(gzip.compress(b"1\n") + gzip.compress(b"2\n") + b"\0" * 9, headers=headers))
    [batch] = await batches(Document(f"{there.url}/a.jsonl", None))
    assert batch.lines == [b"1\n", b"2\n"]


async def test_a_complete_archive_needs_no_length(there: Publisher) -> None:
    there.serve("/a.jsonl.gz", Reply(gzip.compress(b"1\n2"), measured=False))
    [batch] = await batches(Document(f"{there.url}/a.jsonl.gz", None))
    assert batch.lines == [b"1\n", b"2"]
    there.serve("/a.jsonl.gz", Reply(gzip.compress(b"1\n2")[:-4], measured=False))
    assert "truncated" in str(await failure(Document(f"{there.url}/a.jsonl.gz", None)))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(status=500), "answered 500 Internal Server Error"),
        (Reply(status=404), "answered 404 Not Found"),
        (Reply(status=429, headers={"Retry-After": "30"}), "answered 429 Too Many Requests"),
        (Reply(b"x" * 1000, sent=500), "the response is truncated or damaged"),
        (Reply(b"x" * 1000, sent=0), "the response is truncated or damaged"),
        (Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), "the response is truncated or damaged"),
        (Reply(gzip.compress(b"x" * 1000)[:20], headers={"Content-Encoding": "gzip"}), "truncated or damaged"),
        (Reply(b"x", headers={"Content-Encoding": "br"}), "encoding 'br', but only gzip was accepted"),
        (Reply(b"1\n2", measured=False), "it may be truncated"),
        (Reply(status=599), "answered 599"),
        (Reply(b"x", seconds=5), "no complete response within 0.3 s"),
        (Reply(b"x" * (2**20 + 1)), "larger than 1 MiB"),
        (Reply(gzip.compress(b"x" * 2**22), headers={"Content-Encoding": "gzip"}), "larger than 1 MiB"),
        (Reply(status=302, headers={"Location": "/a.jsonl"}), "redirects too often"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "it redirects to an invalid address"),
        (Reply(status=302, headers={"Location": "http://[bad"}), "it redirects to an invalid address"),
        (Reply(status=302), "answered 302 Found without a usable Location"),
        (Reply(status=304), "answered 304 Not Modified to an unconditional request"),
        (Reply(gzip.compress(b"x" * 1000)[:-6]), "the archive is truncated"),
        (Reply(gzip.compress(b"x" * 1000)[:12] + b"x" * 9), "the archive is damaged"),
    ],
)
async def test_a_bad_response_is_reported_with_its_address_and_without_its_query(
    there: Publisher, reply: Reply, why: str
) -> None:
    there.serve("/a.jsonl", reply)
    error = await failure(Document(f"{there.url}/a.jsonl?key=hunter2", None), seconds=0.3 if reply.seconds else 30)
    assert str(error).startswith(f"{there.url}/a.jsonl: ")
    assert why in str(error)
    assert "hunter2" not in str(error)
    assert error.retry_after == reply.headers.get("Retry-After")


async def test_a_response_without_a_length_is_accepted_if_it_ends_with_a_line_break(there: Publisher) -> None:
    there.serve("/a.jsonl", Reply(b"1\n2\n", measured=False))
    [batch] = await batches(Document(f"{there.url}/a.jsonl", None))
    assert batch.lines == [b"1\n", b"2\n"]


async def test_an_address_where_nothing_listens_is_reported() -> None:
    assert "no connection" in str(await failure(Document("http://127.0.0.1:1/a.jsonl", None)))


@pytest.mark.parametrize("host", ["localhost", "0x7f.1"])
async def test_a_name_is_checked_by_the_address_that_it_resolves_to(host: str) -> None:
    async with Client(5) as client:
        with pytest.raises(FeedError, match="private networks are not read"):
            await client.get(f"http://{host}:9/a")


async def test_a_proxy_may_be_private_but_a_feed_does_not_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://localhost:9")
    async with Client(5) as client:
        with pytest.raises(FeedError, match="no connection"):
            await client.get("http://feeds.example.org/a")
        assert client._problem(URL("http://localhost:9/"), URL("http://feeds.example.org/a"), has_secret=False)


async def test_a_key_is_sent_and_never_follows_a_redirect(there: Publisher) -> None:
    feed = Document(f"{there.url}/a.jsonl", "Bearer hunter2")
    there.serve("/a.jsonl", Reply(b"1\n"))
    assert await batches(feed)
    assert there.asked[-1].headers["Authorization"] == "Bearer hunter2"
    there.serve("/a.jsonl", Reply(status=302, headers={"Location": f"{there.url}/b.jsonl?key=x"}))
    assert f"redirects to {there.url}/b.jsonl, and keys are not sent there" in str(await failure(feed))
    assert "/b.jsonl" not in there.paths()


async def test_an_address_without_a_key_may_redirect(there: Publisher) -> None:
    there.serve("/a.jsonl", Reply(status=301, headers={"Location": "/b.jsonl"}))
    there.serve("/b.jsonl", Reply(b"1\n"))
    assert len(await batches(Document(f"{there.url}/a.jsonl", None))) == 1


async def test_marks_that_cannot_be_stored_are_dropped(there: Publisher) -> None:
    for etag in ('"' + "x" * 400 + '"', '"é"'):
        there.serve("/a.jsonl", Reply(b"1\n", headers={"ETag": etag}))
        [batch] = await batches(Document(f"{there.url}/a.jsonl", None))
        assert batch.changes["etag"] is None
        assert after(batch).to_bytes()


async def test_a_server_without_tls_is_reported(there: Publisher) -> None:
    error = await failure(Document(there.url.replace("http:", "https:") + "/a.jsonl", None))
    assert "its certificate is not valid for this name, or it does not support TLS" in str(error)


async def test_what_a_server_sends_cannot_control_a_terminal(there: Publisher) -> None:
    there.serve("/a.jsonl", Reply(status=302, headers={"Location": "https://x.example/\x9b2J"}))
    error = await failure(Document(f"{there.url}/a.jsonl", "key"))
    assert str(error).replace("\n", "").isprintable()


# GDELT


def gdelt(there: Publisher, most: timedelta = timedelta()) -> Gdelt:
    return Gdelt(f"{there.url}/gdeltv2/lastupdate.txt", most)


async def test_gdelt_is_read_file_by_file_and_no_file_is_requested_twice(there: Publisher) -> None:
    there.serve_gdelt({NEWEST - QUARTER: b"1\n", NEWEST: b"2\n"})
    found = await batches(gdelt(there, 2 * QUARTER))
    assert [(batch.lines, batch.changes["cursor"]) for batch in found] == [
        ([b"1\n"], "20261129090000"), ([b"2\n"], "20261129091500"),
    ]  # fmt: skip
    assert "etag" not in found[0].changes, "only after the newest is there nothing left to do"
    there.asked.clear()
    assert await batches(gdelt(there, DAY), after(found[1])) == []
    assert there.paths() == ["/gdeltv2/lastupdate.txt"]


async def test_missing_and_too_old_files_of_gdelt_are_counted(there: Publisher) -> None:
    there.serve_gdelt({NEWEST - QUARTER: b"1\n", NEWEST: b"2\n"})
    there.serve(f"/gdeltv2/{NEWEST - QUARTER:%Y%m%d%H%M%S}.export.CSV.zip", Reply(status=404))
    cursor = FeedProgress(feed="gdelt", cursor=f"{NEWEST - 10 * QUARTER:%Y%m%d%H%M%S}")
    [batch] = await batches(gdelt(there, timedelta(minutes=30)), cursor)
    assert batch.skipped == {"files older than 30m": 8, "files that GDELT does not have": 1}


async def test_a_damaged_or_missing_gdelt_file_is_read_again_later(there: Publisher) -> None:
    there.serve_gdelt({NEWEST: b"1\n" * 500}, md5="0" * 32)
    assert "its MD5 differs from the one in lastupdate.txt" in str(await failure(gdelt(there)))
    there.serve_gdelt({NEWEST - QUARTER: b"1\n", NEWEST: b"2\n"})
    name = f"/gdeltv2/{NEWEST - QUARTER:%Y%m%d%H%M%S}.export.CSV.zip"
    there.serve(name, Reply(b"PK\x03\x04 cut"))
    assert "the archive is truncated or damaged" in str(await failure(gdelt(there, 2 * QUARTER)))
    there.serve(f"/gdeltv2/{NEWEST:%Y%m%d%H%M%S}.export.CSV.zip", Reply(status=404))
    assert "though lastupdate.txt names it" in str(await failure(gdelt(there)))
    there.serve_gdelt({NEWEST + timedelta(days=365): b"2\n"})
    assert "a file in the future" in str(await failure(gdelt(there)))
    there.serve("/gdeltv2/lastupdate.txt", Reply(b"<html>maintenance</html>"))
    assert "names no file" in str(await failure(gdelt(there)))


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
    assert [len(batch.lines) for batch in await batches(feed, after(found[1]))] == [3, 2]


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
    there.serve("/api/gedevents/26.0.10", first)  # the page names itself as the next
    assert [len(batch.lines) for batch in await batches(feed, cursor)] == [3]


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

"""Documents and GDELT with a local publisher: their requests, and how they handle good and bad responses."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from yarl import URL

from firstseen.follow.document import Document
from firstseen.follow.gdelt import Gdelt
from firstseen.follow.http import Client, FeedError
from schemas.feed import FeedProgress
from tests.support.feeds import after, batches, failure
from tests.support.publisher import Publisher, Reply, publisher

NEWEST = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@pytest.fixture
def there() -> Iterator[Publisher]:
    with publisher() as running:
        yield running


# One document


async def test_a_document_is_read_once_until_it_changes(there: Publisher) -> None:
    feed = Document(f"{there.url}/a.jsonl", None)
    there.serve("/a.jsonl", Reply(b"1\n2\n", marked=True))
    [first] = await batches(feed)
    assert [*first.lines] == [b"1\n", b"2\n"]
    assert await batches(feed, after(first)) == []
    assert there.asked[-1].headers["If-None-Match"] == after(first).etag
    there.serve("/a.jsonl", Reply(b"1\n3\n", marked=True))
    [second] = await batches(feed, after(first))
    assert [*second.lines] == [b"1\n", b"3\n"]


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
    assert [*batch.lines] == [b"1\n"]


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
async def test_several_archives_one_after_the_other_are_one_document(there: Publisher, headers: dict[str, str]) -> None:
    there.serve("/a.jsonl", Reply(gzip.compress(b"1\n") + gzip.compress(b"2\n") + b"\0" * 9, headers=headers))
    [batch] = await batches(Document(f"{there.url}/a.jsonl", None))
    assert [*batch.lines] == [b"1\n", b"2\n"]


async def test_a_complete_archive_needs_no_length(there: Publisher) -> None:
    there.serve("/a.jsonl.gz", Reply(gzip.compress(b"1\n2"), measured=False))
    [batch] = await batches(Document(f"{there.url}/a.jsonl.gz", None))
    assert [*batch.lines] == [b"1\n", b"2"]
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
    assert [*batch.lines] == [b"1\n", b"2\n"]


async def test_a_workbook_needs_no_length(there: Publisher) -> None:
    there.serve("/a.xlsx", Reply(b"PK\x03\x04 and more", measured=False))
    [batch] = await batches(Document(f"{there.url}/a.xlsx", None))
    assert [*batch.lines] == [b"PK\x03\x04 and more"]


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n1\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n1\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n1\n",
    ],
)
async def test_a_response_that_is_not_http_is_reported(sent: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await failure(Document(f"http://127.0.0.1:{port}/a", None))
    assert str(error).endswith(": the response is not valid HTTP, or its headers are too long")


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
    assert [([*batch.lines], batch.changes["cursor"]) for batch in found] == [
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

"""A client that has an answer gets 304, and a large answer is compressed once."""

from __future__ import annotations

import gzip

import httpx
from fastapi import Request

from tests.support.tables import each_row
from web.http.caching import CachedResponse


@each_row("path", ["alerts", "alerts.csv", "sightings", "regions", "countries/ML", "presence", "alerts/a"])
async def test_a_client_that_has_the_answer_gets_304(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(f"/api/v1/{path}")
    for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = await client.get(f"/api/v1/{path}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")


def request(encoding: bytes) -> Request:
    return Request({"type": "http", "headers": [(b"accept-encoding", encoding)]})


def test_a_large_body_is_compressed_once_for_clients_that_accept_gzip() -> None:
    cached = CachedResponse(b"x" * 2_000)
    packed = cached.respond(request(b"br, gzip"))
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == cached.body
    assert cached.respond(request(b"gzip")).body is packed.body
    plain = cached.respond(request(b"identity"))
    assert (plain.body, "content-encoding" in plain.headers) == (cached.body, False)


def test_a_small_body_is_not_compressed() -> None:
    assert "content-encoding" not in CachedResponse(b"x").respond(request(b"gzip")).headers


@each_row("path", ["/api/v1", "/api/v1/alerts", "/page/page.js"])
@each_row(("accepted", "encoding"), [("gzip;q=0", None), ("br, GZIP ; q=0.00, *", None), ("gzip;q=0.5, br", "gzip")])
async def test_a_client_may_refuse_gzip(
    client: httpx.AsyncClient, path: str, accepted: str, encoding: str | None
) -> None:
    answer = await client.get(path, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding

"""One address cannot take all of the API, and the number of open streams is limited."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from web.http.rate_limit import BURST, REQUESTS_PER_SECOND, RateLimiter, TokenBucket


def test_a_bucket_empties_and_refills() -> None:
    bucket = TokenBucket(2, 0.0)
    assert [bucket.take(0.0), bucket.take(0.0)] == [0, 0]
    assert bucket.take(0.0) == pytest.approx(1 / REQUESTS_PER_SECOND)
    assert bucket.take(1 / REQUESTS_PER_SECOND) == 0
    bucket.take(1e6)
    assert bucket.tokens == BURST - 1


async def test_an_address_that_calls_too_often_has_to_wait_and_others_do_not() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limiter = RateLimiter(app, lambda: 0.0, max_streams=1)

    async def get(address: str, path: str = "/api/v1/alerts") -> httpx.Response:
        transport = httpx.ASGITransport(limiter, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.get(path)

    assert {(await get("10.0.0.1")).status_code for _ in range(int(BURST))} == {200}
    limited = await get("10.0.0.1")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
    assert limited.json()["detail"] == "Too many requests from this address; retry in 1 s."
    assert ((await get("10.0.0.1", "/")).status_code, (await get("10.0.0.2")).status_code) == (200, 200)


async def test_the_addresses_of_one_ipv6_subscriber_count_as_one() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limiter = RateLimiter(app, lambda: 0.0, max_streams=1)

    async def status(address: str) -> int:
        transport = httpx.ASGITransport(limiter, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return (await client.get("/api/v1/alerts")).status_code

    assert {await status(f"2001:db8:0:1::{number:x}") for number in range(int(BURST))} == {200}
    assert await status("2001:db8:0:1:ffff::1") == 429
    assert [await status(address) for address in ("2001:db8:0:2::1", "::ffff:10.0.0.1", "::ffff:10.0.0.2", "x")] == [
        200
    ] * 4


async def test_streams_beyond_the_limit_are_refused() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    limiter = RateLimiter(app, lambda: 0.0, max_streams=0)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(limiter), base_url="http://page") as client:
        answer = await client.get("/api/v1/events")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_one_address_may_open_half_of_all_streams() -> None:
    opened, end = asyncio.Semaphore(0), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        opened.release()
        await end.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limiter = RateLimiter(app, lambda: 0.0, max_streams=4)

    async def get(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(limiter, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return await client.get("/api/v1/events")

    streams = [asyncio.create_task(get("10.0.0.1")) for _ in range(2)]
    for _ in streams:
        await opened.acquire()
    refused = await get("10.0.0.1")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert refused.json()["detail"] == "This address has 2 open event streams, the limit: close some first."
    other = asyncio.create_task(get("10.0.0.2"))
    await opened.acquire()
    end.set()
    assert {(await stream).status_code for stream in (*streams, other)} == {200}
    assert (await get("10.0.0.1")).status_code == 200

"""HEAD gets the headers of GET, at every address, and a stream ends at once."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

from tests.support.tables import each_row
from tests.support.waiting import PATIENCE_SECONDS


@each_row(
    "path", ["/", "/health", "/docs", "/page/page.js", "/api/v1", "/api/v1/alerts", "/api/v1/alerts.atom", "/api/v1/events", "/nothing"]
)  # fmt: skip
async def test_head_is_answered_like_get_without_a_body(empty_page: FastAPI, path: str) -> None:
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        httpx.AsyncClient(transport=httpx.ASGITransport(empty_page), base_url="http://page") as client,
    ):
        head = await client.head(path)
        assert head.content == b""
        if path != "/api/v1/events":  # it has no end
            got = await client.get(path)
            assert (head.status_code, head.headers) == (got.status_code, got.headers)
    assert head.status_code == {"/health": 503, "/nothing": 404}.get(path, 200)

"""A producer reads the rejections of its own source, and of no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from schemas.rejection import REMEDIES, Reason
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import ARRIVED, rejection
from tests.support.pages import add_rejections
from web.app import WebConfig, build_web

REJECTIONS = [
    rejection(id="old", arrived=ARRIVED - timedelta(3)),
    rejection(id="new", offset=7, suggestions=("Mali (ML)",)),
    rejection(id="twice", reason=Reason.CONFLICT, offset=8, arrived=ARRIVED + timedelta(hours=1)),
    rejection(source="desk", id="secret"),
]


@pytest.fixture
def app() -> FastAPI:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(producers={"wire": "w", "desk": "d"}))
    add_rejections(app.state.services.queries.history, REJECTIONS)
    app.state.services.page.was_complete = True
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


async def get(client: httpx.AsyncClient, query: str = "", key: str = "w") -> httpx.Response:
    return await client.get(f"/api/v1/rejections{query}", headers={"Authorization": f"Bearer {key}"})


async def test_rejections_are_listed_newest_first_with_remedies_and_counts(client: httpx.AsyncClient) -> None:
    page = (await get(client)).json()
    assert [row["id"] for row in page["rejections"]] == ["twice", "new", "old"]
    assert page["counts"] == {"conflict": 1, "country_unresolved": 2}
    assert page["rejections"][1] == {
        "id": "new", "arrived": "2017-11-01T09:00:00Z", "reason": "country_unresolved", "detail": "no country",
        "remedy": REMEDIES[Reason.COUNTRY_UNRESOLVED], "suggestions": ["Mali (ML)"], "partition": 0, "offset": 7,
    }  # fmt: skip


async def test_rejections_are_selected_by_time_reason_and_number(client: httpx.AsyncClient) -> None:
    async def ids(query: str) -> list[str]:
        return [row["id"] for row in (await get(client, query)).json()["rejections"]]

    assert await ids("?since=2017-11-01T09:00Z") == ["twice", "new"]
    assert await ids("?reason=conflict") == ["twice"]
    assert await ids("?limit=1") == ["twice"]
    assert (await get(client, "?reason=bad")).status_code == 400
    assert (await get(client, "?since=yesterday")).status_code == 400


async def test_pages_of_rejections_follow_one_another(client: httpx.AsyncClient) -> None:
    found, following = [], "?limit=1"
    while following:
        page = (await get(client, following)).json()
        found += [row["id"] for row in page["rejections"]]
        following = (page["next"] or "").removeprefix("/api/v1/rejections")
    assert found == ["twice", "new", "old"]
    assert (await get(client, "?before=x")).status_code == 400


async def test_a_producer_cannot_read_rejections_of_another_source(client: httpx.AsyncClient) -> None:
    other = await get(client, "?source=desk")
    assert (other.status_code, other.headers["content-type"]) == (403, "application/problem+json")
    assert "secret" not in other.text
    assert (await get(client, key="wrong")).status_code == 401
    assert (await get(client, "?source=wire")).status_code == 200


async def test_the_answer_is_503_until_all_rejections_are_read(client: httpx.AsyncClient, app: FastAPI) -> None:
    app.state.services.page.was_complete = False
    early = await get(client)
    assert (early.status_code, early.headers["retry-after"]) == (503, "2")
    app.state.services.page.was_complete = True
    assert (await get(client)).status_code == 200

"""The pages that explain the API: every problem, address and parameter, offline and without scripts."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import get_args

import httpx
import pytest
from fastapi import FastAPI

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.problem import problem
from web.http.problem_types import PROBLEM_TYPES, Slug


@pytest.fixture(scope="module")
def page() -> FastAPI:
    return build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(read_token="t"))


@pytest.fixture
async def client(page: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": "Bearer t"}
    transport = httpx.ASGITransport(page)
    async with httpx.AsyncClient(transport=transport, base_url="http://page", headers=headers) as opened:
        yield opened


async def test_every_type_of_a_problem_is_a_page_for_everybody(client: httpx.AsyncClient) -> None:
    assert set(get_args(Slug)) == set(PROBLEM_TYPES)
    for slug, kind in PROBLEM_TYPES.items():
        page = await client.get(f"/problems/{slug}", headers={"Authorization": ""})
        assert page.status_code == 200
        assert f"<h1>{kind.title}</h1>" in page.text
        assert f'href="/problems/{slug}"' in (await client.get("/problems")).text
    unknown = await client.get("/problems/invalid-filtr")
    assert (unknown.status_code, "/problems/invalid-filter?" in unknown.json()["detail"]) == (404, True)


@each_row("status", [400, 401, 403, 404, 405, 408, 409, 411, 413, 429, 500, 503])
def test_every_status_has_a_type(status: int) -> None:
    assert b'"type":"/problems/' in problem(status, "Wrong.").body


async def test_the_index_lists_every_address(client: httpx.AsyncClient) -> None:
    index = (await client.get("/api/v1")).json()
    document = (await client.get(index["links"]["service-desc"])).json()
    assert {endpoint["path"] for endpoint in index["endpoints"]} == set(document["paths"])
    assert {endpoint["id"] for endpoint in index["endpoints"]} == {
        operation["operationId"] for operations in document["paths"].values() for operation in operations.values()
    }


async def test_the_documentation_explains_every_operation_and_loads_nothing_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/docs")
    document = (await client.get("/api/v1/openapi.json")).json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert f'<section id="{operation["operationId"]}">' in page.text
            assert path in page.text
            assert all(
                f"<code>{parameter['name']}</code>" in page.text for parameter in operation.get("parameters", ())
            )
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in page.text
    targets = re.findall(r'(?:href|src)="([^"]*)"', page.text)
    assert all(target.startswith(("/", "#")) for target in targets)
    assert not re.search(r"<script|\sstyle=|\son\w+=", page.text)
    assert len(re.findall(r'\bid="([^"]*)"', page.text)) == len(set(re.findall(r'\bid="([^"]*)"', page.text)))


@each_row(
    "link", [("/openapi.json", "/api/v1/openapi.json"), ("/redoc", "/docs"), ("/api", "/api/v1"), ("/api/", "/api/v1")]
)
async def test_usual_addresses_lead_there(client: httpx.AsyncClient, link: tuple[str, str]) -> None:
    answer = await client.get(link[0])
    assert (answer.status_code, answer.headers["location"]) == (308, link[1])


async def test_a_failure_of_the_server_is_a_problem() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    app.state.services = None
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as opened:
        answer = await opened.get("/api/v1/alerts")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/server-error")

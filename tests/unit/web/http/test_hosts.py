"""The page answers to its own host names only, which protects it from DNS rebinding."""

from __future__ import annotations

from functools import cache

import httpx
from fastapi import FastAPI

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.hosts import AllowedHosts

LOOPBACK = AllowedHosts.for_page("127.0.0.1", "https://Firstseen.example/map", token=False)


@each_row(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200), ("127.0.0.2", 200), ("localhost:1", 200), ("LOCALHOST.", 200), ("[::1]:8080", 200),
        ("firstseen.example", 200), ("evil.example", 400), ("evil.example:8080", 400), ("127.0.0.1.evil.example", 400),
        ("10.0.0.1", 400), ("0.0.0.0", 400), ("localhost.evil.example", 400), ("web", 400), ("evil.example@localhost", 400),
        ("[bad", 400), ("localhost:x", 400), ("localhost/", 400), ("a b", 400), (":80", 400), ("localhost:99999", 400),
    ],
)  # fmt: skip
@each_row("path", ["/", "/health", "/api/v1/alerts", "/api/v1/alerts/a/cap"])
async def test_a_page_on_loopback_answers_to_its_own_names_only(host: str, status: int, path: str) -> None:
    answer = await get_as_host(LOOPBACK, host, path)
    # There is no such alert, and the stages have not been checked.
    expected = {"/api/v1/alerts/a/cap": 404, "/health": 503}
    assert answer.status_code == (expected.get(path, 200) if status == 200 else status)
    if status == 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "FIRSTSEEN_PAGE_URL" in answer.json()["detail"] or "no valid host" in answer.json()["detail"]


@each_row("host", ["[bad", "x:y", "a/b", "@", "[::1]x"])
async def test_an_invalid_host_header_is_an_error_even_if_any_name_is_allowed(host: str) -> None:
    assert (await get_as_host(None, host, "/api/v1/alerts?limit=1")).status_code == 400


@each_row(
    ("host", "allowed"),
    [("10.0.0.1", True), ("web", True), ("localhost", True), ("page.example", True), ("evil.example", False)],
)
def test_a_page_on_all_interfaces_allows_addresses_and_names_without_a_dot(host: str, allowed: bool) -> None:
    hosts = AllowedHosts.for_page("0.0.0.0", "https://page.example", token=False)
    assert hosts is not None
    assert (host in hosts) == allowed


def test_a_page_with_a_read_token_allows_any_name_unless_it_listens_on_loopback() -> None:
    assert AllowedHosts.for_page("0.0.0.0", None, token=True) is None
    assert AllowedHosts.for_page("127.0.0.1", None, token=True) is not None


async def test_routes_that_authenticate_the_sender_answer_to_any_name() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(hosts=LOOPBACK, producers={"wire": "w"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tunnel.example") as client:
        posted = await client.post("/api/v1/sightings", content=b"[]", headers={"Authorization": "Bearer w"})
        slack = await client.post("/slack/events", content=b"x")
    assert "the array is empty" in posted.text
    assert slack.status_code == 404  # without a signing secret the route does not exist


@cache
def page(hosts: AllowedHosts | None) -> FastAPI:
    return build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(hosts=hosts))


async def get_as_host(hosts: AllowedHosts | None, host: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page(hosts)), base_url="http://page") as client:
        return await client.get(path, headers={"Host": host})

"""Readers need the read token; producers need the key of their source."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from firstseen.settings import Settings, SettingsError
from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import WebConfig, build_web
from web.http.auth import source_of_key

TOKEN = "ouvre-toi, sésame"  # noqa: S105
KEYS = {"wire": "key-of-wire", "desk": "key-of-desk"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(read_token=TOKEN, producers={"wire": "w"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'anybody:{password}'.encode()).decode()}"}


@each_row("path", ["/", "/page/page.js", "/api/v1/alerts", "/api/v1/openapi.json", "/api/v1/events"])
async def test_without_the_token_nothing_can_be_read(client: httpx.AsyncClient, path: str) -> None:
    wrong = ("Bearer wrong", "Basic !", "Bearer")
    for headers in ({}, basic("wrong"), *({"Authorization": value} for value in wrong)):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert "content-security-policy" in answer.headers


async def test_the_token_is_accepted_as_the_password_of_any_user_in_utf8(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers=basic(TOKEN))
    assert answer.status_code == 200
    assert TOKEN not in answer.text


async def test_an_ascii_token_is_accepted_as_a_bearer_token() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(read_token="open sesame"))  # noqa: S106
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answer = await client.get("/api/v1/alerts", headers={"Authorization": "Bearer open sesame"})
    assert answer.status_code == 200


async def test_health_and_the_routes_of_producers_need_no_read_token(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).status_code == 503  # the stages have not been checked
    posted = await client.post("/api/v1/sightings", content=b"[]", headers={"Authorization": "Bearer w"})
    assert posted.status_code == 400
    producer = await client.get("/api/v1/rejections", headers={"Authorization": "Bearer w"})
    reader = await client.get("/api/v1/rejections", headers=basic(TOKEN))
    assert (producer.status_code, reader.status_code) == (503, 401)  # the rejections have not been read


@each_row("header", ["", "Bearer", "Bearer ", "Bearer key", "Basic w", "w"])
async def test_without_a_producers_key_nothing_can_be_posted(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.post("/api/v1/sightings", content=b"[]", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "FIRSTSEEN_PRODUCER_KEYS" in answer.json()["detail"]


def test_a_key_belongs_to_one_source() -> None:
    assert [source_of_key(key, KEYS) for key in ("key-of-wire", "key-of-desk", "key", "")] == [
        "wire", "desk", None, None,
    ]  # fmt: skip
    assert source_of_key("", {}) is None
    assert source_of_key("", {"wire": ""}) is None


def test_outside_this_machine_a_token_is_required_unless_the_page_is_declared_open() -> None:
    with pytest.raises(SettingsError, match="FIRSTSEEN_READ_TOKEN"):
        Settings(web_host="0.0.0.0").require_guarded()
    Settings().require_guarded()
    Settings(web_host="0.0.0.0", web_open=True).require_guarded()
    Settings(web_host="0.0.0.0", read_token="x").require_guarded()

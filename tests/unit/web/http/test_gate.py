"""Who may read, and how often."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from firstseen.settings import Settings, SettingsError
from streams.io.kafka_config import KafkaConfig
from web.app import WebConfig, build_web
from web.http.hosts import AllowedHosts
from web.http.rate_limit import BURST, REQUESTS_PER_SECOND, RateLimiter, TokenBucket


@pytest.fixture
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(read_token="open sesame", producers={"wire": "w"}))  # noqa: S106
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/api/v1/alerts", "/api/v1/openapi.json", "/api/v1/events"])
async def test_without_the_token_nothing_is_read(guarded: httpx.AsyncClient, path: str) -> None:
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !"}, {"Authorization": "Bearer"}):
        answer = await guarded.get(path, headers=given)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert "content-security-policy" in answer.headers


async def test_the_token_opens_as_bearer_and_as_a_browsers_password(guarded: httpx.AsyncClient) -> None:
    bearer = await guarded.get("/api/v1/alerts", headers={"Authorization": "Bearer open sesame"})
    basic = await guarded.get("/", auth=("anybody", "open sesame"))
    assert (bearer.status_code, basic.status_code) == (200, 200)
    assert "open sesame" not in basic.text


async def test_health_and_the_producers_own_keys_need_no_token(guarded: httpx.AsyncClient) -> None:
    assert (await guarded.get("/health")).status_code == 503  # no stage was looked at; it is no 401
    told = await guarded.post("/api/v1/sightings", content=b"[]", headers={"Authorization": "Bearer w"})
    assert told.status_code == 400
    own = await guarded.get("/api/v1/rejections", headers={"Authorization": "Bearer w"})
    reader = await guarded.get("/api/v1/rejections", headers={"Authorization": "Bearer open sesame"})
    assert (own.status_code, reader.status_code) == (503, 401)  # none was read


def test_outside_this_machine_a_token_is_asked_for_unless_somebody_says_otherwise() -> None:
    with pytest.raises(SettingsError, match="FIRSTSEEN_READ_TOKEN"):
        Settings(web_host="0.0.0.0").require_guarded()  # noqa: S104
    Settings().require_guarded()
    Settings(web_host="0.0.0.0", web_open=True).require_guarded()  # noqa: S104
    Settings(web_host="0.0.0.0", read_token="x").require_guarded()  # noqa: S104, S106


def test_a_bucket_empties_and_fills_again() -> None:
    bucket = TokenBucket(2, 0.0)
    assert [bucket.take(0.0), bucket.take(0.0)] == [0, 0]
    assert bucket.take(0.0) == pytest.approx(1 / REQUESTS_PER_SECOND)
    assert bucket.take(1 / REQUESTS_PER_SECOND) == 0
    bucket.take(1e6)
    assert bucket.tokens == BURST - 1


async def test_who_asks_too_often_is_told_to_wait_and_others_are_not() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limits = RateLimiter(app, lambda: 0.0, max_streams=1)

    async def status(address: str, path: str = "/api/v1/alerts") -> int:
        transport = httpx.ASGITransport(limits, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
            return (await client.get(path)).status_code

    assert {await status("10.0.0.1") for _ in range(int(BURST))} == {200}
    assert await status("10.0.0.1") == 429
    assert (await status("10.0.0.1", "/"), await status("10.0.0.2")) == (200, 200)


async def test_streams_have_a_limit() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    limits = RateLimiter(app, lambda: 0.0, max_streams=0)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(limits), base_url="http://page") as client:
        answer = await client.get("/api/v1/events")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


LOOPBACK = AllowedHosts.for_page("127.0.0.1", "https://Firstseen.example/map", token=False)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200), ("127.0.0.2", 200), ("localhost:1", 200), ("LOCALHOST.", 200), ("[::1]:8080", 200),
        ("firstseen.example", 200), ("evil.example", 400), ("evil.example:8080", 400), ("127.0.0.1.evil.example", 400),
        ("10.0.0.1", 400), ("0.0.0.0", 400), ("localhost.evil.example", 400), ("web", 400), ("evil.example@localhost", 400),
        ("[bad", 400), ("localhost:x", 400), ("localhost/", 400), ("a b", 400), (":80", 400), ("localhost:99999", 400),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/alerts", "/api/v1/alerts/a/cap"])
async def test_on_this_machine_the_page_answers_under_its_own_names_only(host: str, status: int, path: str) -> None:
    answer = await _under(LOOPBACK, host, path)
    # No such alert; and no stage was looked at.
    known = {"/api/v1/alerts/a/cap": 404, "/health": 503}
    assert answer.status_code == (known.get(path, 200) if status == 200 else status)
    if status == 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "FIRSTSEEN_PAGE_URL" in answer.json()["detail"] or "no valid host" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["[bad", "x:y", "a/b", "@", "[::1]x"])
async def test_a_host_that_is_none_is_refused_also_where_any_is_answered(host: str) -> None:
    assert (await _under(None, host, "/api/v1/alerts?limit=1")).status_code == 400


@pytest.mark.parametrize(
    ("host", "known"),
    [("10.0.0.1", True), ("web", True), ("localhost", True), ("page.example", True), ("evil.example", False)],
)
def test_beyond_this_machine_addresses_and_plain_names_are_known_but_no_name_of_the_internet(
    host: str, known: bool
) -> None:
    names = AllowedHosts.for_page("0.0.0.0", "https://page.example", token=False)  # noqa: S104
    assert names is not None
    assert (host in names) == known


def test_a_page_that_asks_for_a_token_has_any_name_beyond_this_machine() -> None:
    assert AllowedHosts.for_page("0.0.0.0", None, token=True) is None  # noqa: S104
    assert AllowedHosts.for_page("127.0.0.1", None, token=True) is not None


async def test_what_is_signed_or_has_a_key_may_come_under_any_name() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(hosts=LOOPBACK, producers={"wire": "w"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tunnel.example") as client:
        told = await client.post("/api/v1/sightings", content=b"[]", headers={"Authorization": "Bearer w"})
        slack = await client.post("/slack/events", content=b"x")
    assert "the array is empty" in told.text
    assert slack.status_code == 404  # it is not taken here; with the secret it is


async def _under(names: AllowedHosts | None, host: str, path: str) -> httpx.Response:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(hosts=names))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        return await client.get(path, headers={"Host": host})

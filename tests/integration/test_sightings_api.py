"""Sightings over HTTP are accepted once Kafka has them, once for each key, and only for the producer's source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic_core import to_json

from faust_batches.errors import UnreachableError
from firstseen.local_kafka import LocalKafka
from schemas.topics import SIGHTINGS
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.io.topic_admin import TopicSettings, apply
from tests.support.builders import sighting
from tests.support.waiting import PATIENCE_SECONDS
from web.app import WebConfig, build_web

pytestmark = pytest.mark.kafka

KEY = {"Authorization": "Bearer a-long-secret"}


@pytest.fixture(autouse=True)
def patient_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server wait for Kafka as long as a busy machine needs."""
    monkeypatch.setattr("web.api.sighting_writer.KAFKA_SECONDS", PATIENCE_SECONDS)


@asynccontextmanager
async def opened(cluster: KafkaConfig, prefix: str) -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(cluster, prefix, WebConfig(producers={"wire": "a-long-secret"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firstseen") as client:
        yield client
    app.state.services.writer.close()


async def post(client: httpx.AsyncClient, value: Any, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return await client.post("/api/v1/sightings", content=to_json(value), headers={**KEY, **named})


async def test_accepted_sightings_are_in_kafka_under_their_keys(kafka: LocalKafka, prefix: str) -> None:
    cluster = KafkaConfig(kafka.bootstrap)
    apply(cluster, TopicSettings(prefix=prefix, partitions=2))
    async with opened(cluster, prefix) as client:
        first = await post(client, sighting(id="1"), Idempotency_Key="a")
        again = await post(client, sighting(id="1"), Idempotency_Key="a")
        other = await post(client, sighting(id="2"), Idempotency_Key="a")
        many = await post(client, [sighting(id="3"), sighting(id="4", country="Nowhere")])
        none = await post(client, [sighting(id="5", source="desk")])
    assert (first.status_code, first.json()["accepted"]) == (202, 1)
    assert (again.status_code, again.content) == (202, first.content)
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")
    assert (many.status_code, many.json()["accepted"], many.json()["refused"]) == (202, 1, 1)
    assert none.status_code == 422
    written = await read_all(cluster, prefix, SIGHTINGS)
    assert sorted(record.key or b"" for record in written) == [b"wire/1", b"wire/3"]


async def test_requests_without_a_key_and_large_bodies_are_rejected() -> None:
    async with opened(KafkaConfig("127.0.0.1:9"), "nowhere") as client:
        unknown = await client.post("/api/v1/sightings", json=sighting(), headers={"Authorization": "Bearer x"})
        large = await client.post("/api/v1/sightings", content=b" " * (2**20 + 1), headers=KEY)
        invalid = await client.post("/api/v1/sightings", content=b"{", headers=KEY)
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")
    assert (large.status_code, invalid.status_code) == (413, 400)
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in (unknown, large, invalid))


async def test_a_dry_run_returns_verdicts_without_kafka() -> None:
    async with opened(KafkaConfig("127.0.0.1:9"), "nowhere") as client:
        body = to_json([sighting(), sighting(id="2", country="Nowhere")])
        answer = await client.post("/api/v1/sightings?dry_run=true", content=body, headers=KEY)
    assert answer.status_code == 200
    assert [verdict["verdict"] for verdict in answer.json()["sightings"]] == ["accepted", "refused"]


async def test_without_kafka_a_post_is_answered_with_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any) -> None:
        raise UnreachableError("Kafka does not answer")

    # A first connection fails only after ten seconds.
    monkeypatch.setattr("web.api.sighting_writer.SightingProducer", unreachable)
    async with opened(KafkaConfig("127.0.0.1:9"), "nowhere") as client:
        answer = await post(client, sighting(), Idempotency_Key="a")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_without_topics_all_waiting_requests_fail_at_once_and_later_ones_succeed(
    kafka: LocalKafka, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.sighting_writer.KAFKA_SECONDS", 1.0)
    cluster = KafkaConfig(kafka.bootstrap)
    async with opened(cluster, prefix) as client:
        async with asyncio.timeout(PATIENCE_SECONDS / 2):  # less than a second for each
            answers = await asyncio.gather(*(post(client, sighting(id=str(number))) for number in range(300)))
        assert {answer.status_code for answer in answers} == {503}
        apply(cluster, TopicSettings(prefix=prefix, partitions=2))
        monkeypatch.setattr("web.api.sighting_writer.KAFKA_SECONDS", PATIENCE_SECONDS)
        assert (await post(client, sighting())).status_code == 202

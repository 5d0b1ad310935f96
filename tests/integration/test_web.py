"""The page's server on a real Kafka: alert events that are produced arrive in an open page."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from firstseen.local_kafka import LocalKafka
from schemas.alert import AlertEvent
from schemas.topics import ALERTS
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply
from tests.support.builders import alert_event
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

_SERVE = """
import logging, sys
from streams.io.kafka_config import KafkaConfig
from web.server import serve
logging.basicConfig(level=logging.INFO, format="%(message)s")
from pathlib import Path
from web.app import WebConfig
config = WebConfig(history=Path(sys.argv[3]) if sys.argv[3:] else None)
serve(KafkaConfig(sys.argv[1]), sys.argv[2], "127.0.0.1", 0, config)
"""


@contextmanager
def _serving(bootstrap: str, prefix: str, history: Path | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    arguments = [sys.executable, "-u", "-c", _SERVE, bootstrap, prefix, *([str(history)] if history else [])]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:
                if line.startswith("web ready: "):
                    yield server, line.removeprefix("web ready: ").strip()
                    break
        finally:
            if server.poll() is None:
                server.kill()


@asynccontextmanager
async def _open_page(url: str, **headers: str) -> AsyncIterator[AsyncIterator[tuple[str, str, str]]]:
    """Yield the server-sent events that the page receives, as (event, id, data)."""

    async def received(answer: httpx.Response) -> AsyncIterator[tuple[str, str, str]]:
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                yield fields["event"], fields.get("id", ""), fields.get("data", "")
                fields = {}

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        httpx.AsyncClient(timeout=None) as client,
        client.stream("GET", f"{url}/api/v1/events?from=beginning", headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield received(answer)


async def _produce(bootstrap: str, prefix: str, *events: AlertEvent | bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for event in events:
            key, value = (b"", event) if isinstance(event, bytes) else (event.alert_id.encode(), event.to_bytes())
            await producer.send_and_wait(ALERTS.full_name(prefix), value, key=key)


async def _until(page: AsyncIterator[tuple[str, str, str]], event: str) -> list[tuple[str, str]]:
    """Return the alert id and event id of the alert events before an event of another name."""
    alerts: list[tuple[str, str]] = []
    async for name, number, data in page:
        if name == event:
            return alerts
        if name == "alert":
            alerts.append((json.loads(data)["alert_id"], number))
    raise AssertionError("the stream ended")


async def _next_alert(page: AsyncIterator[tuple[str, str, str]]) -> tuple[str, str]:
    """Return the event id and the data of the next alert event, whatever is said about Kafka before it."""
    async for name, number, data in page:
        if name == "alert":
            return number, data
    raise AssertionError("the stream ended")


async def test_known_alerts_are_sent_before_live_ones_and_a_reconnect_gets_only_new_ones(
    kafka: LocalKafka, prefix: str
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix))
    await _produce(kafka.bootstrap, prefix, alert_event("old"), b"not an alert", alert_event("older"))
    with _serving(kafka.bootstrap, prefix) as (_, url):
        async with _open_page(url) as page:
            known = await _until(page, "caught-up")
            assert [alert_id for alert_id, _ in known] == ["old", "older"]
            await _produce(kafka.bootstrap, prefix, alert_event("live"))
            number, data = await _next_alert(page)
            assert json.loads(data)["alert_id"] == "live"
            assert json.loads(data)["country_name"] == "Mali"
        async with _open_page(url, **{"Last-Event-ID": known[-1][1]}) as page:
            assert await _until(page, "caught-up") == [("live", number)]
        async with httpx.AsyncClient(timeout=None) as client, asyncio.timeout(PATIENCE_SECONDS):
            named: list[str] = []
            while named != [
                "intake",
                "presence",
                "dispatch",
                "slack",
            ]:  # until the stages, which do not run, are checked
                answer = await client.get(f"{url}/health")
                health = answer.json()
                named = [problem.split()[0] for problem in health.pop("problems")]
            assert health == {"ok": False, "caught_up": True, "behind": 0, "alerts": 3, "heartbeats": {}}
            assert answer.status_code == 503


async def test_after_a_restart_a_page_continues_where_it_was(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix))
    await _produce(kafka.bootstrap, prefix, alert_event("a"), alert_event("b"))
    with _serving(kafka.bootstrap, prefix, tmp_path / "history.sqlite") as (_, url):
        async with _open_page(url) as page:
            known = await _until(page, "caught-up")
    await _produce(kafka.bootstrap, prefix, alert_event("c"))
    with _serving(kafka.bootstrap, prefix, tmp_path / "history.sqlite") as (_, url):
        async with _open_page(url, **{"Last-Event-ID": known[0][1]}) as page:
            assert [alert for alert, _ in await _until(page, "caught-up")] == ["b", "c"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
async def test_the_server_stops_at_once_with_a_page_open(
    kafka: LocalKafka, prefix: str, number: signal.Signals
) -> None:
    apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix))
    with _serving(kafka.bootstrap, prefix) as (server, url):
        async with _open_page(url) as page:
            await _until(page, "caught-up")
            server.send_signal(number)
            assert [event async for event in page] == []
        assert server.wait(PATIENCE_SECONDS) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""


async def test_topics_that_are_created_later_are_found(kafka: LocalKafka, prefix: str) -> None:
    with _serving(kafka.bootstrap, prefix) as (_, url):
        async with _open_page(url) as page:
            await _until(page, "kafka-away")
            apply(KafkaConfig(kafka.bootstrap), TopicSettings(prefix=prefix))
            await _produce(kafka.bootstrap, prefix, alert_event("first"))
            assert json.loads((await _next_alert(page))[1])["alert_id"] == "first"


async def test_without_kafka_the_page_is_notified_and_the_log_has_one_line() -> None:
    with _serving("127.0.0.1:1", "nowhere") as (server, url):
        async with _open_page(url) as page:
            await _until(page, "kafka-away")
        assert server.stderr is not None
        lines = [server.stderr.readline()]  # the second attempt has logged by now
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE_SECONDS) == 0
        lines += server.stderr.readlines()
    assert all(line.startswith("Kafka does not answer at 127.0.0.1:1 (") for line in lines), lines


@pytest.mark.thorough
async def test_pages_survive_a_killed_broker_and_get_later_alerts_once(prefix: str, tmp_path: Path) -> None:
    broker = LocalKafka(tmp_path / "kafka")
    await asyncio.to_thread(broker.start)
    try:
        apply(KafkaConfig(broker.bootstrap), TopicSettings(prefix=prefix, partitions=2))
        await _produce(broker.bootstrap, prefix, alert_event("before"))
        with _serving(broker.bootstrap, prefix) as (_, url):
            async with AsyncExitStack() as pages:
                opened = [await pages.enter_async_context(_open_page(url)) for _ in range(20)]
                for page in opened:
                    assert [alert for alert, _ in await _until(page, "caught-up")] == ["before"]
                broker.kill()
                for page in opened:
                    assert await _until(page, "kafka-away") == []
                async with httpx.AsyncClient(timeout=None) as client:
                    answer = (await client.get(f"{url}/api/v1/alerts")).json()
                assert ([alert["alert_id"] for alert in answer["alerts"]], answer["state"]) == (
                    ["before"],
                    "kafka-away",
                )
                await asyncio.to_thread(broker.start)
                await _produce(broker.bootstrap, prefix, alert_event("after"))
                for page in opened:
                    assert await _until(page, "catching-up") == []
                for page in opened:
                    alerts = [alert for alert, _ in await _until(page, "caught-up")]
                    if not alerts:  # it had caught up before the alert arrived
                        alerts = [json.loads((await _next_alert(page))[1])["alert_id"]]
                    assert alerts == ["after"]
    finally:
        broker.stop()

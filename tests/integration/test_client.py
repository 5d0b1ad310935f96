"""The client's README, run as it stands against a running system; and its way straight to Kafka."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firstseen_client import Client, Sighting
from firstseen_client.kafka import KafkaClient
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import sighting_today
from tests.support.system import System
from tests.support.waiting import until
from web.app import WebConfig, build_web
from web.http.connections import ConnectionLimits
from web.server import build_server

pytestmark = pytest.mark.kafka

README = Path(__file__).resolve().parents[2] / "client" / "README.md"


@contextmanager
def page(cluster: KafkaConfig, prefix: str) -> Iterator[str]:
    app = build_web(cluster, prefix, WebConfig(producers={"my-desk": "a-long-secret"}))
    server = build_server(app, "127.0.0.1", 0, ConnectionLimits())
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_the_readme_does_what_it_says(running: System, capsys: pytest.CaptureFixture[str]) -> None:
    http, straight = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    with page(KafkaConfig(running.kafka), running.prefix) as url:
        exec(compile(http.replace("http://127.0.0.1:8080", url), str(README), "exec"), {})
        straight = straight.replace("127.0.0.1:9092", running.kafka).replace(
            "KafkaClient(", f"KafkaClient(prefix={running.prefix!r}, bootstrap=", 1
        )
        exec(compile(straight, str(README), "exec"), {})
        running.settle()
        [row] = running.export("presence")
        assert (row["group"], row["country"], row["first_seen"]) == ("Islamic State", "ML", "2026-11-28")
        # Straight to Kafka went the same id with other content.
        assert running.export("accounting")[0]["rejected"] == {"conflict": 1}
    assert "accepted" in capsys.readouterr().out


def test_what_is_published_again_is_no_second_sighting_and_a_conflict_comes_back(running: System) -> None:
    sighting = Sighting.model_validate(sighting_today(source="my-desk", id="1", group="JNIM", country="Mali"))
    with page(KafkaConfig(running.kafka), running.prefix) as url:
        with Client(url, key="a-long-secret") as client:
            assert [verdict.verdict for verdict in client.publish(sighting, sighting)] == ["accepted", "accepted"]
            running.settle()
            moved = sighting.model_copy(update={"country": "Niger"})
            until(lambda: client.publish(moved)[0].reason == "conflict")  # the page follows intake
            until(lambda: client.rejections(reason="conflict").rejections)  # the page has read the rejection
            assert client.rejections(reason="conflict").rejections[0].id == "1"
        with KafkaClient(running.kafka, prefix=running.prefix) as straight:
            straight.publish(sighting)
        running.settle()
        assert len(running.export("presence")) == 1

"""The page with all of the demo's sightings on record, served without Kafka: for tests that need many states quickly."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import uvicorn

from faust_batches.step import Incoming
from firstseen.config.files import load_groups
from firstseen.publishing.sightings_file import read_file, to_record
from schemas.alert import AlertEvent
from schemas.topics import SIGHTINGS
from streams.io.kafka_config import KafkaConfig
from streams.presence.policy import Policy
from streams.replay import fold_evidence_log, run_intake
from tests.support.pages import add_alerts, add_evidence
from web.app import build_web
from web.state.page_state import PageState

_DATA = Path(str(resources.files("firstseen"))) / "demo"


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A served page. Nothing follows Kafka: its state changes only by :meth:`call`."""

    address: str
    state: PageState
    loop: asyncio.AbstractEventLoop
    alerts: Sequence[AlertEvent]
    """All alert events on record."""

    def call(self, action: Callable[[], object]) -> None:
        """Run an action in the server's thread."""
        self.loop.call_soon_threadsafe(action)


@contextmanager
def demo_page() -> Iterator[DemoPage]:
    """Serve the page until the context ends."""
    groups, policy = load_groups(_DATA / "groups.yaml"), Policy()
    changes = run_intake(list(_sightings()), groups).changes
    history = fold_evidence_log(changes, policy)
    app = build_web(KafkaConfig("127.0.0.1:9"), "demo")
    page: PageState = app.state.services.page
    add_evidence(app.state.services.questions.history, *changes)
    add_alerts(app, sorted(history.events, key=lambda event: (event.arrived, event.alert_id, event.revision)))
    page.alerts.set_state("caught-up")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
        runner = asyncio.Runner()

        def serve() -> None:
            with runner:
                runner.run(server.serve(sockets=[listener]))

        served = DemoPage(f"http://127.0.0.1:{listener.getsockname()[1]}/", page, runner.get_loop(), history.events)
        thread = threading.Thread(target=serve)
        thread.start()
        yield served
        served.call(page.alerts.close)
        server.should_exit = True
        thread.join()


def _sightings() -> Iterator[Incoming]:
    topic = SIGHTINGS.full_name("demo")
    for offset, row in enumerate(read_file(str(_DATA / "sightings.jsonl"), "jsonl")):
        record = to_record(row)
        if record and record.key and record.reported:
            yield Incoming(topic, 0, offset, record.reported, record.key.encode(), record.value)

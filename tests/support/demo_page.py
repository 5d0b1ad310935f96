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
from history.database import History
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
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
    history: History
    loop: asyncio.AbstractEventLoop
    alerts: Sequence[AlertEvent]
    """All alert events on record."""

    def call(self, action: Callable[[], object]) -> None:
        """Run an action in the server's thread."""
        self.loop.call_soon_threadsafe(action)


@contextmanager
def demo_page() -> Iterator[DemoPage]:
    """Serve the page with the demo's data until the context ends."""
    groups, policy = load_groups(_DATA / "groups.yaml"), Policy()
    changes = run_intake(list(_sightings()), groups).changes
    with serve_page(changes, fold_evidence_log(changes, policy).events) as served:
        yield served


@contextmanager
def serve_page(changes: Sequence[EvidenceChange] = (), alerts: Sequence[AlertEvent] = ()) -> Iterator[DemoPage]:
    """Serve the page with these records until the context ends."""
    app = build_web(KafkaConfig("127.0.0.1:9"), "demo")
    page: PageState = app.state.services.page
    history: History = app.state.services.queries.history
    add_evidence(history, *changes)
    add_alerts(app, sorted(alerts, key=lambda event: (event.arrived, event.alert_id, event.revision)))
    page.alerts.set_state("caught-up")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1))
        # With a factory the loop is not set for this thread, where the browser has its own.
        runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)

        def serve() -> None:
            with runner:
                runner.run(server.serve(sockets=[listener]))

        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        served = DemoPage(address, page, history, runner.get_loop(), alerts)
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

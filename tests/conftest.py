"""What all tests share: one real Kafka, a prefix of topics for each test, and how thorough the run is."""

from __future__ import annotations

import gc
import itertools
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import warm_start
from tests.support.forked_run import ForkedRun

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

    from firstseen.local_kafka import LocalKafka
    from tests.support.system import System, SystemView

_LONGEST_FIRST = ("e2e", "faults", "browser", "integration", "processes", "property", "architecture", "unit")
"""Folders of tests in the order in which they run: what takes long starts first, so that both workers end together."""
_BROWSER = "tests/browser/"
_numbers = itertools.count(1)

warm_start.install()
gc.set_threshold(50_000, 20, 100)  # a test run imports much and frees little: the collector takes a tenth of its time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough", action="store_true", help="run the long tests too, and more examples of each property"
    )
    parser.addoption("--processes", type=int, default=1, help="fork processes for tests that start none themselves")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # this process only hands tests to others

    from hypothesis import settings

    if config.getoption("--processes") > 1:
        config.pluginmanager.register(ForkedRun(config.getoption("--processes")))

    # Every quick run tries the same examples: a law that breaks, breaks for everyone. The thorough one looks for new ones.
    settings.register_profile("quick", derandomize=True, deadline=None, database=None, max_examples=12)
    settings.register_profile("thorough", deadline=None, database=None, print_blob=True, max_examples=150)
    settings.load_profile("thorough" if config.getoption("--thorough") else "quick")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With ``--dist loadfile``, let the files of the browser's tests share a process, and with it the page's server."""
    from xdist.scheduler import LoadFileScheduling

    class BrowserInOneProcess(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> Any:
            return _BROWSER if nodeid.startswith(_BROWSER) else super()._split_scope(nodeid)

    return BrowserInOneProcess(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if twice := [test for test, number in Counter(item.nodeid for item in items).items() if number > 1]:
        raise pytest.UsageError(f"pytest-xdist runs only one of the tests that share an id: {', '.join(twice)}")
    items.sort(key=lambda item: _LONGEST_FIRST.index(item.nodeid.split("/", 2)[1]))  # tests/unit/...
    if not config.getoption("--thorough"):
        long = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=long)


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay to the end


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that is skipped has failed: nobody would see that a law is not checked there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and (os.environ.get("CI") or os.environ.get("FIRSTSEEN_CI")):
        report.outcome, report.longrepr = "failed", f"skipped, which CI does not accept: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A real Apache Kafka on loopback, for the whole run: pytest's workers share it."""
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

    from faust_batches.kafka_client import ClosingClient
    from tests.support.shared_kafka import shared_kafka

    for client in (KafkaAdminClient, KafkaConsumer, KafkaProducer):  # tests that connect in vain leave no socket open
        client.DEFAULT_CONFIG["kafka_client"] = ClosingClient
    with shared_kafka(tmp_path_factory) as broker:
        yield broker


@pytest.fixture
def prefix() -> str:
    """A prefix that no other test has, so that topics and groups are fresh."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', '')}t{next(_numbers)}"


@pytest.fixture(scope="module")
def shared_system(kafka: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system for the tests of a file that leave its processes alone."""
    from tests.support.system import system

    prefix = f"{os.environ.get('PYTEST_XDIST_WORKER', '')}s{next(_numbers)}"
    with system(kafka, prefix, tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def running(shared_system: System) -> SystemView:
    """The shared system, with the rows of this test only. Groups and sightings need names that no other test has."""
    from tests.support.system import SystemView

    return SystemView(shared_system)


@pytest.fixture
def here() -> Path:
    """The root of the checkout."""
    return Path(__file__).parent.parent

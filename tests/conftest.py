"""What all tests share: one real Kafka, a prefix of topics for each test, and how thorough the run is."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import warm_start
from tests.support.forked_run import PROCESS, ForkedRun

if TYPE_CHECKING:
    from firstseen.local_kafka import LocalKafka
    from tests.support.system import System, SystemView

_LONG = "follow", "upgrade", "local_kafka", "groups", "positions", "replay", "history", "rebuild", "rejections"
_LONGEST_FIRST = (
    "e2e/", "faults/", "browser/", *(f"integration/test_{name}.py" for name in _LONG), "integration/",
    "processes/", "property/", "architecture/", "unit/web/", "unit/",
)  # fmt: skip
"""Tests in the order in which they run: what takes long starts first, so that all processes end together."""
_BROWSER = "tests/browser/"
_numbers = itertools.count(1)

warm_start.install()
gc.set_threshold(50_000, 20, 100)  # a test run imports much and frees little: the collector takes a tenth of its time


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough", action="store_true", help="run the long tests too, and more examples of each property"
    )
    parser.addoption("--processes", type=int, default=1, help="fork this many processes, which share the tests")


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import settings

    if config.getoption("--processes") > 1:
        config.pluginmanager.register(ForkedRun(config.getoption("--processes"), _unit, warm_start.fork_nursery))

    # Every quick run tries the same examples: a law that breaks, breaks for everyone. The thorough one looks for new ones.
    settings.register_profile("quick", derandomize=True, deadline=None, database=None, max_examples=12)
    settings.register_profile("thorough", deadline=None, database=None, print_blob=True, max_examples=150)
    settings.load_profile("thorough" if config.getoption("--thorough") else "quick")


def _unit(item: pytest.Item) -> str:
    """Return what tests share that run in one process: their file, or the browser and with it the page's server."""
    return _BROWSER if item.nodeid.startswith(_BROWSER) else item.location[0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_rank)
    if not config.getoption("--thorough"):
        long = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=long)


def _is_unit(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/unit/")


def _rank(item: pytest.Item) -> int:
    return next(n for n, path in enumerate(_LONGEST_FIRST) if item.nodeid.startswith(f"tests/{path}"))


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.getoption("--processes") > 1 and any(not _is_unit(item) for item in session.items):
        warm_start.warm_up()
    gc.freeze()  # modules and tests stay to the end


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that is skipped has failed: nobody would see that a law is not checked there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and (os.environ.get("CI") or os.environ.get("FIRSTSEEN_CI")):
        report.outcome, report.longrepr = "failed", f"skipped, which CI does not accept: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[LocalKafka]:
    """A real Apache Kafka on loopback, for the whole run: its processes share it."""
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

    from faust_batches.kafka_client import ClosingClient
    from tests.support.shared_kafka import shared_kafka

    for client in (KafkaAdminClient, KafkaConsumer, KafkaProducer):  # tests that connect in vain leave no socket open
        client.DEFAULT_CONFIG["kafka_client"] = ClosingClient
    with shared_kafka(tmp_path_factory, pytestconfig.stash.get(PROCESS, None)) as broker:
        yield broker


def _fresh(letter: str, config: pytest.Config) -> str:
    process = config.stash.get(PROCESS, None)
    return f"{'' if process is None else f'p{process}'}{letter}{next(_numbers)}"


@pytest.fixture
def prefix(pytestconfig: pytest.Config) -> str:
    """A prefix that no other test has, so that topics and groups are fresh."""
    return _fresh("t", pytestconfig)


@pytest.fixture(scope="module")
def shared_system(
    kafka: LocalKafka, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[System]:
    """A running system for the tests of a file that leave its processes alone."""
    from tests.support.system import system

    prefix = _fresh("s", pytestconfig)
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

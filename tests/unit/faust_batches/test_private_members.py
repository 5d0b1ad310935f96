"""Private members of Faust and aiokafka that faust_batches uses: a new version breaks here first.

One line of :data:`TOUCHED` for each member; the last test finds what is touched and has no line, or has one in vain.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import aiokafka
import faust
import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faust.events import Event
from faust.tables.manager import TableManager
from faust.transport import consumer
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from kafka import KafkaProducer
from packaging.requirements import Requirement

from faust_batches import app as batch_app
from faust_batches import consumer as batches
from faust_batches.app import SCHEME, BatchApp, Worker
from tests.support.tables import each_row

ROOT = Path(__file__).parents[3]
RUNTIME = sorted([*(ROOT / "faust_batches").glob("*.py"), *(ROOT / "streams" / "io").glob("*.py")])
THEIRS = ("faust", "mode", "aiokafka", "kafka")
LOOK = "See the list in faust_batches/consumer.py, and docs/decisions/0002-one-transaction-per-batch.md."

MESSAGE = (
    "topic partition offset timestamp timestamp_type headers key value checksum serialized_key_size "
    "serialized_value_size tp"
)
FIRST, SECOND = TP("sightings", 0), TP("sightings", 1)


@dataclass(frozen=True)
class Touched:
    """A private member of another package, and what of ours breaks without it."""

    owner: type
    name: str
    ours: str
    parameters: tuple[str, ...] | None = None
    """Its parameters after ``self``; None: it is not a method but set on the instance."""

    def __str__(self) -> str:
        return f"{self.owner.__module__}.{self.owner.__name__}.{self.name}"

    @property
    def broken(self) -> str:
        return f"{self} is not what it was: {self.ours}. {LOOK}"


TOUCHED = (
    Touched(driver.Consumer, "_getmany", "no batch would come, for nothing fills the buffers", ("active_partitions", "timeout")),
    Touched(driver.Consumer, "_to_message", "the agent would get records where it awaits batches", ("tp", "record")),
    Touched(driver.Consumer, "_new_consumer_thread", "Faust would read what is not committed", ()),
    Touched(driver.Consumer, "_thread", "a partition without a committed offset would not be sought to its beginning"),
    Touched(driver.Consumer, "_read_offset", "a partition without a committed offset would look like any other"),
    Touched(driver.AIOKafkaConsumerThread, "_create_worker_consumer", "Faust would read what is not committed", ("transport",)),
    Touched(driver.AIOKafkaConsumerThread, "_assignor", "how partitions are shared out would not be ours to say"),
    Touched(driver.AIOKafkaConsumerThread, "_consumer", "a worker whose client has ended would stay up and do nothing"),
    Touched(aiokafka.AIOKafkaConsumer, "_fetcher", "a worker whose client has ended would stay up and do nothing"),
    Touched(aiokafka.AIOKafkaConsumer, "_subscription", "heartbeats would not say how late a stage is"),
    Touched(aiokafka.AIOKafkaConsumer, "_coordinator", "a worker that ends alone would not leave its group"),
    Touched(Fetcher, "_get_actions_per_node", "every request would wait as long", ("assignment",)),
    Touched(Fetcher, "_update_fetch_positions", "lost records would be skipped in silence", ("assignment", "node_id", "tps")),
    Touched(GroupCoordinator, "_group_instance_id", "a worker that ends alone would not leave its group"),
    Touched(GroupCoordinator, "_coordination_task", "a worker that may not join its group would stay up and idle"),
    Touched(GroupCoordinator, "_pending_exception", "a worker that may not join its group would stay up and idle"),
    Touched(aiokafka.AIOKafkaConsumer, "_client", "a consumer that fails to stop would stay connected"),
    Touched(TableManager, "_update_channels", "Faust would not restore a stock table of the app", ()),
    Touched(faust.Worker, "_gather_all", "a worker would wait before it ends", ()),
    Touched(faust.Worker, "_sentinel_task", "a worker would wait before it ends", ()),
    Touched(aiokafka.AIOKafkaProducer, "_sender", "a worker would not end while Kafka is away"),
    Touched(aiokafka.AIOKafkaProducer, "_txn_manager", "a worker that may not write a topic would not name it"),
    Touched(KafkaProducer, "_sender", "each post while Kafka is away would leave a thread"),
)  # fmt: skip


@pytest.fixture
async def stock() -> AsyncIterator[driver.Consumer]:
    """Faust's own consumer of an app that was never started."""
    async with _consumer_of("kafka") as owned_consumer:
        yield owned_consumer


@pytest.fixture
async def ours() -> AsyncIterator[driver.Consumer]:
    """The consumer that the batch path's scheme brings, never started either."""
    async with _consumer_of(SCHEME) as owned_consumer:
        yield owned_consumer


@each_row(("package", "wanted"), [("faust-streaming", "==0.15.3"), ("aiokafka", "<0.15,>=0.14")])
def test_the_installed_version_is_a_tested_one(package: str, wanted: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [named] = [entry.specifier for entry in map(Requirement, project["dependencies"]) if entry.name == package]
    assert str(named) == wanted, f"pyproject.toml names another {package}: go through this file first. {LOOK}"
    assert named.contains(version(package)), f"{package} {version(package)} is installed, not {named}. {LOOK}"


@each_row("member", [entry for entry in TOUCHED if entry.parameters is not None], ids=str)
def test_an_overridden_method_exists_with_the_same_parameters(member: Touched) -> None:
    method = getattr(member.owner, member.name, None)
    assert method is not None, member.broken
    assert tuple(inspect.signature(method).parameters)[1:] == member.parameters, member.broken


@each_row("member", [entry for entry in TOUCHED if entry.parameters is None], ids=str)
def test_an_attribute_that_we_read_is_still_set(member: Touched) -> None:
    sources = "".join(_source(base) for base in member.owner.__mro__ if _is_theirs(base))
    assert re.search(rf"self\.{member.name}\b[^=\n]*= ", sources), member.broken


@each_row(
    ("ours", "theirs"),
    [
        (batches._Consumer, driver.Consumer),
        (batches._ConsumerThread, driver.AIOKafkaConsumerThread),
        (BatchApp, faust.App),
        (Worker, faust.Worker),
        (batch_app._TableManager, TableManager),
    ],
    ids=lambda member: member.__name__,
)
def test_our_overrides_accept_the_parameters_of_the_originals(ours: type, theirs: type) -> None:
    there = [name for name in vars(ours) if inspect.isfunction(getattr(theirs, name, None)) and name != "__init__"]
    for name in there:
        was, now = (list(inspect.signature(getattr(owner, name)).parameters) for owner in (theirs, ours))
        assert now == was, f"{theirs.__name__}.{name} takes {was}, ours takes {now}. {LOOK}"


async def test_fetched_items_pass_through_getmany_and_to_message(
    stock: driver.Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[set[TP], float]] = []

    async def fetched(active_partitions: set[TP], timeout: float) -> dict[TP, list[str]]:
        asked.append((set(active_partitions), timeout))
        return {FIRST: ["a", "b"]}

    monkeypatch.setattr(stock, "_getmany", fetched)
    monkeypatch.setattr(stock, "_to_message", lambda tp, record: (tp.partition, record))
    monkeypatch.setattr(stock, "highwater", lambda _: 0)
    stock.resume_partitions({FIRST})
    items: list[Any] = [item async for item in stock.getmany(timeout=1.5)]
    assert items == [(FIRST, (0, "a")), (FIRST, (0, "b"))], f"Consumer.getmany no longer hands our items on. {LOOK}"
    assert asked == [({FIRST}, 1.5)], f"Consumer.getmany no longer asks _getmany as ours expects. {LOOK}"


async def test_a_seek_records_the_committed_offset_of_each_partition_or_none(
    stock: driver.Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def committed() -> dict[TP, int | None]:
        return {FIRST: 5, SECOND: None}

    monkeypatch.setattr(stock, "seek_to_committed", committed)
    await stock.perform_seek()
    broken = f"Consumer.perform_seek keeps positions otherwise: our seek to the beginning reads them. {LOOK}"
    assert (stock._read_offset.get(FIRST), stock._read_offset.get(SECOND)) == (5, None), broken
    assert (stock._read_offset[FIRST], stock._read_offset[SECOND]) == (5, None), broken


def test_faust_drops_messages_below_an_offset_that_it_has_seen() -> None:
    drains = inspect.getsource(consumer.Consumer._drain_messages)
    assert "offset >= r_offset" in drains, f"_to_message gives an offset that never falls, for this alone. {LOOK}"


async def test_the_consumer_runs_our_thread(ours: driver.Consumer) -> None:
    assert isinstance(ours, batches._Consumer), f"the scheme batches:// no longer finds our transport. {LOOK}"
    assert isinstance(ours._thread, batches._ConsumerThread), f"_new_consumer_thread is not asked for it. {LOOK}"
    assert inspect.iscoroutinefunction(ours._thread.seek_to_beginning), f"perform_seek awaits it. {LOOK}"


async def test_the_thread_creates_its_client_in_the_method_that_we_override(
    stock: driver.Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock._thread, "_create_worker_consumer", lambda transport: ("client", transport))
    made = stock._thread._create_consumer(loop=stock.loop)
    assert made == ("client", stock.transport), f"Faust would make its own client, read_uncommitted. {LOOK}"


@each_row(
    ("called", "parameters"),
    [
        (ConsumerMessage, MESSAGE),
        (Event, "app key value headers message"),
        (driver.ensure_aiokafka_TP, "tp"),
        (aiokafka.AIOKafkaProducer.send_batch, "self batch topic partition"),
    ],
    ids=lambda called: getattr(called, "__qualname__", ""),
)
def test_methods_that_are_called_by_position_keep_the_order_of_parameters(
    called: Callable[..., Any], parameters: str
) -> None:
    wanted = parameters.split()
    assert list(inspect.signature(called).parameters)[: len(wanted)] == wanted, f"faust_batches calls it so. {LOOK}"


def test_a_scheme_can_be_mapped_to_a_transport() -> None:
    assert TRANSPORTS.aliases["kafka"] == "faust.transport.drivers.aiokafka:Transport", LOOK


def test_the_list_of_private_members_is_complete_and_has_no_extra_line() -> None:
    touched = {name for path in RUNTIME for name in _foreign(ast.parse(path.read_text(encoding="utf-8")))}
    listed = {entry.name for entry in TOUCHED}
    assert touched - listed == set(), "add a line to TOUCHED, and one to the docstring of faust_batches/consumer.py"
    assert listed - touched == set(), "nothing touches it any more: remove its line"


@asynccontextmanager
async def _consumer_of(scheme: str) -> AsyncIterator[driver.Consumer]:
    app: faust.App = faust.App("unit-private-members", broker=f"{scheme}://localhost")
    app.batch_config = None  # type: ignore[attr-defined] # ours asks its app for it

    async def nothing(*_: Any) -> None: ...

    created = cast(
        "driver.Consumer",
        app.transport.create_consumer(callback=nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing),
    )
    try:
        yield created
    finally:
        created._thread.thread_loop.close()  # made with the thread, though the thread never ran


def _foreign(module: ast.Module) -> Iterator[str]:
    """Yield private names that are somebody else's: read of another object than self, or known to a foreign base."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and _private(node.attr) and not _is(node.value, "self", "cls", "os"):
            yield node.attr
        if isinstance(node, ast.ClassDef) and (theirs := _private_names_above(node.name)):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Attribute) and inner.attr in theirs:
                    yield inner.attr
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.name in theirs:
                    yield inner.name


def _private_names_above(name: str) -> set[str]:
    ours = getattr(batches, name, getattr(batch_app, name, object))
    above = [base for base in ours.__mro__ if _is_theirs(base)]
    return {found for base in above for found in re.findall(r"\b_[a-z]\w*", _source(base))}


@cache
def _source(owner: type) -> str:
    return _classes_of(owner.__module__)[owner.__qualname__]


@cache
def _classes_of(module: str) -> dict[str, str]:
    """Return the source of each class of a module, which `inspect.getsource` would parse again for each."""
    source = inspect.getsource(sys.modules[module])
    lines = source.splitlines()
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in classes}


def _is_theirs(owner: type) -> bool:
    return owner.__module__.partition(".")[0] in THEIRS


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _is(node: ast.expr, *names: str) -> bool:
    return isinstance(node, ast.Name) and node.id in names

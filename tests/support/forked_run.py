"""Runs tests in several processes that are forked when the tests are collected: ``pytest --processes 5``.

So all that was imported and collected is shared: processes that each import everything and collect all tests cost a
run of all tests half a minute of CPU.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, groupby, pairwise
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import SynchronizedArray
from typing import Any

import pytest
from _pytest.runner import pytest_sessionfinish as tear_down

PROCESS = pytest.StashKey[int]()
"""In the stash of the configuration: the number of a process of :class:`ForkedRun`, from 0."""

_fork = multiprocessing.get_context("fork")
_Files = Sequence[Sequence[pytest.Item]]


def _file(item: pytest.Item) -> str:
    return item.location[0]


class ForkedRun:
    """Hands each file of tests to the next of several processes that is free, and reports what they found.

    The last process takes files from the end of the list, where tests compute; the others take them from the start, where
    tests wait for other processes. So while tests wait, a core still has work.
    """

    def __init__(
        self,
        processes: int,
        unit: Callable[[pytest.Item], str] = _file,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        """``unit``: what consecutive tests share that run in one process. Each process calls ``started`` first."""
        self._processes, self._unit, self._started = processes, unit, started

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run all tests; raises what pytest raises when it stops at a failure."""
        if session.testsfailed or session.config.option.collectonly:
            return None  # pytest knows what to do
        files = [list(items) for _, items in groupby(session.items, key=self._unit)]
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # the processes share it
        left = _fork.Array("i", [0, len(files)])
        running: dict[Any, BaseProcess] = {}
        try:
            for number in range(min(self._processes, len(files))):
                receiver, sender = _fork.Pipe(duplex=False)
                from_end = 0 < number == self._processes - 1
                arguments = session, number, _taken(files, left, from_end=from_end), sender, self._started
                running[receiver] = _fork.Process(target=_run, args=arguments)
                running[receiver].start()
                sender.close()
            for hook, values in _received(running):
                _report(session, hook, values)
                if session.shouldfail:
                    left[1] = 0
        finally:
            for process in running.values():
                process.terminate()
                process.join()
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        return True


def _received(running: dict[Any, BaseProcess]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of a hook and its arguments, until all processes have ended. Raises if one ends too early."""
    tests: dict[Any, str] = {}
    while running:
        receiver: Any
        for receiver in wait([*running]):
            try:
                hook, values = receiver.recv()
            except EOFError:
                process = running.pop(receiver)
                process.join()
                if process.exitcode:
                    raise RuntimeError(f"exit code {process.exitcode} in {tests.get(receiver)}") from None
            else:
                tests[receiver] = values.get("nodeid", tests.get(receiver))
                yield hook, values


def _report(session: pytest.Session, hook: str, values: dict[str, Any]) -> None:
    config = session.config
    if data := values.pop("data", None):
        values["report"] = config.hook.pytest_report_from_serializable(config=config, data=data)
    getattr(config.hook, hook)(**values)


class _Sender:
    """Takes the place of the terminal in a process that runs tests."""

    def __init__(self, config: pytest.Config, connection: Any) -> None:
        self._config, self._connection = config, connection

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self._connection.send(("pytest_runtest_logstart", {"nodeid": nodeid, "location": location}))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._connection.send(("pytest_runtest_logreport", {"data": data}))

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        self._connection.send(("pytest_runtest_logfinish", {"nodeid": nodeid, "location": location}))


def _run(
    session: pytest.Session,
    number: int,
    tests: Iterator[pytest.Item],
    connection: Any,
    started: Callable[[], None],
) -> None:
    """Run files of tests until none is left, or until a signal ends this process."""
    session.config.stash[PROCESS] = number
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plugins = session.config.pluginmanager
    plugins.unregister(name="terminalreporter")
    plugins.register(_Sender(session.config, connection))
    capture = plugins.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    started()
    with suppress(KeyboardInterrupt):
        for item, following in pairwise(chain(tests, [None])):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                break
    tear_down(session)


def _taken(files: _Files, left: SynchronizedArray[int], *, from_end: bool) -> Iterator[pytest.Item]:
    """Yield the tests of files that no other process has taken. ``left``: the first of them, and the one after the last."""
    while True:
        with left.get_lock():
            if left[0] >= left[1]:
                return
            number = left[1] - 1 if from_end else left[0]
            left[from_end] += -1 if from_end else 1
        yield from files[number]

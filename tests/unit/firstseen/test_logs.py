"""A log line has time, level and process; a repeated line of a library is logged once a minute."""

from __future__ import annotations

import logging

from aiokafka.errors import ProducerFenced

from firstseen.logs import OnceAMinute, ProcessFormatter


def _record(name: str, message: str, at: float, *values: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.WARNING, "", 0, message, values, None)
    record.created = at
    return record


def test_a_line_has_its_time_its_level_and_its_stage() -> None:
    line = ProcessFormatter("intake").format(_record("aiokafka", "no node %d", 1764374400.25, 2))
    assert line == "2025-11-29T00:00:00.250Z WARNING intake: no node 2"


def test_a_stage_that_names_itself_is_not_named_twice() -> None:
    line = ProcessFormatter("intake").format(_record("firstseen.worker", "intake ready: partitions [0]", 1764374400.0))
    assert line == "2025-11-29T00:00:00.000Z WARNING intake ready: partitions [0]"


def test_a_repeated_line_of_a_library_is_logged_once_a_minute() -> None:
    once_a_minute = OnceAMinute()
    times = [0.0, 0.1, 59.0, 60.5, 61.0]
    logged = [
        at for at in times if once_a_minute.filter(_record("aiokafka", "Unable connect to node with id %s", at, at))
    ]
    assert logged == [0.0, 60.5]
    assert once_a_minute.filter(_record("aiokafka", "another kind", 0.2))


def test_our_own_lines_are_never_held_back() -> None:
    once_a_minute = OnceAMinute()
    for name in ("firstseen.worker", "web.state.follower", "streams.io.slack_sender"):
        assert all(once_a_minute.filter(_record(name, "No message to %s yet", at, "C1")) for at in (0.0, 0.1))


def test_a_failed_transaction_of_aiokafka_logs_no_second_traceback() -> None:
    record = _record("asyncio", "Future exception was never retrieved", 0.0)
    record.exc_info = (ProducerFenced, ProducerFenced(), None)
    assert not OnceAMinute().filter(record)
    record.exc_info = (KeyError, KeyError(), None)
    assert OnceAMinute().filter(record)

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from firstseen.local_kafka import LocalKafka, LocalKafkaError
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.kafka

TOPIC = "days"
LONG_AGO = 1_041_379_200_000
"""1 January 2003, in milliseconds since 1970."""

PARENT = """
import signal, sys
from pathlib import Path
from firstseen.local_kafka import LocalKafka
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores SIGINT and its children inherit that
with LocalKafka(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def turkish(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start Java in a locale whose capital i has a dot: in it, Kafka by itself does not start."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Duser.language=tr -Duser.country=TR")


def write(kafka: LocalKafka, value: bytes) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        keep_forever = {"retention.ms": "-1"}
        admin.create_topics([NewTopic(TOPIC, 1, 1, topic_configs=keep_forever)])
    with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap)) as producer:
        producer.send(TOPIC, value, timestamp_ms=LONG_AGO).get(timeout=PATIENCE_SECONDS)


def read(kafka: LocalKafka) -> list[tuple[bytes, int]]:
    consumer: Any = KafkaConsumer(
        TOPIC, bootstrap_servers=kafka.bootstrap, group_id="readers", auto_offset_reset="earliest"
    )
    records: list[tuple[bytes, int]] = []

    def has_read() -> bool:
        for batch in consumer.poll(timeout_ms=500).values():
            records.extend((record.value, record.timestamp) for record in batch)
        return bool(records)

    with closing(consumer):
        until(has_read)
    return records


def java_of(folder: Path) -> list[int]:
    """The ids of the Java processes whose command line names the folder."""

    def is_its_java(process: Path) -> bool:
        try:
            program, *arguments = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return program.endswith(b"java") and any(os.fsencode(folder) in argument for argument in arguments)

    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if is_its_java(process)]


@contextmanager
def parent_of_kafka(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process, in a session of its own, that has started a Kafka in the folder."""
    command = [sys.executable, "-c", PARENT, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"ready\n"
            yield parent
        finally:
            parent.kill()


def test_data_survives_a_stop_and_a_start_on_another_port(tmp_path: Path) -> None:
    with LocalKafka(tmp_path) as kafka:
        write(kafka, b"first seen")
        first_port = kafka.port
    assert java_of(tmp_path) == []
    with LocalKafka(tmp_path) as kafka:
        assert kafka.port != first_port
        assert read(kafka) == [(b"first seen", LONG_AGO)]


def test_a_kafka_that_was_killed_is_reported_and_starts_again_on_its_port_with_its_data(tmp_path: Path) -> None:
    kafka = LocalKafka(tmp_path)
    with kafka:
        write(kafka, b"acknowledged")
        (java,) = java_of(tmp_path)
        os.kill(java, signal.SIGKILL)

        def is_noticed() -> bool:
            try:
                kafka.check()
            except LocalKafkaError as e:
                return "stopped unexpectedly (exit code 137)" in str(e)
            return False

        until(is_noticed)
        kafka.kill()
        assert java_of(tmp_path) == []
        kafka.start()
        assert read(kafka) == [(b"acknowledged", LONG_AGO)]


def test_kill_9_of_the_parent_leaves_no_java_behind(tmp_path: Path) -> None:
    with parent_of_kafka(tmp_path) as parent:
        assert len(java_of(tmp_path)) == 1
        os.kill(parent.pid, signal.SIGKILL)
        until(lambda: java_of(tmp_path) == [])


@pytest.mark.thorough
def test_a_start_right_after_kill_9_of_the_parent_waits_for_the_old_kafka_to_end(tmp_path: Path) -> None:
    with parent_of_kafka(tmp_path) as parent:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        with LocalKafka(tmp_path) as kafka:
            assert len(java_of(tmp_path)) == 1
            kafka.check()


@pytest.mark.thorough
def test_kill_9_of_everything_but_java_leaves_no_java_behind(tmp_path: Path) -> None:
    with parent_of_kafka(tmp_path) as parent:
        (java,) = java_of(tmp_path)
        keeper = int(Path(f"/proc/{java}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])
        for process in (keeper, parent.pid):
            os.kill(process, signal.SIGKILL)
        until(lambda: java_of(tmp_path) == [])


def test_ctrl_c_reaches_the_parent_only_which_stops_kafka_in_order(tmp_path: Path) -> None:
    with parent_of_kafka(tmp_path) as parent:
        (java,) = java_of(tmp_path)
        assert os.getsid(java) != os.getsid(parent.pid)
        os.killpg(parent.pid, signal.SIGINT)
        parent.wait(PATIENCE_SECONDS)
        assert java_of(tmp_path) == []
    assert "shut down completed" in (tmp_path / "kafka.log").read_text()


def test_kafka_outlives_the_thread_that_started_it_and_lets_no_second_one_use_its_folder(tmp_path: Path) -> None:
    kafka = LocalKafka(tmp_path)
    thread = threading.Thread(target=kafka.start)
    thread.start()
    thread.join()
    try:
        with pytest.raises(LocalKafkaError, match=f"in use by process {os.getpid()}"):
            LocalKafka(tmp_path).start()
        write(kafka, b"still here")
        kafka.check()
    finally:
        kafka.stop()


def test_a_kafka_that_ends_while_starting_names_the_cause(tmp_path: Path) -> None:
    with pytest.raises(LocalKafkaError, match=r"could not format|stopped while starting") as failed:
        LocalKafka(tmp_path, properties={"log.segment.bytes": "many"}).start()
    assert re.search("log.segment.bytes", str(failed.value))
    assert str(tmp_path / "kafka.log") in str(failed.value)


def test_a_kafka_that_is_not_ready_in_time_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(LocalKafkaError, match=r"not ready after 0\.1 s"):
        LocalKafka(tmp_path, ready_seconds=0.1).start()
    assert java_of(tmp_path) == []

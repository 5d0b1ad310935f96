"""The configuration of the local Kafka, and the reasons for which it does not start."""

import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstseen.local_kafka import CHECKSUMS, LocalKafka, LocalKafkaError, server_properties


@pytest.fixture
def dead_address() -> Iterator[str]:
    """An address where nothing listens, and no other program can start to listen."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_every_line_of_the_checked_in_list_is_a_jar_and_a_sha256() -> None:
    lines = [line.split() for line in CHECKSUMS.read_text().splitlines() if not line.startswith("#")]
    assert all(path.endswith(".jar") and len(bytes.fromhex(sha256)) == 32 for path, sha256 in lines)
    assert "org/apache/kafka/kafka_2.13/4.3.1/kafka_2.13-4.3.1.jar" in dict(lines)


def test_the_node_is_its_own_controller_and_listens_on_loopback_only() -> None:
    properties = server_properties(9092, 9093, {})
    assert properties["process.roles"] == "broker,controller"
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:9093"
    assert properties["listeners"] == "BROKER://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"


def test_internal_topics_are_small_and_have_one_replica() -> None:
    properties = server_properties(9092, 9093, {})
    for topic in ("offsets.topic", "transaction.state.log"):
        assert properties[f"{topic}.replication.factor"] == "1"
        assert int(properties[f"{topic}.num.partitions"]) < 10
    assert properties["transaction.state.log.min.isr"] == "1"


def test_topics_are_never_created_by_accident_and_groups_start_at_once() -> None:
    properties = server_properties(9092, 9093, {})
    assert properties["auto.create.topics.enable"] == "false"
    assert properties["group.initial.rebalance.delay.ms"] == "0"


def test_a_start_after_a_kill_waits_for_a_short_session_of_the_killed_broker() -> None:
    assert server_properties(9092, 9093, {})["broker.session.timeout.ms"] == "4000"  # 9000 are Kafka's own


def test_properties_of_the_caller_override_ours() -> None:
    properties = server_properties(9092, 9093, {"auto.create.topics.enable": "true", "message.max.bytes": "1000"})
    assert properties["auto.create.topics.enable"] == "true"
    assert properties["message.max.bytes"] == "1000"


def test_port_0_picks_a_free_port_and_names_it() -> None:
    kafka = LocalKafka(Path("never-started"))
    assert kafka.port > 0
    assert kafka.bootstrap == f"127.0.0.1:{kafka.port}"


def test_a_kafka_that_was_never_started_can_be_stopped_but_not_checked(tmp_path: Path) -> None:
    kafka = LocalKafka(tmp_path)
    kafka.stop()
    with pytest.raises(LocalKafkaError, match="not running"):
        kafka.check()


def test_a_taken_port_is_named_before_any_download(tmp_path: Path, dead_address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalKafkaError, match=f"Port {port} .*choose another port"):
            LocalKafka(tmp_path / "data", port, base_url=dead_address).start()


def test_a_data_folder_in_use_names_the_process_that_holds_it(tmp_path: Path, dead_address: str) -> None:
    with (tmp_path / "kafka.pid").open("w") as claim:
        fcntl.flock(claim, fcntl.LOCK_EX)
        claim.write(str(os.getpid()))
        claim.flush()
        with pytest.raises(LocalKafkaError, match=f"in use by process {os.getpid()}") as rejected:
            LocalKafka(tmp_path, base_url=dead_address).start()
    assert str(tmp_path) in str(rejected.value)


def test_a_data_folder_that_is_a_file_is_rejected(tmp_path: Path, dead_address: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalKafkaError, match=r"cannot store its data in .*file.*choose another folder"):
        LocalKafka(tmp_path / "file", base_url=dead_address).start()

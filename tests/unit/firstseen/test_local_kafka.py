import fcntl
import functools
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from firstseen.local_kafka import CHECKSUMS, LocalKafka, LocalKafkaError, fetch_jars, server_properties

JAR = "org/example/example-1.0.jar"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """The address of a mirror with one jar, whose bytes are ``the jar``."""
    jar = tmp_path / "mirror" / JAR
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"the jar")
    serve = functools.partial(QuietHandler, directory=str(tmp_path / "mirror"))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_address() -> Iterator[str]:
    """An address where nothing listens, and no other program can start to listen."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def checksums_of(content: bytes, folder: Path) -> Path:
    checksums = folder / "jars.sha256"
    checksums.write_text(f"# one jar\n{JAR} {hashlib.sha256(content).hexdigest()}\n")
    return checksums


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_missing_jar_is_reported_downloaded_and_put_on_the_class_path(tmp_path: Path, mirror: str) -> None:
    reports: list[str] = []
    progress: list[tuple[int, int]] = []
    cache, checksums = tmp_path / "cache", checksums_of(b"the jar", tmp_path)
    classpath = fetch_jars(
        reports.append,
        base_url=mirror,
        cache=cache,
        checksums=checksums,
        on_jar=lambda *counts: progress.append(counts),
    )
    assert progress == [(1, 1)]
    assert classpath == str(cache / JAR)
    assert (cache / JAR).read_bytes() == b"the jar"
    assert len(reports) == 1
    assert reports[0].startswith("Downloading Apache Kafka 4.3.1 (45 MB, once)")


def test_jars_in_the_cache_need_no_network_and_no_report(tmp_path: Path, mirror: str, dead_address: str) -> None:
    cache, checksums = tmp_path / "cache", checksums_of(b"the jar", tmp_path)
    first = fetch_jars(base_url=mirror, cache=cache, checksums=checksums)
    reports: list[str] = []
    assert fetch_jars(reports.append, base_url=dead_address, cache=cache, checksums=checksums) == first
    assert reports == []


def test_a_jar_that_is_not_the_listed_one_is_rejected_and_not_kept(tmp_path: Path, mirror: str) -> None:
    cache, checksums = tmp_path / "cache", checksums_of(b"another jar", tmp_path)
    with pytest.raises(LocalKafkaError, match="not part of Apache Kafka") as rejected:
        fetch_jars(base_url=mirror, cache=cache, checksums=checksums)
    assert "example-1.0.jar" in str(rejected.value)
    assert mirror in str(rejected.value)
    assert files_in(cache) == []


def test_a_jar_that_is_damaged_in_the_cache_is_downloaded_again(tmp_path: Path, mirror: str) -> None:
    cache, checksums = tmp_path / "cache", checksums_of(b"the jar", tmp_path)
    (cache / JAR).parent.mkdir(parents=True)
    (cache / JAR).write_bytes(b"half a j")
    fetch_jars(base_url=mirror, cache=cache, checksums=checksums)
    assert (cache / JAR).read_bytes() == b"the jar"


def test_without_network_the_message_says_what_is_needed(tmp_path: Path, dead_address: str) -> None:
    cache, checksums = tmp_path / "cache", checksums_of(b"the jar", tmp_path)
    with pytest.raises(LocalKafkaError, match="Could not download Apache Kafka") as failed:
        fetch_jars(base_url=dead_address, cache=cache, checksums=checksums)
    message = str(failed.value)
    assert str(cache) in message
    assert "HTTPS_PROXY" in message
    assert "mirror" in message
    assert files_in(cache) == []


@pytest.mark.parametrize("there", [True, False])
def test_the_password_of_a_mirror_is_not_shown(tmp_path: Path, mirror: str, dead_address: str, there: bool) -> None:
    address = (mirror if there else dead_address).replace("http://", "http://me:s3cret@")
    checksums = checksums_of(b"another jar", tmp_path)
    with pytest.raises(LocalKafkaError) as failed:
        fetch_jars(base_url=address, cache=tmp_path / "cache", checksums=checksums)
    assert "http://***@" in str(failed.value)
    assert "s3cret" not in str(failed.value)


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

"""The jars of the embedded Kafka: downloaded from a mirror, checked and cached."""

import functools
import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafkaError, fetch_jars

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

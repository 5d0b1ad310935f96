"""Logging of the workers and the web server to standard error: our own lines, and the libraries' warnings and errors.

Each line has its time (UTC), its level and the name of its process. A warning that a library repeats is logged once a
minute.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from aiokafka.errors import KafkaError

from streams.io.throttled_log import Recurrence, record_occurrence

OURS = ("firstseen", "web", "history")


class OnceAMinute(logging.Filter):
    """Passes each message template of a library once a minute; its arguments, such as a broker id, may differ."""

    def __init__(self) -> None:
        super().__init__()
        self._recurrences: dict[tuple[str, str], Recurrence] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is logged."""
        if record.name.split(".")[0] in (*OURS, "streams", "faust_batches"):
            return True
        if record.name == "asyncio" and record.exc_info and isinstance(record.exc_info[1], KafkaError):
            return False  # the future of a failed transaction, which the worker logs
        kind = record.name, str(record.msg).partition("\n")[0]
        self._recurrences[kind], occurrences = record_occurrence(self._recurrences.get(kind), record.created)
        return occurrences > 0


ONCE_A_MINUTE = OnceAMinute()
"""For the commands that set up no log: aiokafka logs each attempt to connect."""


class ProcessFormatter(logging.Formatter):
    """Formats time, level and message, and the name of the process unless the message starts with it."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the line without a traceback."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        process = "" if record.message.startswith(self._process) else f"{self._process}: "
        return f"{at}Z {record.levelname:7} {process}{record.message}"


def log_to_stderr(process: str) -> None:
    """Set up logging for this process; ``process`` is its stage, or ``web``."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(ProcessFormatter(process))
    output.addFilter(OnceAMinute())
    logging.basicConfig(handlers=[output], level=logging.WARNING)
    # Of the batch library only its worker's own log: Faust logs each start and stop of a service under its module.
    for ours in (*OURS, "faust_batches.worker"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # On a fresh broker the group coordinator does not exist yet, and the client retries.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)
    # The broker rejects the first produce request of a transaction while it verifies it (KIP-890); the client retries.
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)
    # kafka-python warns when one of its own steps takes 0.1 s, as on any busy machine.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)

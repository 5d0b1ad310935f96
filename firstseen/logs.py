"""What a worker or the page says on standard error: our own words, and of the libraries only what went wrong.

Each line has its time (UTC), its level and the process that says it. A warning that a library repeats is said once a
minute.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from aiokafka.errors import KafkaError

OURS = ("firstseen", "web", "history")
_REPEAT_SECONDS = 60.0


class OnceAMinute(logging.Filter):
    """Lets each kind of message of a library through once a minute: a lost broker is a kind, whatever its number."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be said."""
        if record.name.split(".")[0] in (*OURS, "streams", "faust_batches"):
            return True
        if record.name == "asyncio" and record.exc_info and isinstance(record.exc_info[1], KafkaError):
            return False  # a future that aiokafka leaves behind when a transaction fails: that is logged by us
        kind = record.name, str(record.msg).partition("\n")[0]
        last = self._last.get(kind)
        if last is not None and record.created - last < _REPEAT_SECONDS:
            return False
        self._last[kind] = record.created
        return True


class WithPlace(logging.Formatter):
    """Writes time, level, and the process unless the message begins with it."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the line without a traceback."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        place = "" if record.message.startswith(self._process) else f"{self._process}: "
        return f"{at}Z {record.levelname:7} {place}{record.message}"


def log_to_stderr(process: str) -> None:
    """Set up logging for this process; ``process`` is its stage, or ``web``."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(WithPlace(process))
    output.addFilter(OnceAMinute())
    logging.basicConfig(handlers=[output], level=logging.WARNING)
    for ours in OURS:
        logging.getLogger(ours).setLevel(logging.INFO)
    # At the first start on a fresh broker the group's coordinator is not there yet, and the client asks again.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)
    # The first produce of a transaction is refused while the broker verifies it (KIP-890), and sent again.
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)

"""What a worker or the page says on standard error: our own words, and of the libraries only what went wrong."""

from __future__ import annotations

import logging
import sys


def log_to_stderr() -> None:
    """Set up logging for this process."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    for ours in ("firstseen", "web"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # At the first start on a fresh broker the group's coordinator is not there yet, and the client asks again.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)
    # The first produce of a transaction is refused while the broker verifies it (KIP-890), and sent again.
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)

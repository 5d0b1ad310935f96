"""The header ``Retry-After`` of a response -> seconds to wait. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Return how many seconds a server asks clients to wait; None if the header is missing or invalid.

    RFC 9110 allows a number of seconds or a date.
    """
    if text is None:
        return None
    if _SECONDS.fullmatch(text.strip()):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # an offset of more hours than a number holds
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())

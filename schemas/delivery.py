"""One alert for one destination on ``deliveries``, and what became of it in the table ``ledger``."""

from __future__ import annotations

from typing import Literal

from schemas.alert import AlertEvent
from schemas.records import Record

CONSOLE = "console"
"""The destination that writes to the terminal and needs no account; every other one is a Slack channel."""


class Delivery(Record):
    """A message that is owed."""

    delivery_id: str
    """uuid5 of alert and destination: one root message for each such pair, for ever."""
    destination: str
    """``console``, or a Slack channel by id or #name."""
    alert: AlertEvent
    """What is to be shown."""


class LedgerEntry(Record):
    """What became of a delivery."""

    delivery_id: str
    """The delivery."""
    destination: str
    """Where it was to go."""
    alert_id: str
    """The alert that it shows."""
    alert_revision: int
    """The revision that it shows."""
    state: Literal["sent", "dead"]
    """sent, or dead when the destination refused it for good."""
    via: Literal["slack", "console"]
    """Through what it went."""
    message_ts: str | None = None
    """Slack's timestamp of the message, its id within the channel."""
    error: str | None = None
    """Why it is dead: Slack's error code."""
    attempts: int = 1
    """How many times it was tried."""

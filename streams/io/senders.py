"""The interface of all senders of messages, and the senders of one partition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.delivery import Delivery, Digest, Via, via_of
from streams.io.current_subscriptions import IsWanted
from streams.io.retry import Ownership, Sleep
from streams.io.slack_sender import SlackSender
from streams.notify.ledger import Action, Done

Clock = Callable[[], datetime]


class Sender(Protocol):
    """Sends the messages of one kind of channel. A call returns once its message is sent or rejected."""

    @property
    def joins_alerts(self) -> bool:
        """Whether several alerts may be one message. False: each event is sent alone, as programs need it."""

    def serves(self, destination: str) -> bool:
        """Whether the settings have what it needs to send to a destination."""

    async def send(self, delivery: Delivery, action: Action, digest: Digest | None, ownership: Ownership) -> Done:
        """Perform an action. ``digest``: the digest that is the root message, with its lines as they will be."""

    async def send_digest(self, destination: str, digest: Digest, ownership: Ownership) -> Done:
        """Send a digest."""


@dataclass(frozen=True, slots=True)
class Senders:
    """The senders of one partition."""

    slack: SlackSender | None
    others: Mapping[Via, Sender]
    clock: Clock
    sleep: Sleep
    page: str | None
    """Address of the web page."""
    is_wanted: IsWanted
    """Whether an alert that waited for its time is still wanted."""

    def of(self, destination: str) -> Sender | None:
        """Return the sender of a destination; None: its token, secret or address is not set."""
        via = via_of(destination)
        sender = self.slack if via == "slack" else self.others.get(via)
        return sender if sender and sender.serves(destination) else None

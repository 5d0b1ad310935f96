"""Sends messages by e-mail. A correction is a reply in the thread of the first mail, because no mail can be edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.delivery import Delivery, Digest
from streams.io.retry import Ownership, Retrier, Sleep
from streams.io.smtp_client import SmtpClient
from streams.notify.cards import Card, card_to_send
from streams.notify.digest import render_digest
from streams.notify.ledger import Action, Done, Form, PostRoot
from streams.notify.mail import Envelope, Thread, address_of, mail
from streams.notify.outcomes import LookupDenied, LookupResult, Outcome
from streams.notify.unsubscribe import unsubscribe_link

_NO_LOOKUP = LookupDenied("mail that was sent cannot be searched; the second copy has the same Message-ID")


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """Settings of an installation for its mails."""

    page: str | None = None
    """Address of the web page, for links to it."""
    unsubscribe_secret: str | None = None
    """Secret that signs links to unsubscribe. None, or without a page: mails have no such link."""


class EmailSender:
    """Sends mails through one mail server."""

    def __init__(self, smtp: SmtpClient, options: EmailOptions, *, clock: Callable[[], datetime], sleep: Sleep) -> None:
        self._smtp, self._options, self._clock = smtp, options, clock
        self._retrier = Retrier(sleep)

    @property
    def joins_alerts(self) -> bool:
        """Yes: a digest, or a faction's alert with its parents'."""
        return True

    def serves(self, _: str) -> bool:
        """Yes: the mail server accepts mail for all addresses."""
        return True

    async def send(self, delivery: Delivery, action: Action, digest: Digest | None, ownership: Ownership) -> Done:
        """Send an alert, or its correction as a reply."""
        alert, thread = delivery.alert, Thread(delivery.delivery_id)
        if not isinstance(action, PostRoot):
            thread = Thread(f"{thread.name}.{alert.revision}", first=digest.digest_id if digest else thread.name)
        card = card_to_send(alert, action, self._options.page)
        return card if isinstance(card, Done) else await self._post(delivery.destination, card, thread, ownership)

    async def send_digest(self, destination: str, digest: Digest, ownership: Ownership) -> Done:
        """Send a digest."""
        card = render_digest(digest, page=self._options.page).card
        assert card
        return await self._post(destination, card, Thread(digest.digest_id), ownership)

    async def _post(self, destination: str, card: Card, thread: Thread, ownership: Ownership) -> Done:
        recipient, page, secret = address_of(destination), self._options.page, self._options.unsubscribe_secret
        stop = unsubscribe_link(page, destination, secret) if page and secret else None

        async def post(_: Form) -> Outcome:
            envelope = Envelope(self._smtp.sender, recipient, self._clock(), stop)
            return await self._smtp.send(recipient, mail(card, thread, envelope))

        async def find() -> LookupResult:
            return _NO_LOOKUP

        done = await self._retrier.until_done(destination, post, "plain", ownership, find)
        return replace(done, channel=None, message_ts=None, form="full")

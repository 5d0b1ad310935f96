"""Sends deliveries to webhooks: each event alone, signed with one secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from schemas.delivery import Delivery, Digest, loggable
from streams.io.http_poster import HttpPoster
from streams.io.retry import Ownership, Retrier, Sleep
from streams.notify.ledger import Action, Done, Form, PostCorrection, Skip
from streams.notify.outcomes import Outcome, outcome_of_status
from streams.notify.webhook import headers
from streams.notify.webhook_formats import WebhookFormats


class WebhookSender:
    """Sends deliveries to webhooks, signed with one secret."""

    def __init__(
        self,
        secret: str,
        poster: HttpPoster,
        *,
        formats: WebhookFormats | None = None,
        page: str | None = None,
        clock: Callable[[], datetime],
        sleep: Sleep,
    ) -> None:
        """Send in ``formats`` where a receiver expects another body; ``page``: address of the web page, for links."""
        self._secret, self._poster, self._clock = secret, poster, clock
        self._formats, self._page = formats or WebhookFormats(), page
        self._retrier = Retrier(sleep)

    @property
    def joins_alerts(self) -> bool:
        """No: a program gets every event."""
        return False

    def serves(self, _: str) -> bool:
        """Yes: one secret serves all addresses."""
        return True

    async def send(self, delivery: Delivery, action: Action, digest: Digest | None, ownership: Ownership) -> Done:  # noqa: ARG002 - a repetition has the same webhook-id
        """Send an alert event until it is accepted or rejected. A repetition has the same ``webhook-id``."""
        if isinstance(action, Skip):
            return Done(action.state, error=action.error)
        content = self._formats.body(delivery, corrects=isinstance(action, PostCorrection), page=self._page)

        async def post(_: Form) -> Outcome:
            signed = headers(delivery, content, self._secret, self._clock())
            return await self._poster.post(delivery.destination, content, signed, outcome_of_status)

        done = await self._retrier.until_done(loggable(delivery.destination), post, "plain", ownership)
        return replace(done, channel=None, message_ts=None, form="full")

    async def send_digest(self, destination: str, digest: Digest, ownership: Ownership) -> Done:
        """Raise NotImplementedError: webhooks get no digests."""
        raise NotImplementedError

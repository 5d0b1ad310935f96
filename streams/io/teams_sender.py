"""Sends messages to channels of Microsoft Teams, each through the webhook of a workflow.

The address of a workflow is a secret: it comes from the settings, and stays out of every topic, message and log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schemas.delivery import TEAMS, Delivery, Digest
from streams.io.http_poster import HttpPoster
from streams.io.rate_limit import RateLimit
from streams.io.retry import Ownership, Retrier, Sleep
from streams.notify.adaptive_card import outcome_of_teams, teams_message
from streams.notify.cards import Card, card_to_send
from streams.notify.digest import render_digest
from streams.notify.ledger import Action, Done, Form
from streams.notify.outcomes import LookupDenied, LookupResult, Outcome

_HEADERS = {"content-type": "application/json", "user-agent": "Firstseen"}
_NO_LOOKUP = LookupDenied("the messages of a workflow cannot be searched")


class TeamsSender:
    """Sends to the workflows of the settings. A correction is a new message, because a workflow cannot edit one."""

    def __init__(self, addresses: Mapping[str, str], poster: HttpPoster, sleep: Sleep, page: str | None) -> None:
        """``addresses``: those of the workflows by name; ``page``: address of the web page, for links to it."""
        self._addresses, self._poster, self._page = addresses, poster, page
        self._retrier, self._rate_limit = Retrier(sleep), RateLimit(sleep)

    @property
    def joins_alerts(self) -> bool:
        """Yes: a digest, or a faction's alert with its parents'."""
        return True

    def serves(self, destination: str) -> bool:
        """Whether the settings have an address with this name."""
        return destination.removeprefix(TEAMS) in self._addresses

    async def send(self, delivery: Delivery, action: Action, digest: Digest | None, ownership: Ownership) -> Done:  # noqa: ARG002 - a sent digest cannot be edited
        """Send an alert, or its correction as a message of its own."""
        card = card_to_send(delivery.alert, action, self._page)
        return card if isinstance(card, Done) else await self._post(delivery.destination, card, ownership)

    async def send_digest(self, destination: str, digest: Digest, ownership: Ownership) -> Done:
        """Send a digest."""
        card = render_digest(digest, page=self._page).card
        assert card
        return await self._post(destination, card, ownership)

    async def _post(self, destination: str, card: Card, ownership: Ownership) -> Done:
        address, content = self._addresses[destination.removeprefix(TEAMS)], teams_message(card)

        async def wait_for_turn() -> None:
            await self._rate_limit.wait_for_turn(destination)

        async def post(_: Form) -> Outcome:
            return await self._poster.post(address, content, _HEADERS, outcome_of_teams)

        async def find() -> LookupResult:
            return _NO_LOOKUP

        done = await self._retrier.until_done(destination, post, "plain", ownership, find, wait_for_turn)
        return replace(done, channel=None, message_ts=None, form="full")

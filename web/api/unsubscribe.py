"""``/unsubscribe/TOKEN``: the recipient of a mail ends its subscriptions, without an account or the read token.

GET only asks, because mail scanners follow links. POST unsubscribes; mail programs send it themselves (RFC 8058).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Protocol, cast

from fastapi import APIRouter, Request, Response

from faust_batches.errors import MissingTopicError, UnreachableError
from schemas.subscription import Subscriber
from streams.dispatch.subscribers import SubscriberRows, unsubscribe_for_good
from streams.io.clock import now
from streams.io.publisher import PublishError
from streams.notify.mail import address_of
from streams.notify.unsubscribe import PATH, destination_of
from web.formats.html import MEDIA_TYPE, html_page

_log = logging.getLogger(__name__)

_ATTEMPTS = 3
"""An attempt fails if another process changes subscriptions at the same moment."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_TITLE = "Unsubscribe from Firstseen"

router = APIRouter(include_in_schema=False)


Plan = Callable[[Mapping[str, Subscriber]], SubscriberRows]


class Writer(Protocol):
    """Writes subscriptions."""

    async def write(self, plan: Plan) -> SubscriberRows:
        """Write the rows that ``plan`` returns, and return them."""


@dataclass(frozen=True, slots=True)
class UnsubscribeService:
    """The state of the routes, in ``app.state.unsubscribe_service``."""

    secret: str
    """Secret that signed the links."""
    writer: Writer


@router.get(f"{PATH}{{token}}")
async def ask_to_unsubscribe(request: Request, token: str) -> Response:
    """Ask whether to unsubscribe."""
    destination = destination_of(token, _service(request).secret)
    if destination is None:
        return _not_valid()
    address = escape(address_of(destination))
    return _page(200, f"<p>Stop all alerts to {address}?</p>\n<form method='post'><button>Unsubscribe</button></form>")


@router.post(f"{PATH}{{token}}")
async def unsubscribe(request: Request, token: str) -> Response:
    """Unsubscribe. Repeating it is harmless."""
    service = _service(request)
    destination = destination_of(token, service.secret)
    if destination is None:
        return _not_valid()
    if not await _write(service.writer, destination, now()):
        return _page(503, "<p>This did not work. You are still subscribed. Try again in a minute.</p>")
    address = escape(address_of(destination))
    return _page(200, f"<p>{address} is unsubscribed. A mail that was already waiting may still arrive.</p>")


async def _write(writer: Writer, destination: str, at: datetime) -> bool:
    def plan(known: Mapping[str, Subscriber]) -> SubscriberRows:
        before = known.get(destination)
        return {destination: unsubscribe_for_good(before, at)} if before and before.subscriptions else {}

    for attempt in range(1, _ATTEMPTS + 1):
        try:
            await writer.write(plan)
        except (PublishError, UnreachableError, MissingTopicError) as error:
            _log.warning("A recipient was not unsubscribed (attempt %d): %s", attempt, error)
        else:
            return True
    return False


def _service(request: Request) -> UnsubscribeService:
    return cast(UnsubscribeService, request.app.state.unsubscribe_service)


def _not_valid() -> Response:
    return _page(404, "<p>This link is not valid. Use the link of a mail as it is, or write to its sender.</p>")


def _page(status: int, body: str) -> Response:
    content = html_page(_TITLE, f"<h1>{_TITLE}</h1>\n{body}")
    return Response(content, status, {**_HEADERS, "Content-Type": MEDIA_TYPE})

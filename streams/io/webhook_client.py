"""Sends deliveries to webhooks. The only file that connects to addresses that subscribers choose.

The IP address is checked while the connection is made, so that a name cannot resolve differently after the check.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from schemas.delivery import Delivery
from streams.io.retry import Retrier, Sleep
from streams.notify.ledger import Action, Done, Form, PostCorrection, Skip
from streams.notify.outcomes import Ambiguous, NotSent, Outcome, Rejected
from streams.notify.webhook import address_problem, body, headers, is_ip_address, is_public, loggable, outcome_of_status

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_NOT_PUBLIC = "not_a_public_address"


class _NotPublicError(OSError):
    """The host has an address that is not public."""


class WebhookClient:
    """Sends deliveries to webhooks, signed with one secret."""

    def __init__(self, secret: str, *, private: bool, clock: Callable[[], datetime], sleep: Sleep) -> None:
        """``private``: also permit addresses of this machine and its networks."""
        self._secret, self._private, self._clock = secret, private, clock
        self._retrier = Retrier(sleep)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, delivery: Delivery, action: Action) -> Done:
        """Send an alert event until it is accepted or rejected. A repetition has the same ``webhook-id``."""
        if isinstance(action, Skip):
            return Done(action.state, error=action.error)

        async def post(_: Form) -> Outcome:
            return await self._post(delivery, corrects=isinstance(action, PostCorrection))

        done = await self._retrier.until_done(loggable(delivery.destination), post, "plain")
        return replace(done, channel=None, message_ts=None, form="full")

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    async def _post(self, delivery: Delivery, *, corrects: bool) -> Outcome:
        if problem := address_problem(delivery.destination):
            return Rejected(problem)
        host = urlsplit(delivery.destination).hostname or ""
        if not self._private and is_ip_address(host) and not is_public(host):  # aiohttp resolves names only
            return Rejected(_NOT_PUBLIC)
        content = body(delivery, corrects=corrects)
        signed = headers(delivery, content, self._secret, self._clock())
        try:
            async with self._open_session().post(
                delivery.destination, data=content, headers=signed, allow_redirects=False
            ) as response:
                return outcome_of_status(response.status, _seconds(response.headers.get("retry-after")))
        except aiohttp.InvalidURL:
            return Rejected("it is not a valid address")
        except aiohttp.ClientConnectorError as error:
            return Rejected(_NOT_PUBLIC) if isinstance(error.os_error, _NotPublicError) else NotSent("no connection")
        except aiohttp.ConnectionTimeoutError:
            return NotSent("no connection")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Ambiguous(type(error).__name__)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = ThreadedResolver() if self._private else _PublicResolver()
            connector = aiohttp.TCPConnector(resolver=resolver, force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, trust_env=False)
        return self._session


class _PublicResolver(AbstractResolver):
    """Resolves names to public addresses only."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises OSError if any of them is not public."""
        addresses = await self._resolver.resolve(host, port, family)
        if not all(is_public(address["host"]) for address in addresses):
            raise _NotPublicError(f"{host} is not public")
        return addresses

    async def close(self) -> None:
        """Close the resolver."""
        await self._resolver.close()


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None

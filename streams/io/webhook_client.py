"""Calls webhooks, and keeps at it until one is settled. The only file that calls addresses that subscribers name.

An address is looked at when the connection is made, not before, so that a name cannot change its mind in between.
"""

from __future__ import annotations

import ipaddress
import logging
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
from streams.io.log_once import SparingLog
from streams.io.slack_sender import Sleep
from streams.notify.ledger import Done, PostCorrection, PostRoot, Retry, Skip, next_step
from streams.notify.outcomes import Ambiguous, NotSent, Outcome, Rejected
from streams.notify.webhook import address_problem, body, headers, is_public, loggable, outcome_of_status

log = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_NOT_PUBLIC = "not_a_public_address"


class _NotPublicError(OSError):
    """A host lies in a network of one's own."""


class WebhookClient:
    """All webhooks, signed with one secret."""

    def __init__(self, secret: str, *, private: bool, clock: Callable[[], datetime], sleep: Sleep) -> None:
        """``private``: addresses of this machine and of its networks may be called, too."""
        self._secret, self._private, self._clock, self._sleep = secret, private, clock, sleep
        self._session: aiohttp.ClientSession | None = None
        self._lasting = SparingLog(log)

    async def send(self, delivery: Delivery, what: PostRoot | PostCorrection | Skip) -> Done:
        """Send an event of an alert. It may come twice, then under the same ``webhook-id``."""
        if isinstance(what, Skip):
            return Done(what.state, error=what.error)
        attempts = 0
        while True:
            attempts += 1
            match next_step(await self._post(delivery), attempts, "plain"):
                case Done() as settled:
                    if settled.error:
                        log.warning("The %s refused a delivery: %s", loggable(delivery.destination), settled.error)
                    return replace(settled, channel=None, message_ts=None, form="full")
                case Retry(seconds, error):
                    self._lasting.warning(
                        delivery.destination,
                        "The %s was not reached (try %d, next in %g s): %s",
                        loggable(delivery.destination), attempts, seconds, error,
                    )  # fmt: skip
                    await self._sleep(seconds)

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    async def _post(self, delivery: Delivery) -> Outcome:
        if why := address_problem(delivery.destination):
            return Rejected(why)
        host = urlsplit(delivery.destination).hostname or ""
        if not self._private and _is_literal(host) and not is_public(host):  # for which no resolver is asked
            return Rejected(_NOT_PUBLIC)
        sent = body(delivery)
        signed = headers(delivery, sent, self._secret, self._clock())
        try:
            async with self._opened().post(
                delivery.destination, data=sent, headers=signed, allow_redirects=False
            ) as answer:
                return outcome_of_status(answer.status, _seconds(answer.headers.get("retry-after")))
        except aiohttp.InvalidURL:
            return Rejected("it is no address")
        except aiohttp.ClientConnectorError as error:
            return Rejected(_NOT_PUBLIC) if isinstance(error.os_error, _NotPublicError) else NotSent("no connection")
        except aiohttp.ConnectionTimeoutError:
            return NotSent("no connection")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Ambiguous(type(error).__name__)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = ThreadedResolver() if self._private else _PublicResolver()
            connector = aiohttp.TCPConnector(resolver=resolver, force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, trust_env=False)
        return self._session


class _PublicResolver(AbstractResolver):
    """Finds addresses of names, and none that is not public."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises OSError when one of them is not public."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise _NotPublicError(f"{host} is not public")
        return found

    async def close(self) -> None:
        """Close the resolver."""
        await self._resolver.close()


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None

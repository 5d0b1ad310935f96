"""Posts to addresses on the web, once each. The only file that connects to addresses that subscribers choose.

The IP address is checked while the connection is made, so that a name cannot resolve differently after the check.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import aiohttp
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from streams.io.clock import now
from streams.io.public_resolver import NotPublicError, PublicResolver
from streams.notify.outcomes import Ambiguous, NotSent, Outcome, Rejected
from streams.notify.retry_after import parse_retry_after
from streams.notify.web_addresses import address_problem, is_ip_address, is_public

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_NOT_PUBLIC = "not_a_public_address"
_NOT_VALID = "it is not a valid address"

OutcomeOfStatus = Callable[[int, float | None], Outcome]
"""Status and the seconds of ``Retry-After`` -> outcome."""


class HttpPoster:
    """Posts over HTTPS, without redirects, cookies or the proxies of the environment."""

    def __init__(self, *, private: bool) -> None:
        """``private``: also permit addresses of this machine and its networks."""
        self._private = private
        self._session: aiohttp.ClientSession | None = None

    async def post(self, address: str, content: bytes, headers: Mapping[str, str], outcome: OutcomeOfStatus) -> Outcome:
        """Post to an address and return the outcome of its response."""
        if problem := address_problem(address):
            return Rejected(problem)
        try:
            url = URL(address, encoded=address.isascii())  # encoded: a signature in the query stays as it was issued
        except ValueError:
            return Rejected(_NOT_VALID)
        host = url.raw_host or ""  # which has the digits and dots of other scripts as ASCII: the address that is called
        if not self._private and is_ip_address(host) and not is_public(host):  # aiohttp resolves names only
            return Rejected(_NOT_PUBLIC)
        try:
            async with self._open_session().post(url, data=content, headers=headers, allow_redirects=False) as response:
                return outcome(response.status, parse_retry_after(response.headers.get("retry-after"), now()))
        except (aiohttp.InvalidURL, ValueError):
            return Rejected(_NOT_VALID)
        except aiohttp.ClientConnectorError as error:
            return Rejected(_NOT_PUBLIC) if isinstance(error.os_error, NotPublicError) else NotSent("no connection")
        except aiohttp.ConnectionTimeoutError:
            return NotSent("no connection")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Ambiguous(type(error).__name__)

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = ThreadedResolver() if self._private else PublicResolver()
            connector = aiohttp.TCPConnector(resolver=resolver, force_close=True)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

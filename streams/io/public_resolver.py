"""Resolves names to public addresses only, for connections to addresses that users choose.

The connection uses the address that was checked, so a name cannot resolve differently after the check.
"""

from __future__ import annotations

import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from streams.notify.web_addresses import is_public


class NotPublicError(OSError):
    """The host has an address that is not public."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only."""

    def __init__(self, proxies: Collection[str] = ()) -> None:
        """``proxies``: hosts of the operator's proxies, which may be private."""
        self._resolver, self._proxies = ThreadedResolver(), frozenset(proxies)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises OSError if any of them is not public."""
        addresses = await self._resolver.resolve(host, port, family)
        if host not in self._proxies and not all(is_public(address["host"]) for address in addresses):
            raise NotPublicError(f"{host} is not public")
        return addresses

    async def close(self) -> None:
        """Close the resolver."""
        await self._resolver.close()

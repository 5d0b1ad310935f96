"""Checks the host name of a request before any route. It protects a page without a token from DNS rebinding."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.notify.web_addresses import is_ip_address
from web.http.auth import authenticates_itself
from web.http.problem import problem

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._~-]{1,255}))(?::(?P<port>[0-9]{1,5}))?")
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The host names that readers may use. Where a configuration holds None instead, any name is allowed."""

    names: frozenset[str]
    """Lower case, as in the ``Host`` header, without a port."""
    loopback_only: bool
    """True: the page listens on this machine only. False: IP addresses and names without a dot are allowed as well,
    because nobody on the internet can point one of those here."""

    @classmethod
    def for_page(cls, host: str, page_url: str | None, *, token: bool) -> AllowedHosts | None:
        """Return the names for a page that listens on ``host``; ``token``: readers need one.

        A website can point one of its own names at this machine and read what its visitors can read (DNS rebinding).
        It cannot read what needs a token.
        """
        loopback_only = is_loopback(host)
        if token and not loopback_only:
            return None
        page_host = urlsplit(page_url).hostname if page_url else None
        return cls(frozenset(name.lower() for name in (host, page_host) if name), loopback_only)

    def __contains__(self, name: str) -> bool:
        """Whether readers may use a name."""
        if name in self.names or is_loopback(name):
            return True
        return not self.loopback_only and (is_ip_address(name) or "." not in name)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, whatever the network."""
    return host == "localhost" or (is_ip_address(host) and ipaddress.ip_address(host).is_loopback)


class HostCheck:
    """ASGI middleware: responds with 400 to a host name that is not allowed, and to an invalid ``Host``."""

    def __init__(self, app: ASGIApp, allowed: AllowedHosts | None) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        error = self._error(scope) if scope["type"] == "http" else None
        await (problem(400, error, slug="unknown-host") if error else self._app)(scope, receive, send)

    def _error(self, scope: Scope) -> str | None:
        header = Headers(scope=scope).get("host")
        if not header:  # every browser sends it
            return None
        name = _host_name(header)
        if name is None:
            return "The Host header holds no valid host."
        if self._allowed is None or name in self._allowed or authenticates_itself(scope):
            return None
        return f"{name[:100]} is not a name of this page: set FIRSTSEEN_PAGE_URL to the address that readers use."


def _host_name(header: str) -> str | None:
    """Return the name in a ``Host`` header in lower case, or None when the header is invalid."""
    match = _HOST.fullmatch(header)
    if match is None or int(match["port"] or 0) > _HIGHEST_PORT:
        return None
    if match["address"]:
        return match["address"].lower() if is_ip_address(match["address"]) else None
    return match["name"].lower().removesuffix(".") or None

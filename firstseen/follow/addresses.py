"""Checks the addresses of feeds and of their redirects. Pure: :mod:`firstseen.follow.http` connects to them.

Like webhooks, feeds are on the public internet unless the operator says otherwise.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from yarl import URL

from streams.notify.web_addresses import is_ip_address, is_public

NOT_PUBLIC = (
    "this machine and private networks are not read; FIRSTSEEN_FEED_PRIVATE=true allows feeds of your own network"
)


def address_problem(url: URL, before: URL | None, *, private: bool, has_secret: bool) -> str | None:
    """Return why an address is not requested, or None.

    ``before`` is the address that redirects to it, or None for the feed's own. ``private``: it may be on this machine
    or in a private network. ``has_secret``: the request holds a key. Names are checked when they are resolved.
    """
    at = f"it redirects to {shown(str(url))}: " if before else ""
    host = url.raw_host or ""  # with the digits and dots of other scripts as ASCII: the address that is called
    if url.scheme not in {"http", "https"} or not host:
        return "it redirects to an invalid address" if before else "this is not a web address"
    if before and before.scheme == "https" and url.scheme == "http":
        return f"{at}from https to http"
    if private:
        return None
    if has_secret and url.scheme == "http":
        return f"{at}keys are sent over https only"
    return f"{at}{NOT_PUBLIC}" if is_ip_address(host) and not is_public(host) else None


def shown(url: str) -> str:
    """Return an address without user, password and query, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

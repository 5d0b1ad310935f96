"""Makes untrusted text inert: a producer's text cannot mention, link, format or disguise anything in Slack.

Messages are ``rich_text`` (:mod:`streams.notify.spans`), which parses nothing, so :func:`visible` is enough there.
Fallback texts are ``mrkdwn``, for :func:`escape`: Slack escapes ``&``, ``<`` and ``>``, and a mention or a link needs
an unescaped ``<``. It has no escape for ``*``, ``_``, ``~``, a backtick, ``:emoji:`` or ``@here``, so these are
replaced by look-alikes without meaning. Rules: https://docs.slack.dev/messaging/formatting-message-text. Lengths are in
UTF-16 units, the strictest way in which Slack's clients count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlsplit

from schemas.names import INVISIBLE

LONGEST_LINK = 1000
"""A longer address becomes shortened text, because in full it would displace the rest of its block."""

_LOOKALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "@": "＠", "#": "＃"})  # noqa: RUF001
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})  # noqa: RUF001
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_QUOTE = re.compile(r"^>+\s*")

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")
_KEPT_IN_ADDRESSES = "%/?=&;:+,!$@()*-.#[]'"


def clean(text: str) -> str:
    """Return the text on one line, without invisible characters: controls, bidi marks, zero width, fillers."""
    return " ".join("".join(map(_visible, text)).split())


def plain(text: str, limit: int) -> str:
    """Return text for Slack's ``plain_text``, which has no escapes: at most ``limit`` units, without < and >."""
    return _cut(_neutral(text).translate(_BRACKETS), limit, {})


def escape(text: str, limit: int) -> str:
    """Return text for ``mrkdwn``: at most ``limit`` units including escapes, never cut within an escape."""
    return _cut(_neutral(text), limit, _ESCAPES)


def visible(text: str, limit: int) -> str:
    """Return text for ``rich_text`` and other places that parse nothing: on one line, at most ``limit`` units."""
    return _cut(clean(text), limit, {})


def code(text: str) -> str:
    """Return text to stand between backticks in ``mrkdwn``, where Slack parses only its three special characters."""
    return "".join(_ESCAPES.get(character, character) for character in clean(text).replace("`", "'"))


def link(url: str | None, label: str) -> str | None:
    """Return a link with an escaped label, or None if the address is not safe to link."""
    safe = target(url)
    return f"<{safe.replace('&', '&amp;')}|{label}>" if safe else None


def target(url: str | None) -> str | None:
    """Return the address to link, or None if it is not safe or too long."""
    safe = address(url)
    return safe if safe and len(safe.replace("&", "&amp;")) <= LONGEST_LINK else None


def site(url: str | None) -> str | None:
    """Return the host that a link leads to, or None if the address is not safe to link."""
    safe = address(url)
    return urlsplit(safe).hostname if safe else None


def address(url: str | None) -> str | None:
    """Return the address in ASCII, or None unless it is http(s), has a host, and hides nothing.

    A user name before the host is not safe (``https://bank.example@evil.example``). A host in other scripts becomes
    punycode, which exposes look-alikes.
    """
    if url is None or "\\" in url or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    rest = parts._replace(scheme="", netloc="").geturl()
    return f"{parts.scheme}://{host}{port}{quote(rest, safe=_KEPT_IN_ADDRESSES)}"


@lru_cache(maxsize=4_096)
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category == "Cs" or ord(character) in INVISIBLE else character


def _neutral(text: str) -> str:
    return _EMOJI.sub("꞉", _QUOTE.sub("› ", clean(text)).translate(_LOOKALIKES))  # noqa: RUF001


def _cut(text: str, limit: int, escapes: Mapping[str, str]) -> str:
    pieces = [escapes.get(character, character) for character in text[: limit + 1]]
    if sum(map(units, pieces)) <= limit:
        return "".join(pieces)
    kept, room = 0, limit - len("…")
    while kept < len(pieces) and (room := room - units(pieces[kept])) >= 0:
        kept += 1
    return "".join(pieces[:kept]).rstrip() + "…"


def units(text: str) -> int:
    """Return the length of a text as Slack's limits count it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2

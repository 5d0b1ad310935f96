"""Untrusted text made inert: what a reporter wrote can neither mention, link, format nor disguise anything.

Slack escapes ``&``, ``<`` and ``>``, and a mention or a link needs an unescaped ``<``. It has no escape for ``*``,
``_``, ``~``, a backtick, ``:emoji:`` or ``@here``, so these become characters that look alike and mean nothing. Rules:
https://docs.slack.dev/messaging/formatting-message-text. Lengths are in UTF-16 units, the longest of the ways in which
Slack's clients count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from schemas.names import INVISIBLE

LONGEST_LINK = 1000
"""A longer address is shown as text and shortened: in full it would crowd out the rest of its block."""

_LOOKALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "@": "＠", "#": "＃"})  # noqa: RUF001
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})  # noqa: RUF001
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_QUOTE = re.compile(r"^>+\s*")

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})+")
_KEPT_IN_ADDRESSES = "%/?=&;:+,!$@()*-.#[]'"


def clean(text: str) -> str:
    """Return the text on one line, without what cannot be seen: controls, bidi marks, zero width, fillers."""
    return " ".join("".join(map(_seen, text)).split())


def plain(text: str, limit: int) -> str:
    """Return text for Slack's ``plain_text``, which knows no escapes: at most ``limit`` units, without < and >."""
    return _cut(_neutral(text).translate(_BRACKETS), limit, {})


def escape(text: str, limit: int) -> str:
    """Return text for ``mrkdwn``, at most ``limit`` units with its escapes, and cut between them."""
    return _cut(_neutral(text), limit, _ESCAPES)


def link(url: str | None, label: str) -> str | None:
    """Return a link with an already escaped label, or None when the address must not be linked."""
    known = address(url)
    escaped = known.replace("&", "&amp;") if known else ""
    return f"<{escaped}|{label}>" if 0 < len(escaped) <= LONGEST_LINK else None


def site(url: str | None) -> str | None:
    """Return the host that a link really leads to, or None when the address must not be linked."""
    known = address(url)
    return urlsplit(known).hostname if known else None


def address(url: str | None) -> str | None:
    """Return the address in ASCII, or None unless it is http(s), names a host, and hides nothing.

    A user name before the host is refused (``https://bank.example@evil.example``); a host in other letters is shown in
    punycode, so that a lookalike gives itself away.
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


def _seen(character: str) -> str:
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
    """Return the length of a text as Slack's limits count it."""
    return len(text.encode("utf-16-le")) // 2

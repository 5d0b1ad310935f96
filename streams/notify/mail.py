"""A card in, a mail out: text and HTML, and the headers that keep the mails of an alert in one thread. Pure.

Also decides what a reply of the mail server means: sent, to be tried again, or rejected. A mail that is sent again has
the same Message-ID, by which most mail systems drop the second copy. Sources: RFC 5322 (headers), RFC 3834 (automatic
mail), RFC 2369 and RFC 8058 (unsubscribing), RFC 5321, section 4.2, and RFC 3463 (replies).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Literal

from schemas.delivery import MAIL
from schemas.labels import KINDS
from streams.notify.cards import Card
from streams.notify.outcomes import NotSent, Outcome, Rejected, Sent
from streams.notify.spans import Line, Span, joined, words
from streams.notify.untrusted_text import clean, visible

_SUBJECT = 200
_HEADER_LINE = 76

Command = Literal["MAIL", "RCPT", "DATA", "end of DATA"]

MAILBOX_UNAVAILABLE = "mailbox_unavailable"
"""Error when the server says that the address does not exist or accepts no mail."""

_ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})\b")
"""An enhanced status code, such as 5.1.1."""
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom, and when."""

    sender: str
    """Address of the sender."""
    recipient: str
    """Address of the recipient."""
    at: datetime
    """When the mail is sent, UTC."""
    unsubscribe: str | None = None
    """Address of the page on which the recipient unsubscribes; None: they write to the sender."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The place of a mail among the mails of an alert."""

    name: str
    """What the Message-ID is made from."""
    first: str | None = None
    """Name of the first mail, which this one answers; None: it is the first."""


def address_of(destination: str) -> str:
    """Return the address that a destination names."""
    return destination.removeprefix(MAIL)


def mail(card: Card, thread: Thread, envelope: Envelope) -> bytes:
    """Return the mail of a card, with CR LF at the end of each line."""
    subject = visible(words(card.headline), _SUBJECT)
    content = EmailMessage(policy=SMTP)
    content.set_content(_text(card, envelope), cte="quoted-printable")
    content.add_alternative(_html(card, subject, envelope), subtype="html", cte="quoted-printable")
    content.set_boundary(f"=_{thread.name}")  # in quoted-printable, no text has an equals sign before a lower line
    headers = "".join(f"{name}: {value}\r\n" for name, value in _headers(subject, thread, envelope))
    return headers.encode("ascii") + content.as_bytes()


def _headers(subject: str, thread: Thread, envelope: Envelope) -> Iterator[tuple[str, str]]:
    yield "From", f"Firstseen <{envelope.sender}>"
    yield "To", f"<{envelope.recipient}>"
    yield "Subject", _encoded("Subject", subject)
    yield "Date", format_datetime(envelope.at)
    yield "Message-ID", _message_id(thread.name, envelope)
    if thread.first:
        yield "In-Reply-To", _message_id(thread.first, envelope)
        yield "References", _message_id(thread.first, envelope)
    yield "Auto-Submitted", "auto-generated"
    if envelope.unsubscribe is None:
        yield "List-Unsubscribe", f"<mailto:{envelope.sender}?subject=unsubscribe>"
        return
    yield "List-Unsubscribe", f"<{envelope.unsubscribe}>"
    if envelope.unsubscribe.startswith("https://"):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _encoded(name: str, value: str) -> str:
    """Return a header's value in ASCII. ``clean`` left no line break in it.

    What looks like an encoded word (RFC 2047) is encoded itself: a mail program would decode what a producer wrote.
    """
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    return Header(value, charset, maxlinelen=_HEADER_LINE, header_name=name).encode(linesep="\r\n")


def _message_id(name: str, envelope: Envelope) -> str:
    return f"<{name}@{envelope.sender.rpartition('@')[2]}>"


def _text(card: Card, envelope: Envelope) -> str:
    paragraphs = [(card.headline,), *card.paragraphs, (joined(card.context, " · "),), card.history]
    shown = ["\n".join(map(_text_line, lines)) for lines in paragraphs if any(lines)]
    return "\n\n".join([*shown, f"-- \n{_why(envelope)}\n{_how_to_stop(envelope)}"]) + "\n"


def _text_line(spans: Line) -> str:
    addresses = [f"<{span.url}>" for span in spans if span.url]
    return "\n  ".join([words(spans), *addresses])


def _html(card: Card, subject: str, envelope: Envelope) -> str:
    colour = card.colour or KINDS["first_ever"].colour  # a digest is news
    lines = [f'<h1 style="font-size:18px;margin:0 0 12px">{_html_line(card.headline)}</h1>']
    lines += [f"<p>{'<br>'.join(map(_html_line, paragraph))}</p>" for paragraph in card.paragraphs]
    small = ' style="color:#555;font-size:13px"'
    if card.context:
        lines.append(f"<p{small}>{_html_line(joined(card.context, ' · '))}</p>")
    if card.history:
        lines.append(f"<p{small}>{'<br>'.join(map(_html_line, card.history))}</p>")
    stop = escape(_how_to_stop(envelope))
    if envelope.unsubscribe:
        stop = f'<a href="{escape(envelope.unsubscribe)}">Unsubscribe</a>'
    body = "\n".join(lines)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(subject)}</title></head>\n'
        f'<body style="font-family:sans-serif">\n<div style="border-left:4px solid {colour};padding-left:12px">\n'
        f"{body}\n</div>\n<p{small}>{escape(_why(envelope))}<br>{stop}</p>\n</body></html>\n"
    )


def _html_line(spans: Line) -> str:
    return "".join(map(_html_span, spans))


def _html_span(span: Span) -> str:
    text = escape(span.text)
    for tag, wanted in (("strong", span.bold), ("del", span.struck), ("code", span.code)):
        text = f"<{tag}>{text}</{tag}>" if wanted else text
    return f'<a href="{escape(span.url)}">{text}</a>' if span.url else text


def _why(envelope: Envelope) -> str:
    return f"Firstseen sends this because an operator subscribed {clean(envelope.recipient)}."


def _how_to_stop(envelope: Envelope) -> str:
    if envelope.unsubscribe:
        return f"Unsubscribe: <{envelope.unsubscribe}>"
    return f"To unsubscribe, write to {envelope.sender}."


def outcome_of_reply(command: Command, code: int, text: str) -> Outcome | None:
    """Return the outcome of a reply; None: the server accepts the command, and the next may follow.

    A permanent refusal of the recipient suspends it. A refusal of the sender, or one by policy (5.7), such as a relay
    that wants a password, is for the operator to fix: the mail waits.
    """
    error = f"smtp_{code} after {command}"
    if code // 100 == 2 and command != "DATA":  # without 354 the server would read the mail as commands
        return Sent("", "") if command == "end of DATA" else None
    if code == 354 and command == "DATA":
        return None
    if command == "end of DATA" and code // 100 not in {4, 5}:  # the server may have taken the mail
        return None
    enhanced = _ENHANCED.match(text)
    if code // 100 != 5 or command == "MAIL":
        return NotSent(error)
    if command == "RCPT":
        if enhanced and enhanced[1] == "7":
            return NotSent(error)
        if (enhanced and enhanced[1] == "1") or code in _NO_SUCH_MAILBOX:
            return Rejected(MAILBOX_UNAVAILABLE)
    return Rejected(error)

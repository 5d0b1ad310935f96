"""Text as spans: what a message says, before Slack, the terminal and webhooks render it. Pure.

A span is literal. In Slack it goes into ``rich_text``, which parses nothing: a producer's text keeps its letters and
cannot mention, link or format anything. Slack's other texts need :mod:`streams.notify.untrusted_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streams.notify.phrases import day_in_words
from streams.notify.untrusted_text import code, escape, link

LONGEST_SPAN = 3_000
"""Characters of a span in the fallback text."""

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text with one style."""

    text: str
    """On one line, without invisible characters."""
    bold: bool = False
    struck: bool = False
    code: bool = False
    """Something to type."""
    url: str | None = None
    """A safe address (:func:`streams.notify.untrusted_text.address`)."""
    at: datetime | None = None
    """A time: Slack shows it in the reader's time zone, and ``text`` where it cannot."""


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """Return a line of spans and plain texts, without empty ones."""
    spans = (Span(part) if isinstance(part, str) else part for part in parts)
    return tuple(span for span in spans if span.text)


def with_code(text: str) -> Line:
    """Return a text of ours as a line; the parts between backticks are code."""
    return line(*(Span(part, code=bool(number % 2)) for number, part in enumerate(text.split("`"))))


def joined(parts: Iterable[Line], separator: str) -> Line:
    """Return lines as one line, with a separator between them; empty ones are left out."""
    spans: list[Span] = []
    for part in filter(None, parts):
        spans += [Span(separator), *part] if spans else part
    return tuple(spans)


def words(spans: Line) -> str:
    """Return a line without styles, for programs and screen readers."""
    return "".join(span.text for span in spans)


def rich_text(lines: Sequence[Line]) -> Block:
    """Return lines as a Slack block that parses nothing."""
    return {"type": "rich_text", "elements": [section(lines)]}


def bullets(lines: Iterable[Line]) -> Block:
    """Return lines as a list, an element of a ``rich_text`` block."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [section([item]) for item in lines]}


def section(lines: Sequence[Line]) -> Block:
    """Return lines as a section, an element of a ``rich_text`` block."""
    elements: list[Block] = []
    for number, spans in enumerate(lines):
        elements += [{"type": "text", "text": "\n"}] if number else []
        elements += map(_element, spans)
    return {"type": "rich_text_section", "elements": elements}


def mrkdwn(lines: Iterable[Line]) -> str:
    """Return lines as ``mrkdwn``, for fallback texts and for the terminal's and the app's replies."""
    return "\n".join("".join(map(_marked, spans)) for spans in lines)


def local_time(at: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """Return a time that Slack shows in the reader's time zone, as ``mrkdwn``."""
    return f"<!date^{int(at.timestamp())}^{form}|{utc(at)}>"


def utc(at: datetime) -> str:
    """Return a time to the minute, where the reader's time zone is unknown: ``24 Nov 2017 09:30 UTC``."""
    return f"{day_in_words(at.date())} {at:%H:%M} UTC"


def _element(span: Span) -> Block:
    style = {name: True for name in ("bold", "code") if getattr(span, name)} | ({"strike": True} if span.struck else {})
    element: Block = {"type": "text", "text": span.text}
    if span.url:
        element = {"type": "link", "url": span.url, "text": span.text}
    elif span.at:
        element = {
            "type": "date", "timestamp": int(span.at.timestamp()), "format": "{date_short_pretty} at {time}",
            "fallback": span.text,
        }  # fmt: skip
    return element | ({"style": style} if style else {})


def _marked(span: Span) -> str:
    if span.code:
        return f"`{code(span.text)}`"
    if span.at:
        return local_time(span.at)
    text = escape(span.text, LONGEST_SPAN)
    # Spaces stay outside the marks, as Slack needs it.
    inner = text.strip()
    for mark, wanted in (("~", span.struck), ("*", span.bold)):
        inner = f"{mark}{inner}{mark}" if wanted and inner else inner
    lead = " " * (len(span.text) - len(span.text.lstrip()))
    trail = " " * (len(span.text) - len(span.text.rstrip()))
    return lead + (link(span.url, inner) or inner) + trail if inner else span.text

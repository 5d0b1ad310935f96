"""A card in, a message for Microsoft Teams out: an Adaptive Card for the webhook of a workflow. Pure.

Texts are ``TextRun``, which parses no mark-up, so a producer's text keeps its letters and can mention, link or format
nothing. Elements: https://adaptivecards.io/explorer. Teams accepts 28 KB a message, and cannot edit it through a
webhook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import to_json

from streams.notify.cards import NOT_NEWS, Card
from streams.notify.outcomes import GONE, NotSent, Outcome, Rejected, outcome_of_status
from streams.notify.spans import Line, Span, joined, words
from streams.notify.untrusted_text import visible

MAX_BYTES = 27_000
"""Bytes. Teams accepts 28 KB, and counts data that it adds."""

_VERSION = "1.4"
"""The newest version that Teams shows on every device."""

_SHORTER_LINES = (400, 150, 60)
"""Characters of a line in a message that would be too large, tried in turn."""

_PLACEHOLDER = re.compile(r"\{(?=\{)")
"""Teams replaces ``{{DATE(...)}}`` and ``{{TIME(...)}}``, even in a text that parses no mark-up."""

Element = dict[str, Any]


def teams_message(card: Card) -> bytes:
    """Return the message for a card. One that would be too large loses the links of its lines, then ends of lines."""
    content = _encoded(card)
    if len(content) > MAX_BYTES:
        content = _encoded(_without_links(card))
    for limit in _SHORTER_LINES:
        if len(content) <= MAX_BYTES:
            break
        content = _encoded(_shortened(card, limit))
    return content


def outcome_of_teams(status: int, retry_after_seconds: float | None) -> Outcome:
    """Return the outcome of an HTTP status of a workflow.

    401 and 403 mean that the address in the settings lacks its signature or has been replaced: messages wait for a new
    one. 404 means that the workflow was deleted.
    """
    if status in {401, 403}:
        return NotSent(f"http_{status}")
    return Rejected(GONE) if status == 404 else outcome_of_status(status, retry_after_seconds)


def _encoded(card: Card) -> bytes:
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": adaptive_card(card),
    }
    return to_json({"type": "message", "attachments": [attachment]})


def adaptive_card(card: Card) -> dict[str, Any]:
    """Return the Adaptive Card of a card; the address of its headline is a button."""
    headline = _block([replace(span, bold=True) for span in card.headline], size="Medium")
    style = "emphasis" if card.colour == NOT_NEWS else "accent"
    body = [{"type": "Container", "style": style, "bleed": True, "items": [headline]}, *_body(card)]
    address = next((span.url for span in card.headline if span.url), None)
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": _VERSION,
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Open the alert", "url": address}] if address else [],
        "msteams": {"width": "Full"},
    }


def _body(card: Card) -> Iterator[Element]:
    for lines in card.paragraphs:
        for number, each in enumerate(lines):
            yield {**_block(each), "spacing": "Small" if number else "Medium"}
    if card.context:
        yield _block(joined(card.context, " · "), size="Small", isSubtle=True)
    for number, each in enumerate(card.history):
        yield {**_block(each, size="Small"), "spacing": "Small" if number else "Medium", "separator": not number}


def _block(spans: Sequence[Span], **style: Any) -> Element:
    return {"type": "RichTextBlock", "inlines": [_run(span) | style for span in spans]}


def _run(span: Span) -> Element:
    run: Element = {"type": "TextRun", "text": _PLACEHOLDER.sub("{ ", span.text)}
    run |= {"weight": "Bolder"} if span.bold else {}
    run |= {"strikethrough": True} if span.struck else {}
    run |= {"selectAction": {"type": "Action.OpenUrl", "url": span.url}} if span.url else {}
    return run


def _without_links(card: Card) -> Card:
    """Return a card whose headline alone has a link."""
    paragraphs = tuple(tuple(_unlinked(each) for each in lines) for lines in card.paragraphs)
    return replace(card, paragraphs=paragraphs, history=tuple(map(_unlinked, card.history)))


def _unlinked(spans: Line) -> Line:
    return tuple(replace(span, url=None) for span in spans)


def _shortened(card: Card, limit: int) -> Card:
    """Return a card with lines of at most a number of characters, without styles."""

    def short(spans: Line) -> Line:
        return (Span(visible(words(spans), limit)),)

    paragraphs = tuple(tuple(map(short, lines)) for lines in card.paragraphs)
    return replace(card, paragraphs=paragraphs, history=tuple(map(short, card.history)))

"""A card in, a Slack message out: Block Kit, a fallback line and metadata.

The headline is a block of the message, and the rest an attachment, because only attachments have a colour. Slack limits
a message to 50 blocks (https://docs.slack.dev/reference/block-kit/blocks) and shows the first five of an attachment
before "Show more": earlier corrections come last, and the map has an attachment of its own. The shares in
:mod:`streams.notify.cards` stay within Slack's limits for any input.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from schemas.alert import AlertEvent
from schemas.delivery import Correction, Delivery, MapFile, loggable, via_of
from streams.notify.buttons import buttons
from streams.notify.cards import Card, alert_card, correction_card, family_card, lines_of
from streams.notify.phrases import news
from streams.notify.spans import Line, joined, mrkdwn, rich_text, words
from streams.notify.untrusted_text import code, escape, plain, units

EVENT_TYPE = "firstseen_delivery"
"""Event type of the metadata of our messages; the payload names the delivery."""

LONGEST_HEADER = 150
LONGEST_TEXT = 3500
"""Slack accepts 4,000 in an edit."""
_NAME, _SENTENCE, _HEADLINE = 200, 600, 900

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message for ``chat.postMessage`` and ``chat.update``."""

    text: str
    """One line for notifications and screen readers, escaped."""
    blocks: tuple[Block, ...]
    metadata: dict[str, Any]
    attachments: tuple[dict[str, Any], ...] = ()
    """The blocks beside the coloured bar, and the map."""
    card: Card | None = None
    """The content, for the terminal and for when Slack rejects the blocks. None: ``text`` says everything."""

    @property
    def all_blocks(self) -> list[Block]:
        """The blocks from top to bottom, those of the attachment as well."""
        return [*self.blocks, *(block for attachment in self.attachments for block in attachment["blocks"])]


def render(
    delivery: Delivery,
    corrections: Sequence[Correction] = (),
    *,
    interactive: bool = False,
    page: str | None = None,
    map_file: MapFile | None = None,
) -> Message:
    """Return the root message: the current facts, and earlier values struck through.

    ``interactive``: add buttons, which need a running Slack app; ``page`` is the address of the page for links to it.
    """
    alert = delivery.alert
    extra = [buttons(alert, page)] if interactive else []
    card = alert_card(alert, corrections, page)
    return _message(card, _fallback(alert), _metadata(delivery, "root"), extra, map_file)


def render_family(
    faction: Delivery,
    parents: Sequence[Line],
    *,
    interactive: bool = False,
    page: str | None = None,
    map_file: MapFile | None = None,
) -> Message:
    """Return the message of a faction's alert with the news about the groups that it belongs to."""
    card = family_card(faction.alert, parents, page)
    extra = [buttons(faction.alert, page)] if interactive else []
    return _message(card, _fallback(faction.alert), _metadata(faction, "root"), extra, map_file)


def render_reply(delivery: Delivery, page: str | None = None) -> Message:
    """Return the reply in the thread of the root message: whether it is still news, the changes and their cause."""
    card = correction_card(delivery.alert, page)
    return _message(card, escape(words(card.headline), _HEADLINE), _metadata(delivery, "reply"))


def without_map(message: Message) -> Message:
    """Return the message without its map, for when Slack rejects that."""
    return replace(message, attachments=message.attachments[:1])


def as_plain_text(message: Message) -> Message:
    """Return the message without blocks, for when Slack rejects them."""
    text = mrkdwn(lines_of(message.card)) if message.card else message.text
    text = text if units(text) <= LONGEST_TEXT else message.text
    return Message(text=text, blocks=(), metadata=message.metadata)


def map_title(alert: AlertEvent) -> str:
    """Return the title of the alert's map."""
    return plain(news(alert), LONGEST_HEADER)


def suspension_notice(destination: str, error: str) -> Message:
    """Return the message to the owner of a subscription whose channel is no longer available."""
    is_slack, destination = via_of(destination) == "slack", loggable(destination)
    where = f"<#{destination}>" if re.fullmatch(r"[CG][A-Z0-9]{5,20}", destination) else f"`{code(destination)}`"
    why = plain(error.replace("_", " "), _NAME)
    text = f"Firstseen can no longer post to {where} ({why}) and has paused its alerts. " + (
        "To resume, make the channel available to the app and subscribe there again."
        if is_slack
        else "To resume, fix it and subscribe it again from the command line."
    )
    return Message(text=text, blocks=(), metadata={})


def identifying_metadata(message: Message) -> dict[str, Any]:
    """Return the part of the metadata payload that only this message has in its channel's history."""
    payload: dict[str, Any] = message.metadata["event_payload"]
    names = ("delivery_id", "part") if payload["part"] == "root" else ("delivery_id", "part", "revision")
    return {name: payload[name] for name in names}


def _message(
    card: Card,
    fallback: str,
    metadata: dict[str, Any],
    extra: Sequence[Block] = (),
    map_file: MapFile | None = None,
) -> Message:
    below = [*map(rich_text, card.paragraphs), _context(card.context), *extra]
    below += [rich_text(card.history)] if card.history else []
    return Message(
        text=fallback,
        blocks=(rich_text([card.headline]),),
        metadata=metadata,
        attachments=tuple(
            {"color": card.colour, "blocks": blocks} for blocks in (below, _map_blocks(map_file)) if blocks
        ),
        card=card,
    )


def _map_blocks(map_file: MapFile | None) -> list[Block]:
    if map_file is None:
        return []
    return [{"type": "image", "slack_file": {"id": map_file.file}, "alt_text": map_file.alt_text}]


def _context(parts: Sequence[Line]) -> Block:
    """Return the context line: texts in blocks that parse nothing, times in the reader's time zone."""
    elements: list[Block] = []
    texts: list[Line] = []
    for part in parts:
        if any(span.at for span in part):
            elements += [*_plain_texts(texts), {"type": "mrkdwn", "text": mrkdwn([part]), "verbatim": True}]
            texts = []
        else:
            texts.append(part)
    return {"type": "context", "elements": [*elements, *_plain_texts(texts)]}


def _plain_texts(parts: Sequence[Line]) -> list[Block]:
    return [{"type": "plain_text", "text": words(joined(parts, " · ")), "emoji": False}] if parts else []


def _fallback(alert: AlertEvent) -> str:
    headline = words(alert_card(alert).headline)
    titles = (escape(sighting.title or "", _SENTENCE) for sighting in alert.why.sightings)
    return ". ".join(filter(None, (escape(headline, _HEADLINE), next(titles, ""))))


def _metadata(delivery: Delivery, part: Literal["root", "reply"]) -> dict[str, Any]:
    payload = {
        "part": part,
        "delivery_id": delivery.delivery_id,
        "alert_id": delivery.alert.alert_id,
        "revision": delivery.alert.revision,
    }
    return {"event_type": EVENT_TYPE, "event_payload": payload}

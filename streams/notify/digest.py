"""Many alerts in one message: a line for each, which changes as its alert does. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.delivery import LONGEST_LINE, Delivery, Digest, DigestLine
from schemas.limits import shorten
from streams.notify.message import EVENT_TYPE, Block, Message, short_id, summary_line
from streams.notify.mrkdwn import units

_HEADER = {"type": "plain_text", "emoji": False}
_SECTION_UNITS = 2800
"""Slack takes 3,000 in a section."""


def build_digest(digest_id: str, rows: Mapping[str, Delivery]) -> Digest:
    """Return the digest of rows of one lane of the outbox, by key: in their order, and of each delivery as it ends."""
    last = {one.delivery_id: one for one in rows.values()}
    told = [one for one in last.values() if one.alert.status == "confirmed"]
    destination = next(iter(last.values())).destination
    return Digest(
        digest_id=digest_id, destination=destination, lines=tuple(_line(one) for one in told), keys=tuple(rows)
    )


def with_correction(digest: Digest, delivery: Delivery) -> Digest:
    """Return the digest with the line of one delivery as it is now."""
    lines = tuple(_line(delivery) if one.delivery_id == delivery.delivery_id else one for one in digest.lines)
    return digest.replace(lines=lines)


def render_digest(digest: Digest) -> Message:
    """Return the message of a digest, within Slack's limits for as many lines as a digest has."""
    count = len(digest.lines)
    title = f"{count} alert{'s' if count != 1 else ''}"
    blocks: list[Block] = [{"type": "header", "text": {**_HEADER, "text": title}}]
    blocks += [
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
        for text in _sections([one.text for one in digest.lines])
    ]
    payload = {"part": "root", "delivery_id": digest.digest_id, "alert_id": "", "revision": 0}
    return Message(text=title, blocks=tuple(blocks), metadata={"event_type": EVENT_TYPE, "event_payload": payload})


def _line(delivery: Delivery) -> DigestLine:
    text = f"• {summary_line(delivery.alert)} · {short_id(delivery.alert)}"
    return DigestLine(delivery_id=delivery.delivery_id, text=shorten(text, LONGEST_LINE))


def _sections(lines: Sequence[str]) -> list[str]:
    sections: list[str] = []
    for text in lines:
        if sections and units(sections[-1]) + units(text) < _SECTION_UNITS:
            sections[-1] += f"\n{text}"
        else:
            sections.append(text)
    return sections

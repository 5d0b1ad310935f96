"""Several alerts in one message, a line for each. A correction of an alert edits its line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.delivery import LONGEST_LINE, Delivery, Digest, DigestLine
from schemas.labels import counted
from schemas.limits import shorten
from streams.notify.message import EVENT_TYPE, Block, Message, short_id, summary_line
from streams.notify.mrkdwn import units

_HEADER = {"type": "plain_text", "emoji": False}
_SECTION_UNITS = 2800
"""Slack accepts 3,000 in a section."""


def build_digest(digest_id: str, rows: Mapping[str, Delivery]) -> Digest:
    """Return the digest of outbox rows of one destination, by key in their order; each delivery as in its last row."""
    last = {delivery.delivery_id: delivery for delivery in rows.values()}
    confirmed = [delivery for delivery in last.values() if delivery.alert.status == "confirmed"]
    destination = next(iter(last.values())).destination
    return Digest(digest_id=digest_id, destination=destination, lines=tuple(map(_line, confirmed)), keys=tuple(rows))


def with_correction(digest: Digest, delivery: Delivery) -> Digest:
    """Return the digest with the line of one delivery replaced by its current state."""
    lines = (_line(delivery) if line.delivery_id == delivery.delivery_id else line for line in digest.lines)
    return digest.replace(lines=tuple(lines))


def render_digest(digest: Digest) -> Message:
    """Return the message of a digest. Its maximum number of lines fits Slack's limits."""
    title = counted(len(digest.lines), "alert")
    blocks: list[Block] = [{"type": "header", "text": {**_HEADER, "text": title}}]
    blocks += [
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
        for text in _sections([line.text for line in digest.lines])
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

"""What a message that Slack shows must say, given the deliveries of its alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.delivery import Delivery, LedgerEntry
from streams.notify.digest import build_digest, with_correction
from streams.notify.message import render


def blocks_of(message: Mapping[str, Any]) -> list[Any]:
    """Return the blocks of a message as Slack returns it, those of its attachment as well."""
    attachments = message.get("attachments") or ()
    return [*(message.get("blocks") or ()), *(block for each in attachments for block in each["blocks"])]


def is_up_to_date(message: Mapping[str, Any], deliveries: Sequence[Delivery], entry: LedgerEntry) -> bool:
    """Whether a root message shows the last of an alert's deliveries."""
    if not entry.digest:
        return blocks_of(message) == render(deliveries[-1], entry.corrections).all_blocks
    first = next(delivery for delivery in deliveries if delivery.alert.revision == entry.first_revision)
    [line] = with_correction(build_digest("digest", {"0": first}), deliveries[-1]).lines
    shown = str(message["blocks"])
    return line.news in shown and line.verdict in shown and line.details in shown

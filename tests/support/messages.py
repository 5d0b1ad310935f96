"""The expected content of a message in Slack, given the deliveries of its alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.delivery import Delivery, LedgerEntry
from streams.notify.changes import needs_reply, net_correction
from streams.notify.digest import build_digest, with_correction
from streams.notify.message import render, render_reply


def blocks_of(message: Mapping[str, Any]) -> list[Any]:
    """Return the blocks of a message as Slack returns it, those of its attachment as well, without its map."""
    return [block for block in _all_blocks(message) if block["type"] != "image"]


def map_of(message: Mapping[str, Any]) -> str | None:
    """Return the id of the picture in a message as Slack returns it."""
    maps = [block["slack_file"]["id"] for block in _all_blocks(message) if block["type"] == "image"]
    assert len(maps) <= 1, "a message has one map"
    return maps[0] if maps else None


def _all_blocks(message: Mapping[str, Any]) -> list[Any]:
    attachments = message.get("attachments") or ()
    return [*(message.get("blocks") or ()), *(block for each in attachments for block in each["blocks"])]


def is_up_to_date(
    message: Mapping[str, Any], deliveries: Sequence[Delivery], entry: LedgerEntry, page: str | None = None
) -> bool:
    """Whether a root message shows the last of an alert's deliveries, and the map that the ledger names.

    ``page``: address of the web page that messages link to.
    """
    if not entry.digest:
        if entry.map_file and map_of(message) not in {entry.map_file.file, None}:
            return False
        return blocks_of(message) == render(deliveries[-1], entry.corrections, page=page).all_blocks
    first = next(delivery for delivery in deliveries if delivery.alert.revision == entry.first_revision)
    [line] = with_correction(build_digest("digest", {"0": first}), deliveries[-1]).lines
    shown = str(blocks_of(message))
    is_list = message["blocks"][0]["type"] == "header"  # or the alert of a faction, with lines for its parents
    return line.news in shown and line.verdict in shown and (line.details in shown or not is_list)


def replies_are_complete(
    replies: Mapping[int, Mapping[str, Any]],
    deliveries: Sequence[Delivery],
    entry: LedgerEntry,
    page: str | None = None,
) -> bool:
    """Whether the replies of an alert, by revision, say every change since it was sent, each once.

    A reply is the net change of consecutive events up to its revision. What follows the last reply needs none.
    """
    later = [delivery for delivery in deliveries if delivery.alert.revision > entry.first_revision]
    since = 0
    for revision in sorted(replies):
        end = next((place for place, each in enumerate(later, 1) if each.alert.revision == revision), 0)
        shown = blocks_of(replies[revision])
        if not any(shown == _net(later[begin:end], page) for begin in range(since, end)):
            return False
        since = end
    rest = [delivery.alert for delivery in later[since:]]
    return not rest or not needs_reply(net_correction(rest))


def _net(deliveries: Sequence[Delivery], page: str | None) -> list[Any]:
    alert = net_correction([delivery.alert for delivery in deliveries])
    return render_reply(deliveries[-1].replace(alert=alert), page).all_blocks

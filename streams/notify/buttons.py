"""The buttons under a Slack message and the texts that they lead to. Pure; the Slack app handles the clicks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from places.regions import country_name
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from streams.notify.mrkdwn import escape, link, plain, site

EVIDENCE, MUTE, REPORT_WRONG, MAP = "firstseen_evidence", "firstseen_mute", "firstseen_wrong", "firstseen_map"
TAKE_NEAR, KEEP = "firstseen_take_near", "firstseen_keep"
"""Action ids."""

MUTE_DAYS = 7
PAGE = 3
"""Sightings per page."""

_TITLE, _NAME = 300, 120
_LABEL = 75
"""Slack's limit for the text of a button, in UTF-16 units."""
LONGEST_VALUE = 2000
"""Slack's limit for the value of a button, in characters."""

_SHORT_ID = 8
"""Characters of an id that tell alerts apart, as messages show them."""

Block = dict[str, Any]


def buttons(alert: AlertEvent, page: str | None = None) -> Block:
    """Return the block with the buttons; ``page`` is the address of the web page, None: no map button."""
    elements = [
        _button("Evidence", EVIDENCE, alert.alert_id),
        *([{**_button("Map", MAP, alert.alert_id), "url": map_address(page, alert)}] if page else []),
        _button(f"Mute {MUTE_DAYS} d", MUTE, alert.alert_id),
        _button("Wrong?", REPORT_WRONG, alert.alert_id),
    ]
    return {"type": "actions", "elements": elements}


def map_address(page: str, alert: AlertEvent) -> str:
    """Return the address of the page that opens the alert, with its country in the thirty days up to its last day."""
    day = max(alert.last_day, alert.first_day).isoformat()
    view = urlencode({"country": alert.country, "day": day, "alert": alert.alert_id[:_SHORT_ID]})
    return f"{page.rstrip('/')}/#{view}"


def evidence_page(alert: AlertEvent, page: int) -> list[Block]:
    """Return one page of the deciding sightings, counted from 0, with a button for the next page."""
    sightings = alert.why.sightings
    first = page * PAGE if page * PAGE < len(sightings) else 0
    shown = sightings[first : first + PAGE]
    count = f"{first + 1} to {first + len(shown)} of {len(sightings)}" if sightings else "none left"
    blocks: list[Block] = [
        _section(f"*Evidence: {escape(alert.group, _NAME)}, {country_name(alert.country)}* ({count})")
    ]
    blocks += [_section(_details(sighting)) for sighting in shown]
    if first + PAGE < len(sightings):
        more = _button("More", EVIDENCE, f"{alert.alert_id}|{page + 1}")
        blocks.append({"type": "actions", "elements": [more]})
    return blocks


def group_question(text: str, near: Sequence[str], unknown: Sequence[str], instead: str, keep: str) -> list[Block]:
    """Return the question whether similar known names are meant instead of unknown ones, with a button per answer.

    ``text`` is the question in ``mrkdwn``; ``instead`` is the command with the similar names, of which there may be
    none; ``keep`` is the command with the unknown names, at most LONGEST_VALUE characters.
    """
    quoted = ", ".join(f'"{name}"' for name in unknown)
    elements = [_button(plain(f"Keep {quoted}", _LABEL), KEEP, keep)]
    if near and len(instead) <= LONGEST_VALUE:
        elements.insert(0, _button(plain(", ".join(near), _LABEL), TAKE_NEAR, instead))
    return [_section(text), {"type": "actions", "elements": elements}]


def operator_report(alert: AlertEvent, user: str, channel: str) -> str:
    """Return the message to the operators when a reader reports an alert as wrong."""
    return (
        f"<@{user}> in <#{channel}> reports alert {escape(alert.alert_id, 60)} as wrong: "
        f"{escape(alert.group, _NAME)}, {country_name(alert.country)}, revision {alert.revision}. "
        f"Use `firstseen explain` to see its evidence. To withdraw a sighting, publish a retraction."
    )


def _details(sighting: Evidence) -> str:
    title = escape(sighting.title or sighting.key, _TITLE)
    origin = escape(sighting.reported_by or sighting.source, _NAME)
    about = [site(sighting.url) or "", sighting.kind, origin, sighting.grade or "ungraded"]
    lines = [f"{sighting.days}  {link(sighting.url, title) or title}", " · ".join(filter(None, about))]
    return "\n".join([*lines, *([f"in doubt: {escape(sighting.doubt, _TITLE)}"] if sighting.doubt else [])])


def _button(text: str, action: str, value: str) -> Block:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action, "value": value}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}

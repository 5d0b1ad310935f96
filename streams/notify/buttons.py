"""The buttons under a message, and what they show. Pure."""

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
"""Ids of the actions."""

MUTE_DAYS = 7
PAGE = 3
"""Sightings on a page."""

_TITLE, _NAME = 300, 120
_LABEL = 75
"""Slack takes so many units of a button's text."""
LONGEST_VALUE = 2000
"""Slack takes so many characters of a button's value."""

Block = dict[str, Any]


def buttons(alert: AlertEvent, page: str | None = None) -> Block:
    """Return the block with the buttons; ``page`` is the address of the page, for the map."""
    elements = [
        _button("Evidence", EVIDENCE, alert.alert_id),
        *([{**_button("Map", MAP, alert.alert_id), "url": map_address(page, alert)}] if page else []),
        _button(f"Mute {MUTE_DAYS} d", MUTE, alert.alert_id),
        _button("Wrong?", REPORT_WRONG, alert.alert_id),
    ]
    return {"type": "actions", "elements": elements}


def map_address(page: str, alert: AlertEvent) -> str:
    """Return where the page shows the country of an alert in the thirty days up to its last day."""
    shown = urlencode({"country": alert.country, "day": max(alert.last_day, alert.first_day).isoformat()})
    return f"{page.rstrip('/')}/#{shown}"


def evidence_page(alert: AlertEvent, page: int) -> list[Block]:
    """Return one page of the sightings that decided, counted from 0, with a button for the next."""
    seen = alert.why.sightings
    first = page * PAGE if page * PAGE < len(seen) else 0
    shown = seen[first : first + PAGE]
    count = f"{first + 1} to {first + len(shown)} of {len(seen)}" if seen else "none any more"
    blocks: list[Block] = [
        _section(f"*Evidence: {escape(alert.group, _NAME)}, {country_name(alert.country)}* ({count})")
    ]
    blocks += [_section(_told(one)) for one in shown]
    if first + PAGE < len(seen):
        more = _button("More", EVIDENCE, f"{alert.alert_id}|{page + 1}")
        blocks.append({"type": "actions", "elements": [more]})
    return blocks


def group_question(text: str, near: Sequence[str], unknown: Sequence[str], instead: str, keep: str) -> list[Block]:
    """Return the question whether names that are near are meant instead of unknown ones, with a button for each answer.

    ``text`` is the question in ``mrkdwn``, ``instead`` the command with the near names, which may be none, and ``keep``
    that with the unknown ones, which must be no longer than LONGEST_VALUE.
    """
    kept = ", ".join(f'"{name}"' for name in unknown)
    elements = [_button(plain(f"Keep {kept}", _LABEL), KEEP, keep)]
    if near and len(instead) <= LONGEST_VALUE:
        elements.insert(0, _button(plain(", ".join(near), _LABEL), TAKE_NEAR, instead))
    return [_section(text), {"type": "actions", "elements": elements}]


def operator_report(alert: AlertEvent, user: str, channel: str) -> str:
    """Return what the operators are told when a reader says that an alert is wrong."""
    return (
        f"<@{user}> in <#{channel}> says that alert {escape(alert.alert_id, 60)} is wrong: "
        f"{escape(alert.group, _NAME)}, {country_name(alert.country)}, revision {alert.revision}. "
        f"`firstseen explain` shows its evidence; to withdraw a sighting, publish its retraction."
    )


def _told(one: Evidence) -> str:
    title = escape(one.title or one.key, _TITLE)
    about = [site(one.url) or "", one.kind, escape(one.reported_by or one.source, _NAME), one.grade or "ungraded"]
    lines = [f"{one.days}  {link(one.url, title) or title}", " · ".join(filter(None, about))]
    return "\n".join([*lines, *([f"in doubt: {escape(one.doubt, _TITLE)}"] if one.doubt else [])])


def _button(text: str, action: str, value: str) -> Block:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "action_id": action, "value": value}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}

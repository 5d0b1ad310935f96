"""The buttons under a Slack message and what they open. Pure; :mod:`web.slack_app` handles the clicks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from places.countries import country_in_text
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from schemas.labels import grade_in_words
from streams.notify.phrases import alert_address, days, group_in_text, subject
from streams.notify.spans import Line, Span, line, rich_text
from streams.notify.untrusted_text import plain, site, target, visible

EVIDENCE, MAP, MORE = "firstseen_evidence", "firstseen_map", "firstseen_more"
MUTE, REPORT_WRONG = "firstseen_mute", "firstseen_wrong"
TAKE_NEAR, KEEP = "firstseen_take_near", "firstseen_keep"
"""Action ids. MUTE and REPORT_WRONG begin the values of the menu MORE; in earlier versions they were buttons."""

MUTE_DAYS = 7
PAGE = 3
"""Sightings per page."""

_TITLE, _NAME = 300, 120
_LABEL = 75
"""Slack's limit for the text of a button, in UTF-16 units."""
LONGEST_VALUE = 2000
"""Slack's limit for the value of a button, in characters."""

Block = dict[str, Any]


def buttons(alert: AlertEvent, page: str | None = None) -> Block:
    """Return the block with the buttons and a menu; ``page`` is the address of the web page, None: no map button.

    An alert that is no longer news cannot be muted.
    """
    choices = [_choice("Report an error in this alert", f"{REPORT_WRONG}|{alert.alert_id}")]
    if alert.status == "confirmed":
        choices.insert(0, _choice(plain(mute_label(alert), _LABEL), f"{MUTE}|{alert.alert_id}"))
    elements = [
        _button("Evidence", EVIDENCE, alert.alert_id),
        *([{**_button("Map", MAP, alert.alert_id), "url": alert_address(page, alert)}] if page else []),
        {"type": "overflow", "action_id": MORE, "options": choices},
    ]
    return {"type": "actions", "elements": elements}


def mute_label(alert: AlertEvent) -> str:
    """Return what a mute of this alert covers: ``Mute JNIM in Mali for 7 days``."""
    where = "" if alert.is_regional else f" in {country_in_text(alert.country)}"
    return f"Mute {group_in_text(alert)}{where} for {MUTE_DAYS} days"


def evidence_page(alert: AlertEvent, page: int) -> list[Block]:
    """Return one page of the deciding sightings, counted from 0, with a button for the next page."""
    sightings = alert.why.sightings
    first = page * PAGE if page * PAGE < len(sightings) else 0
    shown = sightings[first : first + PAGE]
    count = f"{first + 1} to {first + len(shown)} of {len(sightings)}" if sightings else "none left"
    blocks: list[Block] = [rich_text([line(Span(f"Evidence: {subject(alert)}", bold=True), f" ({count})")])]
    blocks += [rich_text(_details(sighting)) for sighting in shown]
    if first + PAGE < len(sightings):
        more = _button("Next page", EVIDENCE, f"{alert.alert_id}|{page + 1}")
        blocks.append({"type": "actions", "elements": [more]})
    return blocks


def group_answers(near: Sequence[str], unknown: Sequence[str], instead: str, keep: str) -> Block:
    """Return the buttons that answer whether unknown names of groups are meant, or similar known ones.

    ``instead`` is the command with the similar names, if there are any; ``keep`` is the command with the unknown names,
    at most LONGEST_VALUE characters.
    """
    quoted = ", ".join(f'"{name}"' for name in unknown)
    elements = [_button(plain(f"Keep {quoted}", _LABEL), KEEP, keep)]
    if near and len(instead) <= LONGEST_VALUE:
        elements.insert(0, _button(plain(", ".join(near), _LABEL), TAKE_NEAR, instead))
    return {"type": "actions", "elements": elements}


def _details(sighting: Evidence) -> list[Line]:
    title = visible(sighting.title or sighting.key, _TITLE)
    when = days(sighting.first_day, sighting.last_day, sighting.begins_by, sighting.earliest_end)
    origin = visible(sighting.reported_by or sighting.source, _NAME)
    grade = grade_in_words(sighting.grade) if sighting.grade else "not graded"
    about = [site(sighting.url) or "", sighting.kind if sighting.kind != "other" else "", origin, grade]
    lines = [line(Span(title, url=target(sighting.url))), line(" · ".join(filter(None, (when, *about))))]
    return [*lines, *([line(f"In doubt: {visible(sighting.doubt, _TITLE)}")] if sighting.doubt else [])]


def _choice(text: str, value: str) -> Block:
    return {"text": {"type": "plain_text", "text": text, "emoji": False}, "value": value}


def _button(text: str, action: str, value: str) -> Block:
    label = {"type": "plain_text", "text": text, "emoji": False}
    return {"type": "button", "text": label, "action_id": action, "value": value}

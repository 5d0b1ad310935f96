"""A delivery in, a Slack message out: Block Kit, a fallback line and metadata. The terminal prints the same blocks.

From top to bottom: the news (kind, group, country), earlier corrections, days, place and origins, why it is new,
doubts, the evidence, and the id of the alert. Slack limits a header to 150 characters, a field to 2,000, a section to
3,000 and a message to 50 blocks (https://docs.slack.dev/reference/block-kit/blocks); the shares below stay within these
for any input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from places.regions import country_in_text, country_name
from schemas.alert import AlertEvent
from schemas.days import Gap, some_day_in_words
from schemas.delivery import Correction, Delivery
from schemas.evidence import Evidence
from schemas.labels import STATUSES, grade_in_words, join_first, origins_in_words
from streams.notify.buttons import buttons
from streams.notify.changes import change_lines, contradicts, correction_paragraphs, reason_line
from streams.notify.mrkdwn import clean, escape, link, plain, site, units
from streams.notify.phrases import headline, place_name
from streams.notify.webhook import loggable

EVENT_TYPE = "firstseen_delivery"
"""Event type of the metadata of our messages; the payload names the delivery."""

LONGEST_HEADER = 150
LONGEST_TEXT = 3500
"""Slack accepts 4,000 in an edit."""
_NAME, _SENTENCE, _TITLE, _LINE = 200, 600, 1000, 80
_MAX_NAMES, _MAX_EVIDENCE = 3, 5
_MAX_COUNTRIES = 8
_LONGEST_PLACE = 60

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message for ``chat.postMessage`` and ``chat.update``."""

    text: str
    """One line for notifications and screen readers, escaped."""
    blocks: tuple[Block, ...]
    metadata: dict[str, Any]


def render(
    delivery: Delivery, corrections: Sequence[Correction] = (), *, interactive: bool = False, page: str | None = None
) -> Message:
    """Return the root message: the current facts, and earlier values struck through.

    ``interactive``: add buttons, which need a running Slack app; ``page`` is the address of the map for its button.
    """
    alert = delivery.alert
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": header(alert), "emoji": False}},
        *map(_section, correction_paragraphs(corrections)),
        {"type": "section", "fields": [_mrkdwn(f"*{name}*\n{value}") for name, value in _fields(alert)]},
        _section(_why_new(alert)),
        *map(_section, _by_affiliation(alert)),
        *(_section(f"*In doubt:* {escape(doubt, _SENTENCE)}") for doubt in _doubts(alert)),
        *map(_section, _evidence(alert)),
        *([buttons(alert, page)] if interactive else []),
        {"type": "context", "elements": [_mrkdwn(_identification(alert))]},
    ]
    return Message(text=_fallback(alert), blocks=tuple(blocks), metadata=_metadata(delivery, "root"))


def render_reply(delivery: Delivery) -> Message:
    """Return the reply in the thread of the root message: the changes and their cause."""
    alert = delivery.alert
    opening = f"{_change_headline(alert)} · {escape(_group(alert), _NAME)} · {escape(place_name(alert), _NAME)}"
    text = "\n".join((f"*{opening}*", *change_lines(alert.changes), reason_line(alert.cause)))
    blocks = (_section(text), {"type": "context", "elements": [_mrkdwn(_identification(alert))]})
    return Message(text=opening, blocks=blocks, metadata=_metadata(delivery, "reply"))


def as_plain_text(message: Message) -> Message:
    """Return the message without blocks, for when Slack rejects them."""
    texts = [block["text"]["text"] for block in message.blocks if block["type"] == "section" and "text" in block]
    text = "\n".join((message.text, *texts))
    return Message(text=text if units(text) <= LONGEST_TEXT else message.text, blocks=(), metadata=message.metadata)


def header(alert: AlertEvent) -> str:
    """Return the header of the root message."""
    opening, where = f"{_headline(alert)} · ", f" · {plain(place_name(alert), _LONGEST_PLACE)}"
    return opening + plain(_group(alert), LONGEST_HEADER - units(opening + where)) + where


def summary_line(alert: AlertEvent) -> str:
    """Return an alert in one line of mrkdwn. If it is no longer confirmed, its first headline is struck through."""
    status = f"*{_headline(alert)}*"
    if alert.status != "confirmed":
        status = f"~{headline(alert).upper()}~ {status}"
    origins = origins_in_words(alert.why.origins)
    parts = [status, escape(_group(alert), _LINE), escape(place_name(alert), _LINE), alert.begins]
    return " · ".join([*parts, *([origins] if alert.why.sightings else [])])


def short_id(alert: AlertEvent) -> str:
    """Return the first eight characters of the alert's id, which every command accepts."""
    return escape(alert.alert_id[:8], _NAME)


def suspension_notice(destination: str, error: str) -> Message:
    """Return the message to the owner of a subscription whose channel is no longer available."""
    destination = loggable(destination)
    where = f"<#{destination}>" if re.fullmatch(r"[CG][A-Z0-9]{5,20}", destination) else plain(destination, _NAME)
    why = plain(error.replace("_", " "), _NAME)
    text = (
        f"Firstseen can no longer post to {where} ({why}) and has paused its alerts. "
        "To resume, make the channel available to the app and subscribe there again."
    )
    return Message(text=text, blocks=(), metadata={})


def identifying_metadata(message: Message) -> dict[str, Any]:
    """Return the part of the metadata payload that only this message has in its channel's history."""
    payload: dict[str, Any] = message.metadata["event_payload"]
    names = ("delivery_id", "part") if payload["part"] == "root" else ("delivery_id", "part", "revision")
    return {name: payload[name] for name in names}


def _group(alert: AlertEvent) -> str:
    return alert.group if clean(alert.group) else "a group without a visible name"


def _headline(alert: AlertEvent) -> str:
    return (headline(alert) if alert.status == "confirmed" else STATUSES[alert.status].adjective).upper()


def _change_headline(alert: AlertEvent) -> str:
    if alert.status != "confirmed":
        return STATUSES[alert.status].adjective.upper()
    if any(change.what == "status" for change in alert.changes):
        return "CONFIRMED AGAIN"
    return "CORRECTED" if contradicts(alert.changes) else "UPDATED"


def _fields(alert: AlertEvent) -> Iterable[tuple[str, str]]:
    yield "Occurred", _occurred(alert)
    if not alert.why.sightings:
        yield "Attested by", "no remaining evidence"
        yield "Where", escape(alert.region, _NAME)
        return
    yield "Reported", f"{alert.arrived.date()} {alert.arrived:%H:%M} UTC"
    yield "Where", _where(alert)
    yield "Attested by", _attested_by(alert)
    grades = sorted({sighting.grade for sighting in alert.why.sightings if sighting.grade})[:_MAX_NAMES]
    if grades:
        yield "Grade", "\n".join(f"{grade}: {grade_in_words(grade)}" for grade in grades)


def _occurred(alert: AlertEvent) -> str:
    """Return the days and their precision: an uncertain day is not a long event (docs/semantics.md)."""
    only = alert.why.sightings[0] if len(alert.why.sightings) == 1 else None
    if only is None:
        return alert.days
    first, last = only.first_day, only.last_day
    if first == last:
        return f"{first}\nday known"
    if only.begins_by == first:
        return f"{only.days}\nlasted {Gap((only.earliest_end - first).days + 1, (last - first).days + 1).length}"
    after = last + timedelta(days=1) if last.year < last.max.year else last
    if (first.month, first.day, after.month, after.day) == (1, 1, 1, 1) and after.year == first.year + 1:
        return f"{first.year}\nday and month not known"
    if first.day == after.day == 1 and (last - first).days < 31:
        return f"{first:%Y-%m}\nday not known"
    return f"{only.days}\nday not known"


def _where(alert: AlertEvent) -> str:
    sighting = alert.why.sightings[0] if alert.why.sightings else None
    parts = [sighting.place, sighting.admin1] if sighting else []
    named = [escape(part, _NAME) for part in parts if part and clean(part)]
    return f"{', '.join(named) or 'place not stated'}\n{escape(alert.region, _NAME)}"


def _attested_by(alert: AlertEvent) -> str:
    count = origins_in_words(alert.why.origins)
    origins = _first_names(sighting.origin for sighting in alert.why.sightings)
    sources = _first_names(sighting.source for sighting in alert.why.sightings)
    return f"{count}{': ' + origins if origins else ', not named'}" + (f"\nvia {sources}" if sources else "")


def _first_names(names: Iterable[str | None]) -> str:
    visible = list(dict.fromkeys(escape(name, _NAME) for name in names if name and clean(name)))
    return join_first(visible, _MAX_NAMES)


def _why_new(alert: AlertEvent) -> str:
    match alert.status:
        case "retracted":
            return f"No evidence for it in {country_in_text(alert.country)} remains on record."
        case "candidate":
            return "The remaining evidence does not confirm it: that needs a better grade or two independent origins."
        case "superseded":
            return "Superseded: the group was present earlier, or another alert covers these days."
        case "confirmed":
            return _why_confirmed(alert)


def _why_confirmed(alert: AlertEvent) -> str:
    if alert.kind == "spread":
        return _why_spread(alert)
    where, previous = country_in_text(alert.country), alert.why.previous_last_day
    if previous and alert.gap:
        last = some_day_in_words(alert.why.previous_ends_from or previous, previous)
        return f"Last on record in {where} on {last}, {alert.gap.in_words} before."
    since, region = alert.why.records_since, escape(alert.region, _NAME)
    latest = alert.why.records_begin_by or since
    words = since and some_day_in_words(since, latest)
    earlier = f" Its records in {region} begin on {words}." if latest and latest < alert.first_day else ""
    return f"No earlier sighting of {escape(_group(alert), _NAME)} in {where} is on record.{earlier}"


def _why_spread(alert: AlertEvent) -> str:
    listed = join_first([country_in_text(country) for country in alert.countries], _MAX_COUNTRIES)
    return (
        f"First seen in {len(alert.countries)} countries of {escape(alert.region, _NAME)}, three of them within 30 "
        f"days: {listed}. {country_name(alert.country)} was the third, on {alert.begins}."
    )


def _by_affiliation(alert: AlertEvent) -> Iterable[str]:
    if alert.by_affiliation:
        yield f"*By affiliation:* {_first_names(alert.by_affiliation)}, which belonged to the group at the time."


def _doubts(alert: AlertEvent) -> list[str]:
    return [doubt for doubt in alert.doubts if clean(doubt)][:_MAX_EVIDENCE]


def _evidence(alert: AlertEvent) -> Iterable[str]:
    yield from map(_report, alert.why.sightings[:_MAX_EVIDENCE])
    if (more := len(alert.why.sightings) - _MAX_EVIDENCE) > 0:
        yield f"and {more} more"


def _report(sighting: Evidence) -> str:
    """Return title, address, site and origin. The site is shown beside the link, because a title can claim any site."""
    title = escape(sighting.title or "", _TITLE) or f"Report {escape(sighting.key, _NAME)}"
    linked = link(sighting.url, title)
    origin = escape(sighting.reported_by or "", _NAME)
    kind = sighting.kind if sighting.kind != "other" else ""
    about = (site(sighting.url) if linked else "", kind, origin and f"origin {origin}")
    lines = [linked or title, " · ".join(filter(None, about))]
    if sighting.url and not linked:
        lines.append(f"{escape(sighting.url, _SENTENCE)} (not linked: not a safe web address)")
    if sighting.doubt and clean(sighting.doubt):
        lines.append(f"in doubt: {escape(sighting.doubt, _SENTENCE)}")
    return "\n".join(text for text in lines if text)


def _identification(alert: AlertEvent) -> str:
    return f"alert {short_id(alert)} · revision {alert.revision} · {escape(alert.region, _NAME)}"


def _fallback(alert: AlertEvent) -> str:
    opening = f"{_headline(alert)} · {escape(_group(alert), _NAME)} · {escape(place_name(alert), _NAME)}"
    titles = (escape(sighting.title or "", _SENTENCE) for sighting in alert.why.sightings)
    return ": ".join(filter(None, (opening, next(titles, ""))))


def _metadata(delivery: Delivery, part: Literal["root", "reply"]) -> dict[str, Any]:
    payload = {
        "part": part,
        "delivery_id": delivery.delivery_id,
        "alert_id": delivery.alert.alert_id,
        "revision": delivery.alert.revision,
    }
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Block:
    # Verbatim: otherwise Slack turns addresses and channel names within the text into links.
    return {"type": "mrkdwn", "text": text, "verbatim": True}

"""An alert event as a message of the Common Alerting Protocol 1.2 (OASIS). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from places.regions import country_name
from schemas.alert import AlertEvent
from schemas.labels import KINDS, origins_in_words
from streams.notify.mrkdwn import clean
from streams.notify.phrases import place_name, sighting_line

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

_MESSAGE_TYPES = {"initial": "Alert", "update": "Update", "retraction": "Cancel"}
_MOST_CIRCLES = 10
_RADIUS_KM = 1


def as_cap(events: Sequence[AlertEvent], page: str, host: str) -> bytes:
    """Return the last of an alert's events, which are given in their order.

    ``page`` is the address of the page, ``host`` its name: the sender. An update refers to all messages before it; an
    alert that was superseded or retracted is cancelled.
    """
    ET.register_namespace("", CAP)
    event, sender = events[-1], f"firstseen@{host}"
    alert = ET.Element(f"{{{CAP}}}alert")
    _text(alert, "identifier", _identifier(event))
    _text(alert, "sender", sender)
    _text(alert, "sent", _instant(event.arrived))
    _text(alert, "status", "Actual")
    _text(alert, "msgType", _message_type(event))
    _text(alert, "scope", "Public")
    if len(events) > 1:
        before = (f"{sender},{_identifier(one)},{_instant(one.arrived)}" for one in events[:-1])
        _text(alert, "references", " ".join(before))
    _info(ET.SubElement(alert, f"{{{CAP}}}info"), event, page)
    return bytes(ET.tostring(alert, encoding="utf-8", xml_declaration=True))


def _info(info: ET.Element, event: AlertEvent, page: str) -> None:
    kind, group, where = KINDS[event.kind].noun, clean(event.group), place_name(event)
    _text(info, "language", "en")
    _text(info, "category", "Security")
    _text(info, "event", f"Armed group, {kind}")
    _text(info, "urgency", "Past")
    _text(info, "severity", "Unknown")
    _text(info, "certainty", "Observed" if event.status == "confirmed" else "Unknown")
    if event.begins_by is None:  # else nobody knows when it began
        _text(info, "onset", f"{event.first_day}T00:00:00-00:00")
    _text(info, "senderName", "Firstseen")
    _text(info, "headline", f"{group} in {where}, {kind}")
    _text(info, "description", _description(event))
    _text(info, "web", f"{page}/#{urlencode({'country': event.country, 'day': event.last_day.isoformat()})}")
    for name, value in (
        ("alert", event.alert_id), ("revision", str(event.revision)), ("status", event.status), ("kind", event.kind),
        ("group", group), ("firstDay", str(event.first_day)), ("lastDay", str(event.last_day)),
        ("origins", str(event.why.origins)),
    ):  # fmt: skip
        parameter = ET.SubElement(info, f"{{{CAP}}}parameter")
        _text(parameter, "valueName", name)
        _text(parameter, "value", value)
    for country in event.countries or (event.country,):
        area = ET.SubElement(info, f"{{{CAP}}}area")
        _text(area, "areaDesc", country_name(country))
        for one in [one for one in event.why.sightings if one.country == country][:_MOST_CIRCLES]:
            if one.latitude is not None and one.longitude is not None:
                _text(area, "circle", f"{one.latitude},{one.longitude} {_RADIUS_KM}")
        code = ET.SubElement(area, f"{{{CAP}}}geocode")
        _text(code, "valueName", "ISO3166-1")
        _text(code, "value", country)


def _description(event: AlertEvent) -> str:
    origins = origins_in_words(event.why.origins)
    lines = [f"{event.days}, {origins}, {event.status}, revision {event.revision}."]
    lines += map(sighting_line, event.why.sightings)
    return "\n".join(lines)


def _message_type(event: AlertEvent) -> str:
    return "Cancel" if event.status == "superseded" else _MESSAGE_TYPES[event.type]


def _identifier(event: AlertEvent) -> str:
    return f"{event.alert_id}.{event.revision}"


def _instant(moment: datetime) -> str:
    """Return an instant as CAP has it: in whole seconds, and UTC as -00:00."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}-00:00"


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{CAP}}}{name}").text = text

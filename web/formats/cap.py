"""An alert as a message of the Common Alerting Protocol 1.2 (OASIS). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from places.countries import country_name
from schemas.alert import AlertEvent
from schemas.labels import KINDS, STATUSES, origins_in_words
from streams.notify.cards import alert_card
from streams.notify.changes import corrections_of
from streams.notify.phrases import alert_address, sighting_line
from streams.notify.spans import words
from streams.notify.untrusted_text import clean

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

_MESSAGE_TYPES = {"initial": "Alert", "update": "Update", "retraction": "Cancel"}
_MAX_CIRCLES = 10
_RADIUS_KM = 1


def alert_to_cap(events: Sequence[AlertEvent], page: str, host: str) -> bytes:
    """Return the last of an alert's events, which are in order of revision, as a message.

    ``page`` is the address of the page and ``host`` its name, which becomes the sender. An update refers to all earlier
    messages; a superseded or retracted alert is cancelled.
    """
    ET.register_namespace("", NAMESPACE)
    event, sender = events[-1], f"firstseen@{host}"
    alert = ET.Element(f"{{{NAMESPACE}}}alert")
    _add(alert, "identifier", _identifier(event))
    _add(alert, "sender", sender)
    _add(alert, "sent", _format_instant(event.arrived))
    _add(alert, "status", "Draft" if event.status == "candidate" else "Actual")
    _add(alert, "msgType", _message_type(event))
    _add(alert, "scope", "Public")
    if len(events) > 1:
        earlier = (f"{sender},{_identifier(event)},{_format_instant(event.arrived)}" for event in events[:-1])
        _add(alert, "references", " ".join(earlier))
    _add_info(ET.SubElement(alert, f"{{{NAMESPACE}}}info"), events, page)
    return bytes(ET.tostring(alert, encoding="utf-8", xml_declaration=True))


def _add_info(info: ET.Element, events: Sequence[AlertEvent], page: str) -> None:
    event = events[-1]
    kind, group = KINDS[event.kind].noun, clean(event.group)
    _add(info, "language", "en")
    _add(info, "category", "Security")
    _add(info, "event", f"Armed group, {kind}")
    _add(info, "urgency", "Past")
    _add(info, "severity", "Unknown")
    _add(info, "certainty", "Observed" if event.status == "confirmed" else "Unknown")
    if event.begins_by is None:  # otherwise the first day is uncertain
        _add(info, "onset", f"{event.first_day}T00:00:00-00:00")
    _add(info, "senderName", "Firstseen")
    _add(info, "headline", words(alert_card(event, corrections_of(events)).headline))
    _add(info, "description", _description(event))
    _add(info, "web", alert_address(page, event))
    for name, value in (
        ("alert", event.alert_id), ("revision", str(event.revision)), ("status", event.status), ("kind", event.kind),
        ("group", group), ("firstDay", str(event.first_day)), ("lastDay", str(event.last_day)),
        ("origins", str(event.why.origins)),
    ):  # fmt: skip
        parameter = ET.SubElement(info, f"{{{NAMESPACE}}}parameter")
        _add(parameter, "valueName", name)
        _add(parameter, "value", value)
    for country in event.countries or (event.country,):
        _add_area(info, event, country)


def _add_area(info: ET.Element, event: AlertEvent, country: str) -> None:
    area = ET.SubElement(info, f"{{{NAMESPACE}}}area")
    _add(area, "areaDesc", country_name(country))
    sightings = [sighting for sighting in event.why.sightings if sighting.country == country]
    for sighting in sightings[:_MAX_CIRCLES]:
        if sighting.latitude is not None and sighting.longitude is not None:
            _add(area, "circle", f"{sighting.latitude},{sighting.longitude} {_RADIUS_KM}")
    code = ET.SubElement(area, f"{{{NAMESPACE}}}geocode")
    _add(code, "valueName", "ISO3166-1")
    _add(code, "value", country)


def _description(event: AlertEvent) -> str:
    origins, status = origins_in_words(event.why.origins), STATUSES[event.status].adjective
    lines = [f"{event.days}, {origins}, {status}, revision {event.revision}."]
    lines += map(sighting_line, event.why.sightings)
    return "\n".join(lines)


def _message_type(event: AlertEvent) -> str:
    return "Cancel" if event.status == "superseded" else _MESSAGE_TYPES[event.type]


def _identifier(event: AlertEvent) -> str:
    return f"{event.alert_id}.{event.revision}"


def _format_instant(instant: datetime) -> str:
    """Return an instant as CAP requires it: whole seconds, with UTC as -00:00."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}-00:00"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text

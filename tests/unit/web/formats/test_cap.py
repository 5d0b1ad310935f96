"""An alert as a message of CAP 1.2: the elements that the standard requires, in its order."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from schemas.alert import AlertEvent, AlertEvidence
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row
from tests.unit.web.sample_alerts import FIRST, IN_BELGIUM, RETRACTION, SPREAD
from web.formats.cap import NAMESPACE, alert_to_cap

# CAP 1.2 (OASIS), section 3.2: the elements in the order of its schema.
ALERT_ORDER = (
    "identifier sender sent status msgType source scope restriction addresses code note references incidents info"
)
INFO_ORDER = (
    "language category event responseType urgency severity certainty audience eventCode effective onset expires "
    "senderName headline description instruction web contact parameter resource area"
)
AREA_ORDER = "areaDesc polygon circle geocode altitude ceiling"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def message(*events: AlertEvent) -> ET.Element:
    return ET.fromstring(alert_to_cap(events, "http://page", "page"))


def text(element: ET.Element, name: str) -> str:
    return element.findtext(f".//{{{NAMESPACE}}}{name}") or ""


@each_row("events", [[FIRST], [FIRST, RETRACTION], [SPREAD], [IN_BELGIUM]])
def test_a_message_has_the_required_elements_in_order(events: list[AlertEvent]) -> None:
    alert = message(*events)
    [info] = alert.findall(f"{{{NAMESPACE}}}info")
    areas = info.findall(f"{{{NAMESPACE}}}area")
    for element, order in ((alert, ALERT_ORDER), (info, INFO_ORDER), *((area, AREA_ORDER) for area in areas)):
        places = [order.split().index(child.tag.removeprefix(f"{{{NAMESPACE}}}")) for child in element]
        assert places == sorted(places)

    for name in ("identifier", "sender", "event", "headline"):
        assert text(alert, name)
    assert not re.search(r"[\s,<&]", text(alert, "identifier") + text(alert, "sender"))
    assert INSTANT.fullmatch(text(alert, "sent"))
    assert INSTANT.fullmatch(text(alert, "onset"))
    assert text(alert, "status") == "Actual"
    assert text(alert, "scope") == "Public"
    assert text(alert, "category") == "Security"
    assert text(alert, "urgency") in {"Immediate", "Expected", "Future", "Past", "Unknown"}
    assert text(alert, "severity") in {"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
    assert text(alert, "certainty") in {"Observed", "Likely", "Possible", "Unlikely", "Unknown"}
    assert text(alert, "msgType") == ("Cancel" if len(events) > 1 else "Alert")
    for circle in info.iter(f"{{{NAMESPACE}}}circle"):
        assert re.fullmatch(r"-?[\d.]+,-?[\d.]+ [\d.]+", circle.text or "")


def test_a_cancellation_refers_to_the_earlier_message() -> None:
    first = message(FIRST)
    reference = ",".join(text(first, name) for name in ("sender", "identifier", "sent"))
    assert text(message(FIRST, RETRACTION), "references") == reference


def test_an_alert_with_uncertain_days_says_so_and_has_no_onset() -> None:
    sighting = evidence("2017", title="Some time")
    alert = message(alert_event(
        why=AlertEvidence(sightings=(sighting,), origins=1), first_day=sighting.first_day, last_day=sighting.last_day,
        begins_by=sighting.begins_by, ends_from=sighting.ends_from,
    ))  # fmt: skip
    some_day = "some day from 2017-01-01 to 2017-12-31"
    assert not text(alert, "onset")
    title, line = text(alert, "description").split("\n")
    assert title == f"{some_day}, 1 origin, confirmed, revision 1."
    assert line.startswith(f"{some_day} Some time")
    assert text(message(alert_event()), "onset") == "2017-10-31T00:00:00-00:00"


def test_a_candidate_is_a_draft() -> None:
    assert text(message(alert_event("a", status="candidate")), "status") == "Draft"

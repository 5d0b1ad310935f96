"""Alerts and sightings as other programs read them, read by those programs' own libraries where there is one."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import httpx
import pytest
import stix2  # type: ignore[import-untyped]

from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.presence import Activity, DayEntry
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import ARRIVED, alert_event, evidence
from web.app import build_web
from web.formats.cap import CAP, as_cap

PLACED = evidence(title="=HYPERLINK(1)", latitude=14.5, longitude=-4.2, url="https://wire.example/1")
FIRST = alert_event(alert_id="a", why={"sightings": (PLACED, evidence(id="2")), "origins": 2}, names=("JNIM", "GSIM"))
GONE = alert_event(
    alert_id="a", revision=2, type="retraction", status="retracted", arrived=ARRIVED + timedelta(2),
    changes=(AlertChange(what="status", old="confirmed", new="retracted"),), why=AlertEvidence(sightings=(), origins=0),
)  # fmt: skip
OTHER = alert_event(alert_id="b", country="BE", region="Western Europe")
SPREAD = alert_event(alert_id="c", kind="spread", countries=("ML", "NE", "BF"))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    app.state.views.alerts.add([FIRST, OTHER, SPREAD, GONE])
    entries = (DayEntry(evidence=PLACED, member="JNIM", qualifies=True),)
    row = Activity(group="JNIM", country="ML", region="Western Africa", day=PLACED.first_day, sightings=entries)
    app.state.views.activity.put(f"JNIM|ML|{PLACED.first_day}".encode(), row.to_bytes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


async def test_a_spreadsheet_reads_a_line_for_each_alert_and_computes_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/alerts", params={"format": "csv", "as_of": str(ARRIVED.date())})
    rows = {row["alert_id"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert answer.headers["content-type"].startswith("text/csv")
    assert list(rows) == ["c", "b", "a"]
    assert (rows["a"]["title"], rows["a"]["country_name"]) == ("'=HYPERLINK(1)", "Mali")


async def test_as_of_a_day_an_alert_is_what_it_was_then(client: httpx.AsyncClient) -> None:
    async def status(**asked: str) -> dict[str, str]:
        alerts = (await client.get("/api/v1/alerts", params=asked)).json()["alerts"]
        return {one["alert_id"]: one["status"] for one in alerts}

    assert await status() == {"c": "confirmed", "b": "confirmed", "a": "retracted"}
    assert (await status(as_of=str(ARRIVED.date())))["a"] == "confirmed"
    assert await status(as_of=str(ARRIVED.date() - timedelta(1))) == {}


async def test_geojson_has_the_reported_places_and_else_the_middle_of_the_country(client: httpx.AsyncClient) -> None:
    asked = {"format": "geojson", "as_of": str(ARRIVED.date())}
    features = (await client.get("/api/v1/alerts", params=asked)).json()["features"]
    found = {one["id"]: one for one in features}
    assert found["a"]["geometry"] == {"type": "MultiPoint", "coordinates": [[-4.2, 14.5]]}
    assert (found["a"]["properties"]["precision"], found["b"]["properties"]["precision"]) == ("reported", "country")
    [[longitude, latitude]] = found["b"]["geometry"]["coordinates"]
    assert 2 < longitude < 7
    assert 49 < latitude < 52
    points = (await client.get("/api/v1/sightings?format=geojson")).json()["features"]
    assert [one["geometry"]["coordinates"] for one in points] == [[-4.2, 14.5]]


async def test_sightings_are_found_by_day_group_and_place(client: httpx.AsyncClient) -> None:
    async def found(**asked: Any) -> int:
        return len((await client.get("/api/v1/sightings", params=asked)).json()["sightings"])

    day = PLACED.first_day
    assert await found() == 1
    assert await found(first=day, last=day, group="JNIM", country="ML", region="Western Africa") == 1
    assert await found(region="Africa") == await found()
    assert await found(first=day + timedelta(1)) == 0
    assert await found(last=day - timedelta(1)) == 0
    assert await found(group="IS") == await found(country="NE") == await found(region="Polynesia") == 0


async def test_the_stix_library_reads_the_bundle_and_the_same_is_the_same_again(client: httpx.AsyncClient) -> None:
    first, again = [(await client.get("/api/v1/alerts?format=stix")).text for _ in range(2)]
    bundle = stix2.parse(first, allow_custom=False)
    kinds = [one.type for one in bundle.objects]
    assert first == again
    assert kinds.count("sighting") == 3
    assert kinds.count("location") == len({"ML", "BE", "NE", "BF"})
    gone = next(one for one in bundle.objects if one.type == "sighting" and one.get("revoked"))
    assert gone.external_references[0].external_id == "a"
    named = {one.id for one in bundle.objects}
    assert all(one.sighting_of_ref in named for one in bundle.objects if one.type == "sighting")
    early = stix2.parse((await client.get(f"/api/v1/alerts?format=stix&as_of={ARRIVED.date()}")).text)
    before = next(one for one in early.objects if one.id == gone.id)
    assert (before.created, before.modified < gone.modified) == (gone.created, True)


async def test_a_feed_reader_reads_the_feed_and_finds_the_cap_message(client: httpx.AsyncClient) -> None:
    feed = feedparser.parse((await client.get("/api/v1/alerts.atom?filter=kind:all")).content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    links = [one.href for entry in feed.entries for one in entry.links if one.type == "application/cap+xml"]
    assert len(links) == 3
    message = await client.get(links[0])
    assert message.headers["content-type"] == "application/cap+xml"
    assert ET.fromstring(message.content).tag == f"{{{CAP}}}alert"


# What CAP 1.2 (OASIS, section 3.2) demands, in the order in which its schema has the elements.
ALERT_ORDER = (
    "identifier sender sent status msgType source scope restriction addresses code note references incidents info"
)
INFO_ORDER = (
    "language category event responseType urgency severity certainty audience eventCode effective onset expires "
    "senderName headline description instruction web contact parameter resource area"
)
AREA_ORDER = "areaDesc polygon circle geocode altitude ceiling"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


@pytest.mark.parametrize("events", [[FIRST], [FIRST, GONE], [SPREAD], [OTHER]])
def test_a_cap_message_has_what_the_standard_demands_in_its_order(events: list[AlertEvent]) -> None:
    alert = ET.fromstring(as_cap(events, "http://page", "page"))
    [info] = alert.findall(f"{{{CAP}}}info")
    for element, order in (
        (alert, ALERT_ORDER),
        (info, INFO_ORDER),
        *((a, AREA_ORDER) for a in info.findall(f"{{{CAP}}}area")),
    ):
        places = [order.split().index(child.tag.removeprefix(f"{{{CAP}}}")) for child in element]
        assert places == sorted(places)

    def text(name: str) -> str:
        return alert.findtext(f"{{{CAP}}}{name}") or info.findtext(f"{{{CAP}}}{name}") or ""

    for name in ("identifier", "sender", "event", "headline"):
        assert text(name)
    assert not re.search(r"[\s,<&]", text("identifier") + text("sender"))
    assert INSTANT.fullmatch(text("sent"))
    assert INSTANT.fullmatch(text("onset"))
    assert text("status") == "Actual"
    assert text("scope") == "Public"
    assert text("category") == "Security"
    assert text("urgency") in {"Immediate", "Expected", "Future", "Past", "Unknown"}
    assert text("severity") in {"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
    assert text("certainty") in {"Observed", "Likely", "Possible", "Unlikely", "Unknown"}
    assert text("msgType") == ("Cancel" if len(events) > 1 else "Alert")
    for circle in info.iter(f"{{{CAP}}}circle"):
        assert re.fullmatch(r"-?[\d.]+,-?[\d.]+ [\d.]+", circle.text or "")


def test_a_cancelled_message_refers_to_the_one_before() -> None:
    first, gone = (ET.fromstring(as_cap(events, "http://page", "page")) for events in ([FIRST], [FIRST, GONE]))

    def text(alert: ET.Element, name: str) -> str:
        return alert.findtext(f"{{{CAP}}}{name}") or ""

    named = ",".join(text(first, name) for name in ("sender", "identifier", "sent"))
    assert text(gone, "references") == named


async def test_a_country_has_its_episodes_and_alerts(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/countries/NE")).json()
    assert (told["country_name"], [one["alert_id"] for one in told["alerts"]]) == ("Niger", ["c"])

    async def alerts(**asked: Any) -> tuple[list[str], int | None]:
        told = (await client.get("/api/v1/countries/ML", params=asked)).json()
        return [one["alert_id"] for one in told["alerts"]], told["next_before"]

    assert await alerts() == (["c", "a"], None)
    assert await alerts(limit=1) == (["c"], 3)
    assert await alerts(before=3) == (["a"], None)
    assert await alerts(group="nobody") == await alerts(as_of="2001-01-01") == ([], None)
    unknown = await client.get("/api/v1/countries/QQ")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    regions = {one["region"] for one in (await client.get("/api/v1/regions")).json()["regions"]}
    assert "Western Africa" in regions


async def test_what_is_known_already_is_not_said_again(client: httpx.AsyncClient) -> None:
    for path in ("alerts", "alerts?format=csv", "sightings", "regions", "countries/ML", "presence", "alerts/a"):
        first = await client.get(f"/api/v1/{path}")
        again = await client.get(f"/api/v1/{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
    assert json.loads((await client.get("/api/v1/alerts?limit=1")).text)["next_before"] == 3
    assert 'rel="next"' in (await client.get("/api/v1/alerts?limit=1")).headers["link"]


def test_an_alert_that_is_not_known_to_the_day_says_so_and_has_no_onset() -> None:
    seen = evidence("2017", title="Some time")
    alert = alert_event(
        why=AlertEvidence(sightings=(seen,), origins=1), first_day=seen.first_day, last_day=seen.last_day,
        begins_by=seen.begins_by, ends_from=seen.ends_from,
    )  # fmt: skip
    told = ET.fromstring(as_cap([alert], "http://page", "page"))  # noqa: S314 - we wrote it
    some_day = "some day from 2017-01-01 to 2017-12-31"

    assert told.find(f".//{{{CAP}}}onset") is None
    assert told.findtext(f".//{{{CAP}}}description") == (
        f"{some_day}, 1 origin, confirmed, revision 1.\n{some_day} Some time (wire, B2)"
    )
    exact = ET.fromstring(as_cap([alert_event()], "http://page", "page"))  # noqa: S314
    assert exact.findtext(f".//{{{CAP}}}onset") == "2017-10-31T00:00:00-00:00"


async def test_tables_tell_how_far_the_days_are_known(client: httpx.AsyncClient) -> None:
    for address in ("/api/v1/alerts", "/api/v1/sightings"):
        answer = await client.get(address, params={"format": "csv"})
        row = next(csv.DictReader(io.StringIO(answer.text)))
        assert (row["begins_by"], row["ends_from"]) == ("2017-10-31", "2017-10-31")


async def test_sightings_of_a_group_are_found_by_any_spelling_of_its_name(client: httpx.AsyncClient) -> None:
    for name, found in (("jnim\u200b", 1), ("\uff2aNIM", 1), ("JNI", 0)):
        answer = await client.get("/api/v1/sightings", params={"group": name})
        assert len(answer.json()["sightings"]) == found


async def test_alerts_of_a_country_are_found_by_any_spelling_of_the_group(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/countries/BE", params={"group": f"{OTHER.group.lower()}\u200b"})
    assert [one["alert_id"] for one in answer.json()["alerts"]] == ["b"]

"""Alerts over HTTP: by filter, page by page, and as a feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from xml.etree import ElementTree as ET

import httpx
import pytest

from schemas.alert import AlertChange, AlertEvidence
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import ARRIVED, alert_event, evidence
from tests.support.pages import add_alerts
from web.app import WebConfig, build_web
from web.formats.atom import NAMESPACE

RETRACTION = AlertChange(what="status", old="confirmed", new="retracted")
ALERTS = [
    alert_event(alert_id="a", why=AlertEvidence(sightings=(evidence(title="Shots <b> & more\u202e"),), origins=1)),
    alert_event(alert_id="b", country="BE", region="Western Europe"),
    alert_event(alert_id="c", country="NE", kind="returned"),
    alert_event(
        alert_id="b", country="BE", region="Western Europe", revision=2, type="retraction", status="retracted",
        changes=(RETRACTION,), why=AlertEvidence(sightings=(), origins=0), arrived=ARRIVED + timedelta(1),
    ),
]  # fmt: skip


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, ALERTS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


async def ids(client: httpx.AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"/api/v1/alerts{query}")
    assert answer.status_code == 200
    return [alert["alert_id"] for alert in answer.json()["alerts"]]


async def test_alerts_are_listed_newest_first_as_they_are_now(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/api/v1/alerts")).json()
    assert [(alert["alert_id"], alert["status"], alert["country_name"]) for alert in answer["alerts"]] == [
        ("c", "confirmed", "Niger"), ("b", "retracted", "Belgium"), ("a", "confirmed", "Mali"),
    ]  # fmt: skip


async def test_a_filter_is_written_as_for_a_subscription(client: httpx.AsyncClient) -> None:
    assert await ids(client, "?filter=in:Sahel") == ["a"]
    assert await ids(client, "?filter=in:Sahel kind:all") == ["c", "a"]
    for words in ("retracted", "withdrawn", "taken-back"):
        assert await ids(client, f"?status={words}") == ["b"]
    wrong = await client.get("/api/v1/alerts?filter=in:Sahl")
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
    assert "in:Sahel" in wrong.json()["detail"]


async def test_pages_follow_one_another(client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/v1/alerts?limit=2")).json()
    assert ([alert["alert_id"] for alert in first["alerts"]], first["next_before"]) == (["c", "b"], 2)
    last = (await client.get("/api/v1/alerts?limit=2&before=2")).json()
    assert ([alert["alert_id"] for alert in last["alerts"]], last["next_before"]) == (["a"], None)
    assert (await client.get("/api/v1/alerts?limit=0")).status_code == 400


async def test_an_alert_has_all_of_its_events(client: httpx.AsyncClient) -> None:
    events = (await client.get("/api/v1/alerts/b")).json()["events"]
    assert [event["revision"] for event in events] == [1, 2]
    assert (await client.get("/api/v1/alerts/nobody")).status_code == 404


async def test_the_beginning_of_an_id_is_enough_while_it_is_unique() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, [alert_event(alert_id="ed6c87de-1"), alert_event(alert_id="ed6c99aa-2")])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        events = (await opened.get("/api/v1/alerts/ed6c87de")).json()["events"]
        several = await opened.get("/api/v1/alerts/ed6c")
    assert [event["alert_id"] for event in events] == ["ed6c87de-1"]
    assert (several.status_code, "write more" in several.json()["detail"]) == (404, True)


async def test_days_select_the_alerts_that_begin_on_them(client: httpx.AsyncClient) -> None:
    day = ALERTS[0].first_day
    assert await ids(client, f"?first={day}&last={day}") == ["c", "b", "a"]
    assert await ids(client, f"?first={day + timedelta(1)}") == []
    assert await ids(client, f"?last={day - timedelta(1)}") == []


async def test_an_alert_remembers_as_what_it_was_announced() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    events = [
        alert_event(alert_id="a"),
        alert_event(alert_id="a", revision=2, type="update", kind="returned", status="superseded"),
        alert_event(alert_id="b", status="candidate"),
        alert_event(alert_id="c", kind="returned"),
    ]
    add_alerts(app, events)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        alerts = (await opened.get("/api/v1/alerts")).json()["alerts"]
        assert await ids(opened, "?without=returns") == ["b", "a"]
        assert await ids(opened, "?without=candidates") == ["c", "a"]
        csv = (await opened.get("/api/v1/alerts?without=candidates&without=returns&format=csv")).text
        feeds = [
            (await opened.get(f"/api/v1/alerts.atom?filter={text}")).text.count("<entry>")
            for text in ("kind:first", "kind:returned", "kind:re-emergence")
        ]
        listed = [await ids(opened, f"?filter={text}") for text in ("kind:first", "kind:returned", "kind:spread")]
        then = await ids(opened, f"?filter=kind:first&as_of={ARRIVED.date()}")
        of_country = (await opened.get("/api/v1/countries/ML?filter=kind:first")).json()["alerts"]
    assert [line[:2] for line in csv.splitlines()[1:]] == ["a,"]
    assert feeds == [1, 2, 0]
    assert listed == [["b", "a"], ["c", "a"], []]  # what was announced does not vanish
    assert then == ["b", "a"]
    assert [alert["alert_id"] for alert in of_country] == ["b", "a"]
    assert [(alert["alert_id"], alert["kind"], alert["announced"]) for alert in alerts] == [
        ("c", "returned", "returned"), ("b", "first_ever", None), ("a", "returned", "first_ever"),
    ]  # fmt: skip


async def test_the_feed_is_valid_atom_without_invisible_characters(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/alerts.atom?filter=kind:all")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)
    entries = feed.findall(f"{{{NAMESPACE}}}entry")
    by_id = {entry.findtext(f"{{{NAMESPACE}}}id"): entry for entry in entries}
    assert list(by_id) == ["urn:firstseen:alert:c", "urn:firstseen:alert:b", "urn:firstseen:alert:a"]
    retracted = by_id["urn:firstseen:alert:b"]
    assert retracted.findtext(f"{{{NAMESPACE}}}title") == "Alert withdrawn: JNIM appeared in Belgium for the first time"
    assert (retracted.findtext(f"{{{NAMESPACE}}}updated") or "") > (
        retracted.findtext(f"{{{NAMESPACE}}}published") or ""
    )
    assert "Shots <b> & more" in (by_id["urn:firstseen:alert:a"].findtext(f"{{{NAMESPACE}}}summary") or "")
    assert "\u202e" not in answer.text
    for required in ("title", "id", "updated"):
        assert all(element.findtext(f"{{{NAMESPACE}}}{required}") for element in (feed, *entries))


async def test_a_day_selects_the_alerts_that_had_arrived_as_they_were_then(client: httpx.AsyncClient) -> None:
    async def statuses(query: str) -> dict[str, str]:
        alerts = (await client.get(f"/api/v1/alerts{query}")).json()["alerts"]
        return {alert["alert_id"]: alert["status"] for alert in alerts}

    assert await statuses("") == {"c": "confirmed", "b": "retracted", "a": "confirmed"}
    assert (await statuses(f"?as_of={ARRIVED.date()}"))["b"] == "confirmed"
    assert await statuses(f"?as_of={ARRIVED.date() - timedelta(1)}") == {}


async def test_a_page_links_to_the_next(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/alerts?limit=1")
    assert (answer.json()["next_before"], answer.json()["next"]) == (3, "/api/v1/alerts?limit=1&before=3")
    assert 'before=3>; rel="next"' in answer.headers["link"]


async def test_the_id_of_the_feed_does_not_depend_on_the_address_of_the_server(client: httpx.AsyncClient) -> None:
    feeds = [
        ET.fromstring((await client.get(f"/api/v1/alerts.atom?filter={text}", headers={"Host": host})).content)
        for host, text in (("a.example", "in:Sahel"), ("b.example", "in:Sahel"), ("b.example", "in:Africa"))
    ]
    ids_ = [feed.findtext(f"{{{NAMESPACE}}}id") for feed in feeds]
    assert ids_[0] == ids_[1] != ids_[2]
    links = {link.get("rel"): link.get("href") for link in feeds[0].findall(f"{{{NAMESPACE}}}link")}
    assert links["self"] == "http://a.example/api/v1/alerts.atom?filter=in:Sahel"


async def test_the_feed_has_all_alerts_in_pages() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test", WebConfig(page_url="https://alerts.example/"))
    add_alerts(app, [alert_event(f"{number:03}") for number in range(70)])
    found, following = [], "/api/v1/alerts.atom"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://alerts.example") as opened:
        while following:
            answer = await opened.get(following)
            feed = ET.fromstring(answer.content)
            found += [entry.findtext(f"{{{NAMESPACE}}}id") for entry in feed.findall(f"{{{NAMESPACE}}}entry")]
            following = next(
                (link.get("href", "") for link in feed.findall(f"{{{NAMESPACE}}}link") if link.get("rel") == "next"), ""
            )
            assert following.startswith("https://alerts.example/api/v1/alerts.atom?before=") or not following
    assert found == [f"urn:firstseen:alert:{number:03}" for number in reversed(range(70))]


async def test_rows_are_slim_and_lead_to_the_evidence(client: httpx.AsyncClient) -> None:
    [row] = [alert for alert in (await client.get("/api/v1/alerts")).json()["alerts"] if alert["alert_id"] == "a"]
    assert "sightings" not in row["why"]
    assert not {"sighting", "before"} & set(row["cause"])
    assert (row["headline"], row["kind_name"], row["origins"]) == (
        "JNIM appeared in Mali for the first time",
        "first",
        1,
    )
    evidence_page = (await client.get(row["links"]["evidence"])).json()
    [whole] = (await client.get("/api/v1/alerts?expand=evidence&before=2")).json()["alerts"]
    assert whole["why"]["sightings"] == evidence_page["sightings"] != []
    assert whole["origins"] == evidence_page["origins"]
    assert whole["cause"] == evidence_page["cause"]
    assert {**whole, "why": None, "cause": None} == {**row, "why": None, "cause": None}
    [of_country] = (await client.get("/api/v1/countries/ML?expand=evidence")).json()["alerts"]
    assert of_country == whole


async def test_every_column_of_csv_and_property_of_geojson_has_the_name_that_json_has(
    client: httpx.AsyncClient,
) -> None:
    row = (await client.get("/api/v1/alerts")).json()["alerts"][0]
    header = (await client.get("/api/v1/alerts.csv")).text.splitlines()[0].split(",")
    properties = (await client.get("/api/v1/alerts.geojson")).json()["features"][0]["properties"]
    assert set(header) <= set(row)
    assert set(properties) - {"precision"} <= set(row)


async def test_the_earlier_parameter_of_formats_gives_what_their_paths_give(client: httpx.AsyncClient) -> None:
    for path in ("alerts.csv", "alerts.geojson", "alerts.stix", "sightings.csv", "sightings.geojson"):
        of, _, format_ = path.partition(".")
        earlier = await client.get(f"/api/v1/{of}?format={format_}&limit=1")
        answer = await client.get(f"/api/v1/{path}?limit=1")
        assert (answer.status_code, answer.content) == (200, earlier.content)
        assert answer.headers["content-type"] == earlier.headers["content-type"]
        for found in (answer, earlier):
            following = found.links["next"]["url"] if "next" in found.links else str(found.url)
            assert following.startswith(str(found.url).partition("?")[0])


async def test_instants_are_written_alike(client: httpx.AsyncClient) -> None:
    row = (await client.get("/api/v1/alerts")).json()["alerts"][0]
    assert row["published"].endswith("Z")
    assert row["updated"] == row["arrived"]
    assert row["published"] in (await client.get("/api/v1/alerts.csv")).text


async def test_the_beginning_of_an_id_is_enough_for_the_message_too(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/alerts/A/cap")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/cap+xml")


async def test_a_filter_of_groups_finds_their_alerts_in_any_spelling(client: httpx.AsyncClient) -> None:
    async def found(filter_: str) -> list[str]:
        page = (await client.get("/api/v1/alerts", params={"filter": filter_})).json()
        return [alert["alert_id"] for alert in page["alerts"]]

    assert await found("group:jnim") == ["b", "a"]
    assert await found("group:Jnim kind:all") == ["c", "b", "a"]
    assert await found("group:nobody") == []

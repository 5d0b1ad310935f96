"""One filter selects alerts, episodes, sightings and the map alike; what is wrong with it is a problem with fields."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from history import located_reports
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event, change, evidence
from tests.support.pages import add_alerts, add_evidence
from tests.support.tables import each_row
from web.app import build_web

REGISTERED = GroupsChange(put=(Group(id="JNIM", names=("GSIM",), affiliations=({"parent": "Al-Qaida"},)),))


@asynccontextmanager
async def open_page() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(
        app, [alert_event("a", names=("GSIM",)), alert_event("b", group="ISIS", country="BE", region="Western Europe")]
    )
    add_evidence(
        app.state.services.queries.history,
        EvidenceChange(arrived=datetime(2017, 1, 1, tzinfo=UTC), groups=REGISTERED),
        change(evidence(id="1", admin1="Gao", latitude=16.27, longitude=-0.04)),
        change(evidence(id="2", group="ISIS", country="BE")),
        change(evidence(id="3", group="ISIS", country="NE")),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_page() as opened:
        yield opened


async def answer(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await client.get(f"/api/v1/{path}", params=params)
    assert response.status_code == 200, response.text
    return response.json()


async def places(client: httpx.AsyncClient, **params: Any) -> list[str]:
    """Return what each interface shows: the same everywhere."""
    found = [
        [f"{row['group']} {row['country']}" for row in (await answer(client, "presence", **params))["episodes"]],
        [f"{row['group']} {row['country']}" for row in (await answer(client, "map-state", as_of="2017-11-24", **params))["now"]],
        [
            f"{row['group']} {country}"
            for country in ("BE", "ML", "NE")
            for row in (await answer(client, f"countries/{country}", **params))["episodes"]
        ],
    ]  # fmt: skip
    assert sorted(found[0]) == sorted(found[1]) == sorted(found[2])
    return sorted(found[0])


@each_row(
    ("text", "expected"),
    [
        ("", ["Al-Qaida ML", "ISIS BE", "ISIS NE", "JNIM ML"]),
        ("group:GSIM", ["JNIM ML"]),
        ("group:!gsim", ["Al-Qaida ML", "ISIS BE", "ISIS NE"]),
        ("in:Sahel", ["Al-Qaida ML", "ISIS NE", "JNIM ML"]),
        ("group:ISIS in:Africa", ["ISIS NE"]),
        ("group:ISIS country:!Niger OR group:Al-Qaida", ["Al-Qaida ML", "ISIS BE"]),
        ("kind:re-emergence", []),
        ("kind:first", ["Al-Qaida ML", "ISIS BE", "ISIS NE", "JNIM ML"]),
        ("origins>=2", []),
        ("province:Gao", ["Al-Qaida ML", "JNIM ML"]),
        ("near:16.3,0,20km group:JNIM", ["JNIM ML"]),
        ("near:16.3,0,2km", []),
        ("province:!Gao", ["ISIS BE", "ISIS NE"]),
        ("province:Gao group:JNIM OR country:Niger", ["ISIS NE", "JNIM ML"]),
        ("province:Gao kind:re-emergence OR kind:first country:Belgium", ["ISIS BE"]),
    ],
)
async def test_a_filter_selects_the_same_everywhere(text: str, expected: list[str]) -> None:
    async with open_page() as opened:
        assert await places(opened, filter=text) == expected


async def test_a_filter_selects_the_sightings_that_count_for_a_group(client: httpx.AsyncClient) -> None:
    async def ids(**params: str) -> list[str]:
        return [row["id"] for row in (await answer(client, "sightings", **params))["sightings"]]

    assert await ids() == ["1", "2", "3"]
    assert await ids(filter="group:Al-Qaida") == await ids(filter="in:Sahel country:!Niger") == ["1"]
    assert await ids(filter="group:GSIM OR country:Niger") == ["1", "3"]
    assert await ids(filter="group:!GSIM", country="Belgium") == ["2"]
    assert await ids(group="gsim", region="Sahel") == ["1"]
    noted = (await answer(client, "sightings", filter="origins>=2"))["warnings"]
    assert [note["detail"] for note in noted] == [
        "kind and origins select alerts and episodes; they do not narrow sightings."
    ]


async def test_an_episode_has_the_days_of_its_reports_in_the_places_of_a_filter(client: httpx.AsyncClient) -> None:
    found = await answer(client, "presence", filter="province:Gao group:JNIM OR country:Niger")
    assert [(row["country"], row.get("begins_there"), row.get("days_there")) for row in found["episodes"]] == [
        ("NE", None, None),
        ("ML", True, [["2017-10-31", "2017-10-31"]]),
    ]
    assert found["warnings"] == []
    counted = await answer(client, "regions", filter="province:Gao")
    assert {row["region"]: row["groups"] for row in counted["regions"] if row["groups"]} == {"Western Africa": 2}
    groups = await answer(client, "groups", filter="near:16.27,-0.04,1km")
    assert [row["group"] for row in groups["groups"]] == ["Al-Qaida", "JNIM"]


async def test_a_place_with_too_many_reports_is_a_problem_with_the_filter(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(located_reports, "MAX_REPORTS", 0)
    for path in ("presence", "map-state?as_of=2017-11-24", "regions", "groups", "timeline", "countries/ML"):
        response = await client.get(f"/api/v1/{path}{'&' if '?' in path else '?'}filter=province:Gao")
        assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "filter")
        assert "reports lie in the places of the filter: name a smaller place" in response.json()["detail"]


async def test_every_interface_accepts_names_of_groups_regions_and_countries(client: httpx.AsyncClient) -> None:
    rows = [
        (await answer(client, "presence", **params))["episodes"]
        for params in ({"group": "gsim"}, {"country": "Mali", "group": "JNIM"})
    ]
    assert [[row["country"] for row in found] for found in rows] == [["ML"], ["ML"]]
    assert [row["country"] for row in (await answer(client, "presence", region="011"))["episodes"]] == [
        "ML",
        "NE",
        "ML",
    ]
    assert (await answer(client, "countries/mali"))["country"] == "ML"
    assert [alert["alert_id"] for alert in (await answer(client, "countries/MLI", group="gsim"))["alerts"]] == ["a"]


@each_row(
    "path",
    [
        "alerts",
        "alerts.atom",
        "events",
        "presence",
        "regions",
        "sightings",
        "countries/ML",
        "map-state?as_of=2017-11-24",
    ],
)
async def test_an_invalid_filter_is_a_problem_with_its_part_and_the_nearest_valid_one(path: str) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        response = await opened.get(f"/api/v1/{path}{'&' if '?' in path else '?'}filter=group:ISIS%20in:Shael")
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert response.json() == {
        "type": "/problems/invalid-filter",
        "title": "The filter is not understood",
        "status": 400,
        "detail": "filter: Not understood: Shael. It is neither a region of UN M49 nor a named area. Write: group:ISIS in:Sahel",
        "errors": [
            {
                "parameter": "filter",
                "value": "group:ISIS in:Shael",
                "detail": "Not understood: Shael. It is neither a region of UN M49 nor a named area. Write: group:ISIS in:Sahel",
                "nearest": "group:ISIS in:Sahel",
                "part": "Shael",
                "position": 14,
            }
        ],
    }


async def test_an_unknown_group_is_a_warning_because_it_may_appear_tomorrow(client: httpx.AsyncClient) -> None:
    noted = {
        "parameter": "filter",
        "value": "JNIN",
        "detail": "No group is called JNIN yet. Did you mean JNIM?",
        "nearest": "JNIM",
    }
    for path in ("alerts", "presence", "sightings", "regions", "countries/ML"):
        assert (await answer(client, path, filter="group:JNIN"))["warnings"] == [noted]
    assert (await answer(client, "map-state", as_of="2017-11-24", filter="group:JNIN"))["warnings"] == [noted]
    assert (await answer(client, "presence", group="JNIN"))["warnings"] == [noted | {"parameter": "group"}]


@each_row(
    ("query", "error"),
    [
        (
            "region=Shael",
            {"nearest": "Sahel", "detail": '"Shael" is neither a region of UN M49 nor a named area: write Sahel'},
        ),
        ("region=Mali", {"detail": '"Mali" is a country: write country=ML'}),
        ("country=Nigr", {"nearest": "NE", "detail": '"Nigr" is not a country: write NE'}),
        ("country=ml", {"nearest": "ML", "detail": '"ml" is not a country: write ML'}),
        ("country=Congo", {"detail": '"Congo" is not a country: write CD or CG'}),
    ],
)
async def test_an_unknown_place_is_a_problem_with_the_nearest_one(query: str, error: dict[str, str]) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        response = await opened.get(f"/api/v1/presence?{query}")
    name, value = query.split("=")
    assert (response.status_code, response.json()["type"]) == (400, "/problems/invalid-parameter")
    assert response.json()["errors"] == [{"parameter": name, "value": value, **error}]


async def test_a_filter_is_completed_with_the_names_on_record(client: httpx.AsyncClient) -> None:
    found = await answer(client, "filter/completions", text="group:gs")
    assert [row["text"] for row in found["completions"]] == ["JNIM"]
    assert (found["start"], found["end"], found["error"], found["canonical"]) == (6, 8, None, "group:gs")
    assert found["more"] is False
    assert found["warnings"][0]["detail"].startswith("No group is called gs yet.")
    typing = await answer(client, "filter/completions", text="in:Shael", limit=1)
    assert (typing["completions"][0]["text"], typing["error"]["position"], typing["canonical"]) == ("Sahel", 3, None)
    cut = await answer(client, "filter/completions", text="country:", limit=1)
    assert (len(cut["completions"]), cut["more"]) == (1, True)


async def test_alerts_are_selected_by_group_region_and_country_beside_the_filter(client: httpx.AsyncClient) -> None:
    async def ids(**params: str) -> list[str]:
        return [alert["alert_id"] for alert in (await answer(client, "alerts", **params))["alerts"]]

    assert await ids(group="gsim") == await ids(region="Sahel") == await ids(country="Mali") == ["a"]
    assert await ids(filter="kind:first", country="Belgium") == ["b"]
    assert await ids(filter="group:ISIS", country="Mali") == []
    assert await ids(filter="group:ISIS OR country:Mali", group="ISIS") == ["b"]
    feed = await client.get("/api/v1/alerts.atom?country=Mali")
    assert ("urn:firstseen:alert:a" in feed.text, "urn:firstseen:alert:b" in feed.text) == (True, False)
    empty = await client.get("/api/v1/alerts?group=")
    assert (empty.status_code, empty.json()["errors"][0]["parameter"]) == (400, "group")


async def test_every_link_of_a_country_leads_somewhere(client: httpx.AsyncClient) -> None:
    for link in (await answer(client, "countries/Mali"))["links"].values():
        assert (await client.get(link)).status_code == 200, link


async def test_an_area_is_no_country_and_shown_only_to_those_who_ask_for_it() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(app, [alert_event("a"), alert_event("b", kind="first_in_area", area="box")])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        for path, params in (("alerts", {}), ("alerts", {"filter": "kind:all"}), ("countries/ML", {})):
            assert [row["alert_id"] for row in (await answer(opened, path, **params))["alerts"]] == ["a"]
        [area] = (await answer(opened, "alerts", filter="kind:first-in-area"))["alerts"]
        feed = (await opened.get("/api/v1/alerts.atom")).text
    assert (area["alert_id"], area["area"], area["country"]) == ("b", "box", "ML")
    assert feed.count("<entry>") == 1

"""Groups over HTTP: by any name, with affiliations and spread; when news began; what changed since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.io.kafka_config import KafkaConfig
from tests.support.answers import validator
from tests.support.builders import ARRIVED, alert_event, change, evidence
from tests.support.pages import add_alerts, add_evidence
from tests.support.tables import each_row
from web.app import build_web

JNIM = Group(
    id="JNIM",
    names=({"name": "GSIM", "source": "UN"},),
    affiliations=({"parent": "Al-Qaida", "since": "2017-03-01", "source": "pledge"},),
)
REGISTERED = datetime(2017, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def open_page() -> AsyncIterator[httpx.AsyncClient]:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_alerts(
        app,
        [
            alert_event("a"),
            alert_event("b", country="NE", arrived=ARRIVED + timedelta(1)),
            alert_event("c", status="candidate"),
        ],
    )
    add_evidence(
        app.state.services.queries.history,
        EvidenceChange(arrived=REGISTERED, groups=GroupsChange(put=(JNIM, Group(id="Ansaru")))),
        change(evidence("2017-10-31", id="1")),
        change(evidence("2017-12-01", id="2", country="NE")),
        change(evidence("2018-02-01", id="3", country="BE", group="A/B & <c>")),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_page() as opened:
        yield opened


async def get(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path if path.startswith("/") else f"/api/v1/{path}", params=params or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_group_is_listed_registered_or_seen(client: httpx.AsyncClient) -> None:
    rows = {row["group"]: row for row in (await get(client, "groups"))["groups"]}
    assert list(rows) == ["A/B & <c>", "Al-Qaida", "Ansaru", "JNIM"]
    assert {name: (row["countries"], row["episodes"]) for name, row in rows.items()} == {
        "A/B & <c>": (["BE"], 1), "Al-Qaida": (["ML", "NE"], 2), "Ansaru": ([], 0), "JNIM": (["ML", "NE"], 2),
    }  # fmt: skip
    assert (rows["JNIM"]["names"], rows["JNIM"]["parents"], rows["Al-Qaida"]["factions"]) == (
        ["GSIM"],
        ["Al-Qaida"],
        ["JNIM"],
    )
    assert (rows["JNIM"]["first_day"], rows["JNIM"]["last_day"], rows["Ansaru"]["first_day"]) == (
        "2017-10-31",
        "2017-12-01",
        None,
    )


async def test_groups_come_in_pages_and_by_filter(client: httpx.AsyncClient) -> None:
    found, following = [], "/api/v1/groups?limit=1"
    while following:
        page = await get(client, following)
        found += [row["group"] for row in page["groups"]]
        following = page["next"]
    assert found == ["A/B & <c>", "Al-Qaida", "Ansaru", "JNIM"]
    assert [row["group"] for row in (await get(client, "groups", filter="in:Europe"))["groups"]] == ["A/B & <c>"]


@each_row("name", ["JNIM", "gsim", "  G\u200bSIM"])
async def test_a_group_is_found_by_any_of_its_names(name: str) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    add_evidence(
        app.state.services.queries.history, EvidenceChange(arrived=REGISTERED, groups=GroupsChange(put=(JNIM,)))
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as opened:
        assert (await get(opened, f"groups/{name}"))["group"] == "JNIM"


async def test_a_group_has_sources_affiliations_and_its_spread(client: httpx.AsyncClient) -> None:
    group = await get(client, "groups/GSIM")
    assert group["aliases"] == [{"name": "GSIM", "source": "UN"}]
    assert group["affiliations"] == [{"group": "Al-Qaida", "since": "2017-03-01", "until": None, "source": "pledge"}]
    assert [(row["country"], row["first_day"]) for row in group["spread"]] == [
        ("ML", "2017-10-31"),
        ("NE", "2017-12-01"),
    ]
    assert (await get(client, "groups/Al-Qaida"))["members"] == [
        {"group": "JNIM", "since": "2017-03-01", "until": None, "source": "pledge"}
    ]
    assert (await get(client, "groups/JNIM", known_by="2017-11-05"))["countries"] == ["ML"]
    assert (await get(client, "groups/JNIM", known_by="2016-01-01"))["episodes"] == 0


async def test_every_link_of_a_row_leads_somewhere(client: httpx.AsyncClient) -> None:
    rows = (await get(client, "groups"))["groups"] + (await get(client, "alerts"))["alerts"]
    for link in {link for row in rows for link in row["links"].values()}:
        assert (await client.get(link, follow_redirects=True)).status_code == 200, link


async def test_an_unknown_group_is_a_problem_with_the_nearest_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/groups/JNIN")
    assert (answer.status_code, answer.json()["errors"][0]["nearest"]) == (404, "JNIM")


async def test_the_timeline_counts_what_begins_by_month_or_year(client: httpx.AsyncClient) -> None:
    def shown(page: Any) -> list[tuple[str, int, list[str]]]:
        return [(row["first_day"], row["kinds"]["first_ever"], row["countries"]) for row in page["periods"]]

    months = [("2017-10-01", 1, ["ML"]), ("2017-12-01", 1, ["NE"])]
    assert shown(await get(client, "timeline", group="JNIM")) == months
    assert shown(await get(client, "timeline", filter="group:gsim", first="2017-11-01")) == months[1:]
    assert shown(await get(client, "timeline", group="JNIM", last="2017-11-30")) == months[:1]
    assert shown(await get(client, "timeline", filter="in:Sahel group:JNIM OR in:Europe", step="year")) == [
        ("2017-01-01", 2, ["ML", "NE"]), ("2018-01-01", 1, ["BE"]),
    ]  # fmt: skip


async def test_changes_since_an_instant_are_alerts_episodes_evidence_and_groups(client: httpx.AsyncClient) -> None:
    page = await get(client, "changes", since="2016-01-01T00:00Z", until="2020-01-01T00:00Z")
    assert [event["alert_id"] for event in page["alerts"]] == ["a", "b"]
    assert [(row["what"], row["headline"], row["links"]["page"]) for row in page["changed"]] == [
        ("new", "JNIM appeared in Mali for the first time", "/alert/a"),
        ("new", "JNIM appeared in Niger for the first time", "/alert/b"),
    ]
    assert [(row["group"], row["country_name"]) for row in page["episodes"]] == [
        ("Al-Qaida", "Mali"), ("JNIM", "Mali"), ("Al-Qaida", "Niger"), ("JNIM", "Niger"), ("A/B & <c>", "Belgium"),
    ]  # fmt: skip
    assert (page["reported"], page["corrected"], page["withdrawn"], page["next"]) == (3, 0, 0, None)
    assert [row["groups"] for row in page["groups"]] == [["JNIM", "Ansaru"]]
    assert (page["since"], page["until"]) == ("2016-01-01T00:00:00Z", "2020-01-01T00:00:00Z")
    backwards = await client.get("/api/v1/changes?since=2020-01-01T00:00Z&until=2016-01-01T00:00Z")
    assert (backwards.status_code, backwards.json()["errors"][0]["parameter"]) == (400, "until")


async def test_a_filter_narrows_the_alerts_of_the_changes(client: httpx.AsyncClient) -> None:
    page = await get(client, "changes", since="2016-01-01T00:00Z", filter="country:Niger group:Nobody OR country:Niger")
    assert [event["alert_id"] for event in page["alerts"]] == ["b"]
    assert [row["alert_id"] for row in page["changed"]] == ["b"]
    assert (page["reported"], [note["value"] for note in page["warnings"]]) == (3, ["Nobody"])
    wrong = await client.get("/api/v1/changes?since=2016-01-01T00:00Z&filter=in:Sahl")
    assert (wrong.status_code, wrong.json()["errors"][0]["nearest"]) == (400, "in:Sahel")


@each_row(
    ("schema", "path"),
    [
        ("http-groups", "groups"),
        ("http-group", "groups/JNIM"),
        ("http-timeline", "timeline"),
        ("http-changes", "changes?since=2016-01-01T00:00Z"),
        ("http-changes", "changes?since=2016-01-01T00:00Z&expand=evidence"),
    ],
)
async def test_an_answer_follows_its_schema(schema: str, path: str) -> None:
    async with open_page() as opened:
        answer = await get(opened, f"/api/v1/{path}")
    assert [f"{error.instance_path}: {error.message}" for error in validator(schema).iter_errors(answer)] == []


async def test_changes_come_in_pages_that_add_up(client: httpx.AsyncClient) -> None:
    found, reported, following = [], 0, "/api/v1/changes?since=2016-01-01T00:00Z&until=2020-01-01T00:00Z&limit=1"
    while following:
        page = await get(client, following)
        found += [event["alert_id"] for event in page["alerts"]]
        reported += page["reported"]
        following = page["next"]
    assert (found, reported) == (["a", "b"], 3)

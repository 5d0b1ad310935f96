"""Sightings over HTTP: found by day, group and place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from streams.io.kafka_config import KafkaConfig
from tests.support.builders import evidence
from tests.support.pages import add_sightings
from tests.support.tables import each_row
from tests.unit.web.sample_alerts import PLACED
from web.app import build_web


async def count(client: httpx.AsyncClient, **params: Any) -> int:
    return len((await client.get("/api/v1/sightings", params=params)).json()["sightings"])


async def test_sightings_are_found_by_day_group_and_place(client: httpx.AsyncClient) -> None:
    day = PLACED.first_day
    assert await count(client) == 1
    assert await count(client, first=day, last=day, group="JNIM", country="ML", region="Western Africa") == 1
    assert await count(client, region="Africa") == 1
    for params in (
        {"first": day + timedelta(1)}, {"last": day - timedelta(1)},
        {"group": "IS"}, {"country": "NE"}, {"region": "Polynesia"},
    ):  # fmt: skip
        assert await count(client, **params) == 0


@each_row(("name", "found"), [("jnim\u200b", 1), ("\uff2aNIM", 1), ("JNI", 0)])
async def test_sightings_of_a_group_are_found_by_any_spelling_of_its_name(
    client: httpx.AsyncClient, name: str, found: int
) -> None:
    assert await count(client, group=name) == found


async def test_pages_of_sightings_follow_one_another_in_every_format() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    days = ("2017-10-01", "2017-10-02", "2017-10-02", "2017-10-02", "2017-10-03")
    add_sightings(
        app, *(evidence(day, id=f"{number}/é |x", latitude=1.0, longitude=2.0) for number, day in enumerate(days))
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        whole = [row["id"] for row in (await client.get("/api/v1/sightings")).json()["sightings"]]
        assert len(whole) == 5
        for path in ("sightings", "sightings.csv", "sightings.geojson"):
            found, following = [], f"/api/v1/{path}?limit=2"
            while following:
                answer = await client.get(following)
                found.append(answer)
                following = answer.links["next"]["url"] if "next" in answer.links else ""
            assert len(found) == 3
            if path == "sightings":
                assert [row["id"] for page in found for row in page.json()["sightings"]] == whole
                assert [bool(page.json()["next"]) for page in found] == [True, True, False]

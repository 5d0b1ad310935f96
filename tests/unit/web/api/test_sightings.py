"""Sightings over HTTP: found by day, group and place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from tests.support.tables import each_row
from tests.unit.web.sample_alerts import PLACED


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

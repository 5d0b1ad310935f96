"""Alerts and sightings as GeoJSON."""

from __future__ import annotations

import httpx

from tests.support.builders import ARRIVED


async def test_an_alert_is_at_its_reported_positions_or_in_the_middle_of_its_country(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/v1/alerts", params={"format": "geojson", "as_of": str(ARRIVED.date())})
    assert answer.headers["content-type"] == "application/geo+json"
    features = {feature["id"]: feature for feature in answer.json()["features"]}
    assert features["a"]["geometry"] == {"type": "MultiPoint", "coordinates": [[-4.2, 14.5]]}
    assert [features[alert_id]["properties"]["precision"] for alert_id in "ab"] == ["reported", "country"]
    [[longitude, latitude]] = features["b"]["geometry"]["coordinates"]
    assert 2 < longitude < 7
    assert 49 < latitude < 52


async def test_a_sighting_is_at_its_position(client: httpx.AsyncClient) -> None:
    features = (await client.get("/api/v1/sightings.geojson")).json()["features"]
    assert [feature["geometry"]["coordinates"] for feature in features] == [[-4.2, 14.5]]

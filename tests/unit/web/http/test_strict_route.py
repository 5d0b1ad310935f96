"""An unknown parameter is refused with the nearest name: an answer without it would show more than was asked for."""

from __future__ import annotations

import httpx

from streams.io.kafka_config import KafkaConfig
from tests.support.tables import each_row
from web.app import build_web


@each_row(
    ("path", "parameter", "nearest"),
    [
        ("/api/v1/alerts?filtr=in:Sahel", "filtr", "filter"),
        ("/api/v1/alerts.atom?filters=x", "filters", "filter"),
        ("/api/v1/events?form=beginning", "form", "from"),
        ("/api/v1/presence?known-by=2017-11-24", "known-by", "known_by"),
        ("/api/v1/sightings?Country=Mali", "Country", "country"),
        ("/api/v1/map-state?as_of=2017-11-24&day=3", "day", "days"),
        ("/api/v1/countries/ML?groop=x", "groop", "group"),
        ("/api/v1/alerts/a?filter=x", "filter", None),
        ("/api/v1/regions?zzz=1", "zzz", None),
    ],
)
async def test_an_unknown_parameter_is_a_problem(path: str, parameter: str, nearest: str | None) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown-parameter")
    [error] = answer.json()["errors"]
    assert (error["parameter"], error.get("nearest")) == (parameter, nearest)


@each_row(
    ("path", "parameter"),
    [
        ("/api/v1/alerts?limit=1&limit=2", "limit"),
        ("/api/v1/alerts.csv?filter=a&filter=kind:all", "filter"),
        ("/api/v1/sightings?country=ML&country=NE", "country"),
        ("/api/v1/presence?group=a&group=a", "group"),
        ("/api/v1/alerts?status=confirmed&status=candidate&without=returns&without=candidates", None),
    ],
)
async def test_a_repeated_parameter_is_a_problem_unless_all_of_its_values_count(
    path: str, parameter: str | None
) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answer = await client.get(path)
    assert answer.status_code == (400 if parameter else 200)
    if parameter:
        assert answer.json()["type"] == "/problems/invalid-parameter"
        assert answer.json()["detail"].startswith(f"{parameter}: it is given more than once")

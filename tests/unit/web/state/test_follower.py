"""Unreadable records on the topics are skipped; the page shows everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from faust_batches.step import Incoming
from schemas.group import Group
from schemas.heartbeat import Heartbeat
from schemas.topics import AFFILIATIONS, ALERTS, EPISODES, HEARTBEATS, PRESENCE, SEEN, Topic
from streams.io.kafka_config import KafkaConfig
from tests.support.builders import alert_event, evidence
from tests.unit.web.state.test_presence import EPISODE, row
from web.app import build_web
from web.state.follower import RecordApplier
from web.state.sightings import SightingQuery

AT = datetime(2026, 1, 1, tzinfo=UTC)
BEAT = Heartbeat(partition=0, beat_at=AT, next_offset=1)
ALERT, PLACE = alert_event("a", arrived=datetime(2026, 5, 4, 9, 30, tzinfo=UTC)), row("ISWAP", "BJ")
KEYS = {
    ALERTS: b"a", PRESENCE: b"iswap|BJ", EPISODES: b"iswap\0BJ\0002017-10-01",
    SEEN: b"iswap\0BJ\0002026-05-03\0a\0wire\x001", AFFILIATIONS: b"ISWAP", HEARTBEATS: b"0",
}  # fmt: skip
GOOD: dict[Topic, Any] = {
    ALERTS: ALERT, PRESENCE: PLACE, EPISODES: EPISODE, SEEN: evidence(), AFFILIATIONS: Group(id="ISWAP"),
    HEARTBEATS: BEAT,
}  # fmt: skip

JUNK: list[tuple[Topic, bytes | None, bytes | None]] = [
    *[
        (topic, KEYS[topic], value)
        for topic in KEYS
        for value in (b"", b"not json", b"\xff", b"[]", b"{}", b"null", b'"x"')
    ],
    (ALERTS, KEYS[ALERTS], ALERT.to_bytes().replace(b'"first_ever"', b'"drone"')),
    (EPISODES, KEYS[EPISODES], EPISODE.to_bytes().replace(b"{", b'{"kind":"drone",', 1)),
    (ALERTS, KEYS[ALERTS], None),
    (ALERTS, KEYS[ALERTS], ALERT.to_bytes().replace(b"2026-05-04T09:30:00Z", b"0001-01-01T00:00:00+05:00")),
    (HEARTBEATS, KEYS[HEARTBEATS], None),
    *[
        (topic, key, GOOD[topic].to_bytes())
        for topic, keys in {
            PRESENCE: (None, b"", b"no bar", b"\xff|BJ"),
            EPISODES: (None, b"", b"iswap|BJ", b"iswap\0BJ", b"\xff\0BJ\0002017-10-01"),
            SEEN: (None, b"", b"x", b"x\0y", b"a\0b\0002026-99-99\0a\0s\0i", b"\xff\0BJ\0002026-05-03\0a\0s\0i"),
        }.items()
        for key in keys
    ],
    *[(SEEN, key, None) for key in (b"x", b"\xff\0BJ\0002026-05-03\0a\0s\0i", None)],
]


@pytest.mark.parametrize(("topic", "key", "value"), JUNK)
async def test_an_unreadable_record_is_skipped_and_every_route_still_answers(
    topic: Topic, key: bytes | None, value: bytes | None
) -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    skipped: list[int] = []
    applier = RecordApplier("test", app.state.services.page, lambda record, _: skipped.append(record.offset))
    for offset, good in enumerate(GOOD):
        applier.apply(record(good, KEYS[good], GOOD[good].to_bytes(), offset))
    applier.apply(record(topic, key, value, 90))
    applier.caught_up()
    applier.apply(record(topic, key, value, 91))
    applier.apply(record(ALERTS, b"b", alert_event("b").to_bytes(), 92))

    assert skipped == [90, 91]
    views = app.state.services.page
    assert [event.alert_id for event in map(views.alerts.events, ("a", "b")) for event in event] == ["a", "b"]
    assert views.heartbeats == {"presence/0": BEAT}
    assert [sighting.key for sighting in views.sightings.select(SightingQuery(), 10)] == [evidence().key]
    answers = await get_all(app)
    assert all(status == 200 for status, _ in answers.values()), answers
    assert len(answers["/api/v1/presence"][1]["episodes"]) == 1
    assert len(answers["/api/v1/alerts"][1]["alerts"]) == 2


async def test_an_unknown_country_is_shown_by_its_code() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    applier = RecordApplier("test", app.state.services.page, lambda *_: None)
    for topic, value in {
        ALERTS: alert_event("z", country="ZZ"), PRESENCE: row("ISWAP", "ZZ", "Nowhere"), EPISODES: EPISODE,
        SEEN: evidence().replace(country="ZZ"),
    }.items():  # fmt: skip
        applier.apply(record(topic, KEYS[topic].replace(b"BJ", b"ZZ"), value.to_bytes(), 0))
    applier.caught_up()
    answers = await get_all(app)
    assert all(status == 200 for status, _ in answers.values()), answers
    assert answers["/api/v1/alerts"][1]["alerts"][0]["country_name"] == "ZZ"


def record(topic: Topic, key: bytes | None, value: bytes | None, offset: int) -> Incoming:
    return Incoming(topic.full_name("test"), 0, offset, AT, key, value)


async def get_all(app: Any) -> dict[str, tuple[int, Any]]:
    paths = [
        "/api/v1/alerts", "/api/v1/presence", "/api/v1/sightings", "/api/v1/regions", "/api/v1/countries/BJ",
        "/api/v1/alerts?format=csv", "/api/v1/alerts?format=geojson", "/api/v1/alerts?format=stix", "/api/v1/alerts.atom",
        "/api/v1/sightings?format=csv", "/api/v1/sightings?format=geojson",
    ]  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        answers = [await client.get(path) for path in paths]
    return {
        path: (answer.status_code, answer.json() if "json" in answer.headers["content-type"] else None)
        for path, answer in zip(paths, answers, strict=True)
    }

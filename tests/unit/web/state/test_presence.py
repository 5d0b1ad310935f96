"""The episodes of groups, as the map gets them."""

from __future__ import annotations

import gzip
import json
from datetime import date
from typing import Any

import httpx

from schemas.names import comparable
from schemas.presence import Episode, Presence, SightingRef
from streams.io.kafka_config import KafkaConfig
from streams.presence.rows import presence_key
from web.app import build_web
from web.state.presence import PresenceView

EPISODE = Episode(
    kind="first_ever", first_day=date(2017, 10, 1), last_day=date(2017, 10, 3),
    trigger=SightingRef(source="wire", id="1"),
)  # fmt: skip


def put(view: PresenceView, group: str, country: str, region: str = "Western Africa") -> None:
    """Put a group into a country, with one episode."""
    view.put(presence_key(group, country), row(group, country, region))
    view.put_episode(f"{comparable(group)}\0{country}\0{EPISODE.first_day}", EPISODE)


def row(group: str, country: str, region: str = "Western Africa") -> Presence:
    return Presence(group=group, country=country, region=region, first_day=EPISODE.first_day)


def filled() -> PresenceView:
    view = PresenceView()
    put(view, "JNIM", "ML")
    put(view, "IS", "BE", "Western Europe")
    return view


def episodes(view: PresenceView, **query: Any) -> list[str]:
    rows = json.loads(view.episodes_response(**query).body)["episodes"]
    return [f"{row['group']} {row['country_name']}" for row in rows]


def test_an_episode_has_its_days_and_the_name_of_its_country() -> None:
    [episode] = json.loads(filled().episodes_response(group="JNIM").body)["episodes"]
    assert episode == {
        "group": "JNIM", "country": "ML", "country_name": "Mali", "region": "Western Africa", "kind": "first_ever",
        "first_day": "2017-10-01", "last_day": "2017-10-03", "begins_by": "2017-10-01", "ends_from": "2017-10-03",
    }  # fmt: skip


def test_filters_combine_and_a_removed_row_disappears() -> None:
    view = filled()
    assert episodes(view) == ["IS Belgium", "JNIM Mali"]
    assert episodes(view, region="Western Africa") == ["JNIM Mali"]
    assert episodes(view, region="Sub-Saharan Africa") == ["JNIM Mali"]
    assert episodes(view, group="IS", country="ML") == []
    before = view.episodes_response().tag
    view.put_episode(f"is\0BE\0{EPISODE.first_day}", None)
    view.put("is|BE", None)
    assert episodes(view) == ["JNIM Mali"]
    assert view.episodes_response().tag != before


def test_spellings_of_a_group_are_one_group() -> None:
    view = PresenceView()
    put(view, "Al-Shabaab", "ML")
    put(view, "al\u2011shab\u0101ab", "BE", "Western Europe")
    assert len({text.split(" ")[0] for text in episodes(view)}) == 1
    assert len(episodes(view, group="AL SHABAAB\u200b")) == 2
    assert {region["groups"] for region in view.regions("AL SHABAAB")} == {0, 1}


async def test_the_response_is_compressed_and_not_sent_twice() -> None:
    app = build_web(KafkaConfig("127.0.0.1:9"), "test")
    for number in range(20):
        put(app.state.services.page.presence, f"JNIM {number}", "ML")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        first = await client.get("/api/v1/presence", headers={"Accept-Encoding": "gzip"})
        again = await client.get("/api/v1/presence", headers={"If-None-Match": first.headers["etag"]})
        plain = await client.get("/api/v1/presence", headers={"Accept-Encoding": "identity"})
        outlines = await client.get("/page/outlines.json", headers={"Accept-Encoding": "gzip"})
    assert (first.headers["content-encoding"], again.status_code, again.content) == ("gzip", 304, b"")
    assert first.json() == plain.json()
    assert outlines.json()["names"]["ML"] == "Mali"
    assert len(gzip.compress(outlines.content)) < 300_000


def test_pages_follow_one_another_and_a_day_cuts_episodes() -> None:
    view = filled()
    put(view, "IS", "FR", "Western Europe")
    first = json.loads(view.episodes_response(limit=2).body)
    rest = json.loads(view.episodes_response(limit=2, after=first["next_after"]).body)
    assert [len(first["episodes"]), len(rest["episodes"]), rest["next_after"]] == [2, 1, None]
    [cut] = json.loads(view.episodes_response(group="JNIM", as_of=date(2017, 10, 2)).body)["episodes"]
    assert cut["last_day"] == "2017-10-02"
    assert episodes(view, as_of=date(2017, 9, 30)) == []


def test_a_region_counts_its_groups_and_episodes() -> None:
    regions = {region["region"]: region for region in filled().regions()}
    assert (regions["Western Africa"]["groups"], regions["Western Africa"]["episodes"]) == (1, 1)
    assert "ML" in regions["Western Africa"]["countries"]
    assert regions["Polynesia"]["groups"] == 0
    before = {region["region"]: region for region in filled().regions(as_of=date(2017, 9, 1))}
    assert before["Western Africa"]["episodes"] == 0
    other = {region["region"]: region for region in filled().regions(group="IS")}
    assert (other["Western Africa"]["groups"], other["Western Europe"]["groups"]) == (0, 1)

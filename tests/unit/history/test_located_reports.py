"""What conditions on provinces, areas and circles select of what is on record: the episodes with a report there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from history import located_reports
from history.episode_selection import EpisodeQuery
from history.episodes import episodes, timeline
from history.located_reports import boxes
from history.map_state import MapQuery, map_state
from places.areas import packaged
from schemas.evidence import Evidence, EvidenceChange
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.dispatch.matching import Located, sighting_meets
from streams.dispatch.on_record_filter import PlaceFilter, place_filter
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled
from tests.support.tables import each_row

AREAS = packaged()
GAO: dict[str, Any] = {"admin1": "Gao", "latitude": 16.27, "longitude": -0.04}
KAYES: dict[str, Any] = {"admin1": "Kayes", "latitude": 14.45, "longitude": -11.44}
DAY = date(2017, 11, 24)
LONG_EPISODE = (
    evidence("2017-09-01", id="1", **KAYES),
    evidence("2017-09-25", id="2", **KAYES),
    evidence("2017-10-10", id="3", **GAO),
    evidence("2017-10-12", id="4", **GAO),
    evidence("2017-11-01", id="5", **KAYES),
)


def selection(text: str) -> PlaceFilter:
    parsed = parse_filter(text, AREAS)
    assert isinstance(parsed, ParsedFilter), parsed
    return place_filter(parsed.subscription, AREAS)


def presence(seen: Iterable[Evidence], text: str, **query: Any) -> list[tuple[str, bool, list[list[str]]]]:
    found = episodes(filled(map(change, seen), Policy()), EpisodeQuery(filter=selection(text), **query))
    return [(row["first_day"], row["begins_there"], row["days_there"]) for row in found]


def on_map(seen: Iterable[Evidence], text: str, day: date = DAY, days: int = 30, **query: Any) -> list[tuple[str, str]]:
    """Return category and country of each row as known now; as known then it is the same."""
    asked = MapQuery(day, days=days, filter=selection(text), **query)
    found = map_state(filled(map(change, seen), Policy()), asked, Policy())
    assert (found.then, found.differences) == (found.now, ())
    return [(row.category, row.country) for row in found.now]


def test_an_episode_has_the_days_of_its_reports_there() -> None:
    days = [["2017-10-10", "2017-10-10"], ["2017-10-12", "2017-10-12"]]
    assert presence(LONG_EPISODE, "province:Gao") == [("2017-09-01", False, days)]
    assert presence(LONG_EPISODE, "near:16.3,0,20km") == [("2017-09-01", False, days)]
    assert presence(LONG_EPISODE, "province:Gao", as_of=date(2017, 10, 11)) == [("2017-09-01", False, days[:1])]
    assert presence(LONG_EPISODE, "province:Gao", as_of=date(2017, 10, 9)) == []
    assert presence(LONG_EPISODE, "near:12.6,-8,20km") == []
    touching = [evidence("2017-10-01/2017-10-04", id="1", **GAO), evidence("2017-10-05", id="2", **GAO)]
    assert presence(touching, "province:Gao") == [("2017-10-01", True, [["2017-10-01", "2017-10-05"]])]


def test_news_there_is_what_begins_there() -> None:
    connection = filled(map(change, LONG_EPISODE), Policy())
    for text, begins in (("province:Kayes", ["2017-09-01"]), ("province:Gao", [])):
        query = EpisodeQuery(filter=selection(text))
        assert [str(period.first_day) for period in timeline(connection, query, "month")] == begins
    assert presence(LONG_EPISODE, "province:Gao kind:first") == []
    assert presence(LONG_EPISODE, "province:Gao kind:first OR province:Kayes kind:first")[0][1]
    late = Policy().window_days + 10
    assert presence(LONG_EPISODE, "province:Gao kind:first", window_days=late)[0][1]


@each_row(
    ("text", "day", "days", "category"),
    [
        ("province:Kayes", date(2017, 9, 20), 30, "new"),
        ("province:Gao", date(2017, 9, 20), 30, None),  # no report there until then
        ("province:Gao", date(2017, 10, 20), 30, "active"),
        ("province:Gao", date(2017, 10, 20), 365, "active"),  # it began elsewhere
        ("province:Gao", DAY, 30, "seen before"),  # elsewhere it is active
        ("province:Kayes", DAY, 30, "active"),
        ("province:Kayes kind:first", DAY, 365, "new"),
        ("province:Gao kind:first", DAY, 365, None),
        ("province:Gao kind:first OR country:ML kind:first", DAY, 365, "new"),
        ("province:Gao OR country:ML", DAY, 30, "active"),
    ],
)
def test_a_map_shows_when_the_group_was_seen_there(text: str, day: date, days: int, category: str | None) -> None:
    arrived = [seen.replace(arrived=seen.arrived) for seen in LONG_EPISODE if seen.first_day <= day]
    assert on_map(arrived, text, day, days) == ([(category, "ML")] if category else [])


def test_a_report_that_does_not_qualify_counts_for_a_candidate_only() -> None:
    weak = evidence("2017-11-10", id="1", grade="E5", origin="afp", **GAO)
    firm = evidence("2017-11-01", id="2", **KAYES)
    assert on_map([weak, firm], "province:Gao") == []
    assert on_map([weak], "province:Gao", candidates=True) == [("candidate", "ML")]
    assert on_map([weak], "province:Kayes", candidates=True) == []
    corroborating = evidence("2017-11-12", id="3", grade="E5", origin="reuters", **KAYES)
    assert on_map([weak, firm, corroborating], "province:Gao") == [("new", "ML")]


def test_a_report_counts_for_the_time_at_which_it_was_known() -> None:
    before = evidence("2017-11-10", **KAYES)
    after = before.replace(revision=2, arrived=evidence("2017-12-01").arrived, **GAO)
    changes = [change(before), EvidenceChange(arrived=after.arrived, add=after, remove=before)]
    for text, then, now in (("province:Gao", 0, 1), ("province:Kayes", 1, 0)):
        found = map_state(filled(changes, Policy()), MapQuery(DAY, filter=selection(text)), Policy())
        assert (len(found.then), len(found.now), len(found.differences)) == (then, now, 1)


def test_a_question_reads_no_more_reports_than_it_can_answer_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located_reports, "MAX_REPORTS", 2)
    assert len(presence(LONG_EPISODE, "province:Gao")) == 1
    with pytest.raises(located_reports.TooManyReportsError):
        presence(LONG_EPISODE, "province:Kayes")


@each_row(
    ("text", "latitude", "longitude"),
    [
        ("near:16.27,-0.04,100km", 17.169, -0.04),
        ("near:16.27,-0.04,100km", 16.27, 0.896),
        ("near:60,0,2000km", 65.58, 38.1),
        ("near:0,179.9,50km", 0.0, -179.9),
        ("near:0,180,50km", 0.0, -180.0),
        ("near:89.9,0,50km", 89.9, 180.0),
        ("near:10,10,20000km", -10.0, -175.0),
    ],
)
def test_the_boxes_of_a_filter_hold_all_points_that_meet_it(text: str, latitude: float, longitude: float) -> None:
    [clause] = selection(text).clauses
    assert clause.places is not None
    assert sighting_meets(clause.places, Located("ML", None, latitude, longitude), AREAS)
    found = boxes(clause.places, AREAS) or []
    assert any(south <= latitude <= north and west <= longitude <= east for south, west, north, east in found)

"""The bundled demo data keep their promises."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic_core import from_json, to_json

from schemas.group import Group
from schemas.origins import named_origin
from schemas.sighting import Sighting

DEMO = Path(__file__).resolve().parents[4] / "firstseen" / "demo"


def demo_lines() -> list[bytes]:
    return (DEMO / "sightings.jsonl").read_bytes().splitlines()


def test_every_line_of_the_demo_is_a_valid_sighting_and_the_last_day_is_that_of_the_article() -> None:
    sightings = [Sighting.from_bytes(line) for line in demo_lines()]

    assert len(sightings) == 1973
    assert len({sighting.key for sighting in sightings}) == 1973
    assert max(f"{sighting.reported:%Y-%m-%d}" for sighting in sightings) == "2017-11-24"


def test_the_article_comes_last_under_a_source_of_its_own_and_a_grade_of_ours() -> None:
    sightings = [Sighting.from_bytes(line) for line in demo_lines()]

    assert {(sighting.source, sighting.grade) for sighting in sightings[:-34]} == {("ucdp", "B2")}
    assert {(sighting.source, sighting.grade) for sighting in sightings[-34:]} == {("news-2017-11-24", "C3")}


def test_the_lines_of_the_demo_are_compact_and_hold_no_null() -> None:
    for line in demo_lines():
        fields = from_json(line)
        assert to_json(fields) == line
        assert None not in fields.values()


def test_the_demo_knows_ucdps_name_of_the_group_and_no_faction_is_an_alias() -> None:
    groups = [Group.model_validate(entry) for entry in yaml.safe_load((DEMO / "groups.yaml").read_text("utf-8"))]

    (islamic_state,) = [group for group in groups if group.id == "Islamic State"]
    names = {alias.name for alias in islamic_state.names}
    assert {"IS", "ISIS", "ISIL", "Daesh"} <= names
    assert {"Wilayat Sinai", "Maute group", "Islamic State in Central Africa"}.isdisjoint(names)


def test_no_origin_is_the_name_of_a_file_and_reports_of_the_events_stay_independent() -> None:
    sightings = [Sighting.from_bytes(line) for line in demo_lines()]

    origins = [sighting.origin or "" for sighting in sightings]
    assert not [origin for origin in origins if ".jsonl" in origin or "_" in origin]
    assert len({named_origin(origin) for origin in origins[:-34]}) == 1939
    assert set(origins[-34:]) == {"news article of 24 Nov 2017"}


def test_titles_begin_like_sentences() -> None:
    titles = [Sighting.from_bytes(line).title or "" for line in demo_lines()]

    assert not [title for title in titles if not title[:1].isupper() or " vs " in title or "; deaths" in title]

"""The sightings that a query finds: each once, for the group that was seen and the groups that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from history.database import History, instant_text
from history.load import Loader
from history.sightings import SightingQuery, sightings
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def history() -> Iterator[History]:
    opened = History(None, {})
    yield opened
    opened.close()


def load(history: History, *changes: EvidenceChange) -> None:
    with history.writing() as connection:
        Loader(Policy(), lambda *_: None).evidence(connection, changes)


def register(history: History, at: datetime, *put: Group, remove: tuple[str, ...] = ()) -> None:
    load(history, EvidenceChange(arrived=at, groups=GroupsChange(put=put, remove=remove)))


def found(history: History, limit: int = 10, **query: Any) -> list[str]:
    return [seen.id for seen in history.ask(lambda asked: sightings(asked, SightingQuery(**query), limit))]


def test_a_sighting_has_every_field_as_it_was_written(history: History) -> None:
    full = evidence(
        "2017-10", id="full", origin="AFP", title="t", url="u", latitude=1.5, longitude=-2.5, admin1="a", place="p",
        doubt="d", archival=True, kind="attack", grade=None, arrived=datetime(2017, 12, 1, 9, 30, 1, 500, tzinfo=UTC),
    )  # fmt: skip
    bare = evidence("2017-10-31", id="bare", ends_from=None)
    load(history, change(full), change(bare))
    assert history.ask(lambda asked: sightings(asked, SightingQuery(), 10)) == [bare, full]


def test_the_latest_come_first_and_a_removed_one_disappears(history: History) -> None:
    first, second, third = evidence("2017-10-01", id="b"), evidence("2017-10-02"), evidence("2017-10-01", id="a")
    load(history, change(first), change(second), change(third))
    assert found(history) == [second.id, "a", "b"]
    assert found(history, 2) == [second.id, "a"]
    load(history, change(remove=first, arrived=AT))
    assert found(history) == [second.id, "a"]
    assert found(history, known_at=instant_text(AT)) == [second.id, "a", "b"]
    assert found(history, known_at=instant_text(AT + timedelta(seconds=1))) == [second.id, "a"]


def test_days_countries_and_regions_select(history: History) -> None:
    mali, niger, kenya = (
        evidence(f"2017-10-0{day}", id=country, country=country) for day, country in ((1, "ML"), (2, "NE"), (3, "KE"))
    )
    load(history, change(mali), change(niger), change(kenya))
    assert found(history, region="Western Africa") == ["NE", "ML"]
    assert found(history, region="Sub-Saharan Africa", last=date(2017, 10, 2)) == ["NE", "ML"]
    assert found(history, region="Western Africa", country="KE") == []
    assert found(history, country="KE", first=date(2017, 10, 3)) == ["KE"]
    assert found(history, group="JNIM", region="Western Africa", first=date(2017, 10, 2)) == ["NE"]
    assert found(history, region="Nowhere") == []


def test_a_sighting_counts_for_its_group_and_for_the_groups_that_it_belonged_to_that_day(history: History) -> None:
    before, after = evidence("2017-01-01", id="1", group="Ansar"), evidence("2017-10-01", id="2", group="Ansar")
    load(history, change(before), change(after), change(evidence("2017-10-05", id="3", group="JNIM")))
    assert found(history, group="JNIM") == ["3"]
    register(history, AT, Group(id="Ansar", affiliations=[{"parent": "JNIM", "since": "2017-03-01"}]))
    assert found(history, group="jnim") == ["3", "2"]
    assert found(history, group="Ansar") == ["2", "1"]
    assert found(history, group="JNIM", known_at=instant_text(AT)) == ["3"]
    register(history, AT + timedelta(1), remove=("Ansar",))
    assert found(history, group="JNIM") == ["3"]


def test_names_of_a_group_are_one_group(history: History) -> None:
    load(history, change(evidence(group="GSIM", id="1")), change(evidence("2017-10-30", group="JNIM", id="2")))
    register(history, AT, Group(id="JNIM", names=("GSIM",)))
    assert found(history, group="JNIM") == ["1", "2"]

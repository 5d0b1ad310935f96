"""Cuts are written in bounded steps, and a changed sighting puts back only its place."""

from __future__ import annotations

import sqlite3
from datetime import date

from history.known_groups import KnownGroups
from history.settled_cuts import is_settled, settle, settled_runs
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled

EARLY = [evidence(f"2015-0{month}-01", id=str(month)) for month in range(1, 9)]
LATE = evidence("2017-11-01", id="late")
ELSEWHERE = evidence("2016-05-05", id="niger", country="NE")


def settled(connection: sqlite3.Connection, sightings: int = 1_000) -> bool:
    return settle(connection, KnownGroups.load(connection), Policy(), sightings)


def days(connection: sqlite3.Connection, day: date) -> dict[str, list[str]]:
    found = settled_runs(connection, day, date.min.isoformat())
    return {country: [f"{run.first_day} {run.last_day}" for run in runs] for (_, country), runs in found.items()}


def test_a_step_is_bounded_and_the_next_continues() -> None:
    connection = filled(map(change, [*EARLY, LATE]), Policy())
    assert not is_settled(connection)
    assert settled(connection, 3)
    assert days(connection, date(2015, 2, 1)) == {"ML": ["2015-01-01 2015-01-01", "2015-02-01 2015-02-01"]}
    assert days(connection, date(2017, 11, 1)) == {}
    assert not settled(connection)
    assert is_settled(connection)
    assert days(connection, date(2017, 11, 1))["ML"][-1] == "2017-11-01 2017-11-01"


def test_a_changed_sighting_puts_its_place_back_to_its_day() -> None:
    connection = filled(map(change, [*EARLY, LATE, ELSEWHERE]), Policy())
    settled(connection)

    filled([change(evidence("2017-11-05", id="new"))], Policy(), connection)

    assert set(days(connection, date(2017, 11, 4))) == {"ML", "NE"}
    assert set(days(connection, date(2017, 11, 5))) == {"NE"}
    settled(connection)
    assert days(connection, date(2017, 11, 5))["ML"][-1] == "2017-11-01 2017-11-05"

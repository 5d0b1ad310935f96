"""The runs of a group in a country without the sightings that begin after a day."""

from __future__ import annotations

from datetime import date

from history.database import END_OF_TIME
from history.known_groups import KnownGroups
from history.map_runs import Cut, runs_up_to
from history.run_rows import RunsInFull
from streams.presence.policy import Policy
from tests.support.builders import change, evidence
from tests.support.read_model import filled


def test_vague_years_may_join_a_run_near_the_last_day_to_days_well_before() -> None:
    earlier = ("2015-06-18", "2015-07-12", "2015-08-05", "2015-08-29", "2015", "2016")
    later = ("2016-01-20", "2016-02-13", "2016-03-08", "2016-04-01", "2016-05-19")
    sightings = [evidence(occurred, id=str(number)) for number, occurred in enumerate((*earlier, *later))]
    connection = filled(map(change, sightings), Policy())

    full, cut = RunsInFull(connection), Cut(END_OF_TIME, date(2016, 5, 4))
    [found] = runs_up_to(connection, [cut], KnownGroups.load(connection), Policy(), full, date.min)

    [runs] = found.values()
    assert [(run.kind, run.first_day, run.last_day, run.previous_last_day) for run in map(full.of, runs)] == [
        ("first_ever", date(2015, 1, 1), date(2016, 1, 19), None),
        ("returned", date(2016, 1, 20), date(2016, 12, 31), date(2016, 1, 19)),
    ]

"""An alert begins once, counts its revisions without a gap, keeps group and country, and ends at most once.

No episode ever has two confirmed alerts, and whoever reads ``alerts`` knows of every alert what presence remembers.
"""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings

from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.presence import Presence
from schemas.topics import ALERTS, PRESENCE
from tests.property.histories import histories, run_presence
from tests.support.builders import Rows, read, tables_of


@given(histories(most=20))
@settings(max_examples=250)
def test_an_alert_begins_once_counts_up_keeps_its_subject_and_ends_once(changes: list[EvidenceChange]) -> None:
    lives: dict[str, list[AlertEvent]] = defaultdict(list)
    for event in read(run_presence(tables_of("presence"), changes), ALERTS):
        lives[event.alert_id].append(event)

    for life in lives.values():
        assert [event.revision for event in life] == list(range(1, len(life) + 1))
        assert [event.type == "initial" for event in life] == [True] + [False] * (len(life) - 1)
        assert all(event.type != "retraction" for event in life[:-1])
        assert len({(event.group, event.country, event.region) for event in life}) == 1


@given(histories(most=20))
@settings(max_examples=250)
def test_no_episode_has_two_confirmed_alerts_and_every_reader_knows_what_stands(changes: list[EvidenceChange]) -> None:
    tables = tables_of("presence")
    told: dict[str, AlertEvent] = {}
    for change in changes:
        for event in read(run_presence(tables, [change]), ALERTS):
            told[event.alert_id] = event
            if event.type == "retraction":
                del told[event.alert_id]
        assert_confirmed_once(tables)
        assert {key: (one.revision, one.status, one.kind, one.first_day) for key, one in told.items()} == {
            one.alert_id: (one.revision, one.status, one.kind, one.first_day)
            for row in tables[PRESENCE].values()
            for one in row.alerts
        }


def assert_confirmed_once(tables: Rows) -> None:
    rows: list[Presence] = list(tables[PRESENCE].values())
    for row in rows:
        episodes = {(one.first_day, one.last_day): one.kind for one in row.episodes}
        confirmed = [alert for alert in row.alerts if alert.status == "confirmed"]
        stand_for = [(alert.first_day, alert.last_day) for alert in confirmed]
        assert len(stand_for) == len(set(stand_for))
        assert [episodes[days] for days in stand_for] == [alert.kind for alert in confirmed]

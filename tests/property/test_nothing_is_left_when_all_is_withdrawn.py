"""When everything is withdrawn, presence and activity are empty and every alert has been retracted."""

from __future__ import annotations

from hypothesis import given

from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.topics import ALERTS
from tests.property.histories import histories, run_presence, what_counts
from tests.support.builders import read, tables_of


@given(histories())
def test_withdrawing_everything_leaves_nothing_and_no_alert_that_stands(changes: list[EvidenceChange]) -> None:
    tables = tables_of("presence")
    withdrawals = [EvidenceChange(arrived=one.arrived, remove=one) for one in what_counts(changes)]

    events: list[AlertEvent] = read(run_presence(tables, [*changes, *withdrawals]), ALERTS)

    assert tables == tables_of("presence")
    last_words = {event.alert_id: event for event in events}
    assert {(event.type, event.status) for event in last_words.values()} <= {("retraction", "retracted")}

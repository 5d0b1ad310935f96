"""After everything is withdrawn, only groups remain, and the last event of every alert is a retraction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.topics import AFFILIATIONS, ALERTS
from tests.property.histories import SCENES, Scene, current_evidence, current_groups, histories
from tests.property.outcomes import assert_tables_are_empty, run_presence
from tests.support.builders import read, tables_of


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_withdrawing_everything_leaves_no_rows_and_no_alerts(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    tables = tables_of("presence")
    withdrawals = [EvidenceChange(arrived=count.arrived, remove=count) for count in current_evidence(changes)]

    events: list[AlertEvent] = read(run_presence(tables, [*changes, *withdrawals]), ALERTS)

    assert_tables_are_empty(tables)
    assert tables[AFFILIATIONS] == {group.id: group for group in current_groups(changes)}
    last_events = {event.alert_id: event for event in events}
    assert {(event.type, event.status) for event in last_events.values()} <= {("retraction", "retracted")}

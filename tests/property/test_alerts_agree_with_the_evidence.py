"""Every current alert agrees with one episode, candidate or spread, and no two alerts with the same one.

An alert is superseded only for a reason, and an event contains the evidence of its time.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.alert_laws import (
    assert_alerts_match_appearances,
    assert_events_contain_their_evidence,
    assert_superseded_for_a_reason,
)
from tests.property.histories import SCENES, Scene, histories
from tests.property.recorder import recorded_changes


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_alerts_agree_with_the_complete_evidence(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    for recorded in recorded_changes(changes):
        assert_alerts_match_appearances(recorded)
        assert_superseded_for_a_reason(recorded)
        assert_events_contain_their_evidence(recorded)

"""Every current alert agrees with one episode, candidate or spread, and no two alerts with the same one.

An alert is superseded only for a reason, and an event contains the evidence of its time.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.alert_laws import (
    assert_alerts_say_what_is_so,
    assert_events_show_their_evidence,
    assert_superseded_for_a_reason,
)
from tests.property.histories import SCENES, Scene, histories
from tests.property.witness import moments


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_alerts_agree_with_the_complete_evidence(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    for moment in moments(changes):
        assert_alerts_say_what_is_so(moment)
        assert_superseded_for_a_reason(moment)
        assert_events_show_their_evidence(moment)

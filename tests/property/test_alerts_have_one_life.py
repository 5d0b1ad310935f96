"""An alert begins once, numbers its revisions without gaps, keeps its group, place and rule, and ends at most once.

Each event contains exactly the changes since the previous one, so that readers of ``alerts`` can reproduce the state of
presence. An announced alert never becomes a candidate again.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.histories import SCENES, Scene, histories
from tests.property.recorder import AlertReader, recorded_changes


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_alert_events_determine_the_alerts_that_presence_stores(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    reader = AlertReader()
    for recorded in recorded_changes(changes):
        for event in recorded.events:
            reader.read(event)
        reader.assert_knows(recorded.alerts)

"""An alert is raised or confirmed only for news, and all news has an alert."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.alert_laws import assert_all_news_raises_alerts, assert_only_news_raises_alerts
from tests.property.histories import SCENES, Scene, histories
from tests.property.recorder import recorded_changes


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_news_raises_alerts_and_history_does_not(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    for recorded in recorded_changes(changes):
        assert_only_news_raises_alerts(recorded)
        assert_all_news_raises_alerts(recorded)

"""After every change, the tables equal the tables that the reference model computes from all evidence and groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.histories import SCENES, Scene, histories
from tests.property.outcomes import assert_tables_match
from tests.property.recorder import Recorder


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_the_incremental_fold_equals_recomputation(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    recorder = Recorder()
    for change in changes:
        recorded = recorder.apply(change)
        assert_tables_match(recorder.tables, recorded.counts)

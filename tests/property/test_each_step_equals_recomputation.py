"""After every change the tables equal those that the reference model computes from all evidence and groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.histories import SCENES, Scene, histories
from tests.property.outcomes import assert_tables_tell
from tests.property.witness import Witness


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_the_incremental_fold_equals_recomputation(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    witness = Witness()
    for change in changes:
        moment = witness.tell(change)
        assert_tables_tell(witness.tables, moment.counts)

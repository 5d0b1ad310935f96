"""The onset in the row of an episode or a candidate equals the one that its sightings give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from schemas.names import comparable
from schemas.topics import PRESENCE
from streams.presence.onsets import onset_of
from streams.presence.rows import Rows, group_in
from tests.property.histories import SCENES, Scene, histories
from tests.property.outcomes import POLICY, run_presence
from tests.support.builders import tables_of


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_after_any_history_an_onset_is_what_its_sightings_give(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene, most=24))
    tables = tables_of("presence")

    for change in changes:
        run_presence(tables, [change])
        rows = Rows(tables, POLICY)
        for row in tables[PRESENCE].values():
            place = group_in(comparable(row.group), row.country, row.region)
            for confirmed in (True, False):
                for run in rows.runs(confirmed=confirmed).draft.rows():
                    known = rows.runs(confirmed=confirmed).get(place.prefix, run.first_day)
                    if known is run and run.onset is not None:
                        assert run.onset == onset_of(rows, place, run, confirmed=confirmed)

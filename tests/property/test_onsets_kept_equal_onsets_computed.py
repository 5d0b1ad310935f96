"""The onset in the row of an episode or a candidate equals the one that its sightings give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from schemas.topics import CANDIDATES, EPISODES, PRESENCE
from streams.presence.onsets import onset_of
from streams.presence.rows import Rows
from tests.property.histories import SCENES, Scene, batch_sizes, histories
from tests.property.outcomes import POLICY, run_presence
from tests.support.builders import tables_of


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_after_any_history_an_onset_is_what_its_sightings_give(scene: Scene, data: st.DataObject) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene, most=20))
    tables = tables_of("presence")

    run_presence(tables, changes, data.draw(batch_sizes))

    rows = Rows(tables, POLICY)
    regions = {key: row.region for key, row in tables[PRESENCE].items()}
    for confirmed, topic in ((True, EPISODES), (False, CANDIDATES)):
        for key, run in tables[topic].items():
            group, country, _ = key.split("\0")
            place = rows.place(group, country, regions[f"{group}|{country}"])
            computed = onset_of(place, run, confirmed=confirmed)
            assert run.onset in (None, computed, computed.replace(deciding=()))

"""The output and the tables do not depend on how a stream is split into batches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.histories import SCENES, Scene, batch_sizes, histories, versions
from tests.property.outcomes import run_intake, run_presence
from tests.support.builders import incoming, tables_of

broken = st.sampled_from([b"", b"{", b"[]", b"\xff", b'{"source": 1}'])


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data(), batch_sizes)
def test_the_output_of_presence_does_not_depend_on_batches(scene: Scene, data: st.DataObject, sizes: list[int]) -> None:
    changes: list[EvidenceChange] = data.draw(histories(scene))
    one_by_one, cut = tables_of("presence"), tables_of("presence")

    assert run_presence(one_by_one, changes, [1] * len(changes)) == run_presence(cut, changes, sizes)
    assert one_by_one == cut


@given(versions(), st.lists(broken, max_size=3), st.randoms(use_true_random=False), batch_sizes)
def test_the_output_of_intake_does_not_depend_on_batches(
    drawn: list[dict[str, Any]], junk: list[bytes], random: Any, sizes: list[int]
) -> None:
    values: list[Any] = [*drawn, *drawn[:3], *junk]
    random.shuffle(values)
    records = [incoming(value, offset=offset) for offset, value in enumerate(values)]
    one_by_one, cut = tables_of("intake"), tables_of("intake")

    assert run_intake(one_by_one, records, [1] * len(records)) == run_intake(cut, records, sizes)
    assert one_by_one == cut

"""An explanation from the read model equals one from a fold of the whole evidence log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.evidence_changes import revisions
from history.explain import Explanation, PlaceOnRecord, explain
from history.place_on_record import place_on_record, revisions_about
from schemas.names import comparable
from streams.presence.rows import presence_key
from tests.property.histories import SCENES, Scene, histories, spelled_alike
from tests.property.outcomes import POLICY
from tests.support.read_model import filled, in_order_of_each_subject, log_of, without_idle_removals


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_of_every_group_in_every_country(scene: Scene, data: st.DataObject) -> None:
    changes = without_idle_removals(spelled_alike(in_order_of_each_subject(data.draw(histories(scene)))))
    connection, log = filled(changes, POLICY), log_of(changes)
    history = log.history(POLICY)
    names = map(history.groups.form_of, ("isis", "iswap", "boko haram", "daesh", "aq"))
    asked = {(form, country) for form in names for country in scene.countries}

    for form, country in sorted(asked):
        row = history.presences.get(presence_key(form, country))
        from_fold = PlaceOnRecord(
            row.group if row else form,
            country,
            row,
            tuple(history.entries(row)) if row else (),
            history.groups,
            frozenset(comparable(other.group) for other in history.presences.values() if other.country == country),
        )
        place = place_on_record(connection, form, country, POLICY)
        found = explain(place, history.events, revisions_about(connection, place), POLICY)
        expected = explain(from_fold, history.events, revisions(log.partitions), POLICY)
        assert _comparable(found) == _comparable(expected)
    connection.close()


def _comparable(explanation: Explanation | None) -> Any:
    if explanation is None:
        return None
    return replace(
        explanation,
        group=comparable(explanation.group),
        episodes=tuple(_without_onset(each) for each in explanation.episodes),
        candidates=tuple(_without_onset(each) for each in explanation.candidates),
        revisions=tuple(
            sorted(
                (replace(each, groups=tuple(sorted(each.groups))) for each in explanation.revisions),
                key=lambda each: (each.arrived, each.before.key if each.before else ""),
            )
        ),
    )


def _without_onset(each: Any) -> Any:
    return replace(each, appearance=each.appearance._replace(onset=None))

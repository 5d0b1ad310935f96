"""The runs that a map shows equal a fold of the evidence that was known at its time and begins up to its last day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.database import create, instant_text
from history.known_groups import KnownGroups
from history.map_rows import Row
from history.map_runs import Cut, runs_up_to
from history.map_state import MapQuery, MapState, map_state
from history.run_rows import RunsInFull
from history.settled_cuts import settle
from schemas.evidence import EvidenceChange
from schemas.names import comparable
from streams.replay import History
from tests.property.histories import SCENES, START, Scene, histories, long_episodes, spelled_alike
from tests.property.outcomes import POLICY
from tests.support.folded_beginnings import beginning
from tests.support.folded_log import folded
from tests.support.folded_map import folded_map_state
from tests.support.read_model import filled, in_order_of_each_subject, log_of, without_idle_removals

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_runs_up_to_any_day(scene: Scene, data: st.DataObject) -> None:
    changes = in_order_of_each_subject(data.draw(histories(scene)))
    connection = settled_at_times(changes, data)
    groups, log = KnownGroups.load(connection), log_of(changes)

    for last in [START + timedelta(data.draw(scene.days)) for _ in range(4)]:
        for instant in [data.draw(st.sampled_from([change.arrived for change in changes] or [LATER])), LATER]:
            history = folded(log, POLICY, before=instant, up_to=last)
            assert _shown(connection, Cut(instant_text(instant), last), groups) == _shown_in(history)
    connection.close()


@given(st.data())
def test_runs_of_a_long_episode_up_to_any_day(data: st.DataObject) -> None:
    changes = data.draw(long_episodes())
    connection = settled_at_times(changes, data)
    groups, log = KnownGroups.load(connection), log_of(changes)

    for last in [START + timedelta(data.draw(st.integers(0, 1200))) for _ in range(8)]:
        for instant in (changes[-3].arrived, LATER):
            history = folded(log, POLICY, before=instant, up_to=last)
            assert _shown(connection, Cut(instant_text(instant), last), groups) == _shown_in(history)
    connection.close()


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_a_map_with_its_differences_and_reasons(scene: Scene, data: st.DataObject) -> None:
    changes = without_idle_removals(spelled_alike(in_order_of_each_subject(data.draw(histories(scene)))))
    connection, log = settled_at_times(changes, data), log_of(changes)

    for _ in range(3):
        as_of = START + timedelta(data.draw(scene.days))
        known_by = data.draw(st.sampled_from([None, *(change.arrived.date() for change in changes)]))
        known_by = max(known_by, as_of) if known_by else None
        query = MapQuery(as_of, known_by, data.draw(st.sampled_from([1, 30, 400])), candidates=data.draw(st.booleans()))
        assert _by_form(map_state(connection, query, POLICY)) == _by_form(folded_map_state(log, query, POLICY))
    connection.close()


def settled_at_times(changes: Sequence[EvidenceChange], data: st.DataObject) -> sqlite3.Connection:
    """Return a database whose follower wrote some cuts, or all, after parts of the changes."""
    connection = create()
    middle = data.draw(st.integers(0, len(changes)))
    for part in (changes[:middle], changes[middle:]):
        filled(part, POLICY, connection)
        settle(connection, KnownGroups.load(connection), POLICY, data.draw(st.sampled_from([0, 5, 20, 10_000])))
    return connection


def _by_form(state: MapState) -> Any:
    """Return a map with the comparable forms of display names, which a fold shows as they were once written."""

    def rows(found: Iterable[Row | None]) -> list[Row | None]:
        return [row and replace(row, group=comparable(row.group)) for row in found]

    return (
        *({repr(row) for row in rows(found)} for found in (state.then, state.now)),
        {repr((rows([each.then, each.now]), each.country, each.what, each.because)) for each in state.differences},
    )


def _shown(connection: Any, cut: Cut, groups: KnownGroups) -> dict[Any, Any]:
    full = RunsInFull(connection)
    return {
        (*place, run.first_day, run.confirmed): (
            run.last_day, run.begins_by, run.ends_from, run.kind, run.previous_last_day, run.previous_ends_from,
            run.begins,
        )
        for place, runs in runs_up_to(connection, [cut], groups, POLICY, full, date.min)[0].items()
        for run in map(full.of, runs)
        if run.kind
    }  # fmt: skip


def _shown_in(history: History) -> dict[Any, Any]:
    found = {}
    for row in history.presences.values():
        entries = list(history.entries(row))
        for each in row.appearances(POLICY):
            begins = beginning(entries, history.groups, row.group, each, POLICY)
            found[comparable(row.group), row.country, each.first_day, each.status == "confirmed"] = (
                each.last_day, each.begins_by, each.ends_from, each.kind, each.previous_last_day,
                each.previous_ends_from, (begins.origins, begins.by_affiliation, begins.doubts, begins.archival),
            )  # fmt: skip
    return found

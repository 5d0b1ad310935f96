"""What the read model says of any instant equals a fold of the log cut at that instant, in whatever batches it came."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.database import create, instant_text
from history.known_groups import KnownGroups
from history.run_rows import RUN_COLUMNS
from schemas.names import comparable
from schemas.presence import Run
from streams.affiliations import Groups
from streams.on_record import OnRecord
from streams.replay import History
from tests.property.histories import SCENES, Scene, batch_sizes, current_groups, histories, long_episodes
from tests.property.outcomes import POLICY
from tests.support.folded_beginnings import beginning
from tests.support.folded_log import folded
from tests.support.read_model import filled, in_order_of_each_subject, log_of, presence

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_presence_as_of_any_instant(scene: Scene, data: st.DataObject) -> None:
    changes = in_order_of_each_subject(data.draw(histories(scene)))
    connection = filled(changes, POLICY, at_once=data.draw(st.sampled_from([1, 3, 1_000])))
    groups, log = KnownGroups.load(connection), log_of(changes)

    for instant in [*(change.arrived for change in changes), LATER]:
        at = instant_text(instant)
        history = folded(log, POLICY, before=instant)
        assert _without_names(presence(connection, at, groups.before(at))) == _without_names(history.presences)
        assert _beginnings(connection, at) == _beginnings_in(history)
    connection.close()


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_batches_may_end_anywhere(scene: Scene, data: st.DataObject) -> None:
    changes = in_order_of_each_subject(data.draw(histories(scene)))
    at_once, in_batches = filled(changes, POLICY), create()

    position = 0
    for size in data.draw(batch_sizes):
        filled(changes[position : position + size], POLICY, in_batches, data.draw(st.sampled_from([1, 1_000])))
        position += size
    filled(changes[position:], POLICY, in_batches)

    assert _versions(in_batches) == _versions(at_once)
    at_once.close()
    in_batches.close()


@given(st.data())
def test_changes_of_a_long_episode(data: st.DataObject) -> None:
    changes = data.draw(long_episodes())
    connection, log = create(), log_of(changes)
    size = data.draw(st.sampled_from([1, 3, 100]))

    for position in range(0, len(changes), size):
        filled(changes[position : position + size], POLICY, connection)

    groups = KnownGroups.load(connection)
    for change in changes[44:]:
        at = instant_text(change.arrived)
        history = folded(log, POLICY, before=change.arrived)
        assert _without_names(presence(connection, at, groups.before(at))) == _without_names(history.presences)
        assert _beginnings(connection, at) == _beginnings_in(history)
    connection.close()


@given(st.data())
def test_a_group_is_shown_by_its_id_or_as_the_first_sighting_writes_it(data: st.DataObject) -> None:
    """A name that only factions use for their parent is shown as they write it."""
    changes = in_order_of_each_subject(data.draw(histories()))
    connection = filled(changes, POLICY)
    known_groups = KnownGroups.load(connection)

    for instant in [*(change.arrived for change in changes), LATER]:
        at = instant_text(instant)
        known = sorted((change for change in changes if change.arrived < instant), key=lambda change: change.arrived)
        groups = Groups.of(current_groups(known))
        spellings = {comparable(change.add.group): change.add.group for change in reversed(known) if change.add}
        for row in presence(connection, at, known_groups.before(at)).values():
            form = comparable(row.group)
            as_named = groups.name_of(form)
            assert row.group == (as_named if groups.registered(form) else spellings.get(form, as_named))
    connection.close()


def _without_names(presences: Any) -> dict[str, OnRecord]:
    return {
        key: replace(
            row,
            group=comparable(row.group),
            episodes=_without_onsets(row.episodes),
            candidates=_without_onsets(row.candidates),
        )
        for key, row in presences.items()
    }


def _without_onsets(runs: Sequence[Run]) -> Any:
    return tuple(run.replace(onset=None) for run in runs)


def _beginnings(connection: sqlite3.Connection, at: str) -> dict[Any, Any]:
    query = (
        "select group_form, country, first_day, status, kind, previous_last_day, previous_ends_from, origins,"
        " by_affiliation, doubts, archival from run_version"
        " where known_from < ? and (known_until is null or known_until >= ?) and kind is not null"
    )
    return {tuple(row[:4]): tuple(row[4:]) for row in connection.execute(query, (at, at))}


def _beginnings_in(history: History) -> dict[Any, Any]:
    found = {}
    for row in history.presences.values():
        entries = list(history.entries(row))
        for each in row.appearances(POLICY):
            begins = beginning(entries, history.groups, row.group, each, POLICY)
            key = comparable(row.group), row.country, str(each.first_day), each.status
            found[key] = (
                each.kind, _text(each.previous_last_day), _text(each.previous_ends_from), begins.origins,
                _json(begins.by_affiliation), _json(begins.doubts), begins.archival,
            )  # fmt: skip
    return found


def _text(day: object) -> str | None:
    return str(day) if day else None


def _json(texts: Sequence[str]) -> str:
    return json.dumps(texts)


def _versions(connection: sqlite3.Connection) -> set[Any]:
    return set(
        connection.execute(f"select group_form, country, {RUN_COLUMNS}, known_from, known_until from run_version")
    )

"""An explanation from the read model equals one from a fold of the whole evidence log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstseen.groups.evidence_log import EvidenceLog
from history.as_of import Beginning as KnownBeginning
from history.as_of import KnownRun
from history.database import END_OF_TIME, instant_text
from history.explain import Beginning, EpisodeExplanation, Explanation, PlaceOnRecord, explain
from history.place_on_record import changes_of_sightings, explain_place, place_on_record
from history.revisions import Revision, group_revisions
from history.tallies import Tally
from schemas.codes import EpisodeKind
from schemas.names import comparable
from streams.presence.appearances import Appearance
from streams.presence.qualification import origin_of
from streams.presence.rows import presence_key
from streams.replay import History
from tests.property.histories import SCENES, Scene, histories, spelled_alike
from tests.property.outcomes import POLICY
from tests.support.folded_beginnings import beginning
from tests.support.folded_log import folded, revisions
from tests.support.read_model import filled, in_order_of_each_subject, log_of, without_idle_removals


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_of_every_group_in_every_country(scene: Scene, data: st.DataObject) -> None:
    changes = without_idle_removals(spelled_alike(in_order_of_each_subject(data.draw(histories(scene)))))
    connection, log = filled(changes, POLICY), log_of(changes)
    history = folded(log, POLICY)
    names = map(history.groups.form_of, ("isis", "iswap", "boko haram", "daesh", "aq"))
    asked = {(form, country) for form in names for country in scene.countries}

    for form, country in sorted(asked):
        from_fold = _place_of(history, form, country, log)
        changed = changes_of_sightings(connection, form, country)
        place = place_on_record(connection, form, country, POLICY, changed)
        of_place = [change.revision(connection) for change in changed]
        of_groups = group_revisions(connection, "", END_OF_TIME)
        found = explain(place, history.events, sorted([*of_place, *of_groups], key=_arrived), POLICY)
        expected = explain(from_fold, history.events, revisions(log.partitions), POLICY)
        assert _comparable(found) == _comparable(expected)
    connection.close()


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_a_limit_shortens_the_lists_and_nothing_else(scene: Scene, data: st.DataObject) -> None:
    changes = in_order_of_each_subject(data.draw(histories(scene)))
    connection, limit = filled(changes, POLICY), data.draw(st.integers(0, 3))
    forms = {form for (form,) in connection.execute("select group_form from run_version")}

    for form, country in sorted({(form, country) for form in forms for country in scene.countries}):
        everything = _read(explain_place(connection, form, country, POLICY))
        limited = _read(explain_place(connection, form, country, POLICY, limit))
        if everything is None or limited is None:
            assert everything is limited
            continue
        own = [revision for revision in everything.revisions if revision.what != "groups"]
        assert limited.earlier_revisions == max(0, len(own) - limit)
        of_sightings = [revision for revision in limited.revisions if revision.what != "groups"]
        assert of_sightings == own[len(own) - len(of_sightings) :]
        for each, full in zip(
            (*limited.episodes, *limited.candidates), (*everything.episodes, *everything.candidates), strict=True
        ):
            unproved = tuple(full.unproved)
            assert each == replace(full, rest=(), unproved=unproved[:limit])
            assert (full.sightings, full.unproved_sightings) == (len([*full.opening, *full.rest]), len(unproved))
    connection.close()


def _place_of(history: History, form: str, country: str, log: EvidenceLog) -> PlaceOnRecord:
    row = history.presences.get(presence_key(form, country))
    entries = tuple(history.entries(row)) if row else ()
    tallies = [
        Tally(
            seen.first_day,
            seen.last_day,
            frozenset({origin_of(seen)}),
            entry.qualifies,
            1,
            instant_text(seen.arrived),
        )
        for entry in entries
        for seen in [entry.evidence]
    ]
    own = (
        instant_text(revision.before.arrived)
        for revision in revisions(log.partitions)
        if revision.before
        and any(
            seen.country == country and history.groups.resolve(form) in history.groups.counts_for(seen)
            for seen in revision.versions
        )
    )
    return PlaceOnRecord(
        group=row.group if row else form,
        country=country,
        runs=[
            _run_of(each, beginning(entries, history.groups, row.group, each, POLICY))
            for each in row.appearances(POLICY)
        ]
        if row
        else [],
        entries=lambda first, last: [entry for entry in entries if first <= entry.evidence.first_day <= last],
        tallies=tallies,
        first_arrived=min((*own, *(tally.first_arrived for tally in tallies)), default=None),
        groups=history.groups,
        present=frozenset(comparable(other.group) for other in history.presences.values() if other.country == country),
    )


def _run_of(appearance: Appearance, begins: Beginning) -> KnownRun:
    return KnownRun(
        confirmed=appearance.status == "confirmed",
        first_day=appearance.first_day,
        last_day=appearance.last_day,
        begins_by=appearance.begins_by,
        ends_from=appearance.ends_from,
        firm=None,
        trigger=("", ""),
        begins=KnownBeginning(begins.origins, begins.by_affiliation, begins.doubts, begins.archival),
        kind=cast("EpisodeKind", appearance.kind),
        previous_last_day=appearance.previous_last_day,
        previous_ends_from=appearance.previous_ends_from,
    )


def _arrived(revision: Revision) -> datetime:
    return revision.arrived


def _read(explanation: Explanation | None) -> Explanation | None:
    """Return an explanation with everything that is read later."""
    if explanation is None:
        return None
    return replace(
        explanation,
        episodes=tuple(map(_in_full, explanation.episodes)),
        candidates=tuple(map(_in_full, explanation.candidates)),
        revisions=tuple(explanation.revisions),
    )


def _in_full(each: EpisodeExplanation) -> EpisodeExplanation:
    return replace(each, rest=tuple(each.rest), unproved=tuple(each.unproved))


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
    return replace(_in_full(each), appearance=each.appearance._replace(onset=None))

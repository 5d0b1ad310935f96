"""Groups in countries and regions before and after a change -> alert events. Also writes their alerts and spreads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from schemas.alert import MAX_CHANGED_GROUPS, MAX_FACTIONS, AlertEvent, AlertState, Cause
from schemas.evidence import EvidenceChange
from schemas.limits import first_of
from schemas.presence import Onset, Spread, StoredAlert
from streams.presence.alerts import EvidenceUpdate, Subject, compare_alerts, match_alerts, may_raise, with_last_days
from streams.presence.appearances import (
    Appearance,
    find_spreads,
    first_day_of,
    spread_onset,
    with_first_days,
)
from streams.presence.onsets import deciding_evidence, doubts_of, onset_of
from streams.presence.rows import Place, Rows, spread_key
from streams.presence.transitions import Transition

RegionSpread = tuple[str, str]
"""Comparable form of a group, and a region."""


def put_transitions(transitions: Iterable[Transition]) -> dict[RegionSpread, Spread | None]:
    """Set the rows of ``presence`` and the first days of each region.

    Return the earlier rows of the regions whose spreads may have changed; None where there was none.
    """
    before: dict[RegionSpread, Spread | None] = {}
    for transition in transitions:
        place, after = transition.place, transition.after
        if place.presence != after:
            place.put_presence(after)
        if place.area:
            continue  # an area is not part of a region
        old_day = first_day_of(transition.before)
        new_day = first_day_of(after) if after else None
        row = place.spread
        if old_day != new_day:
            before.setdefault((place.group, place.region), row)
            known = row or Spread(group=transition.before.group, region=place.region, first_days=())
            first_days = with_first_days(known.first_days, {place.country: new_day})
            place.put_spread(known.replace(first_days=first_days) if first_days else None)
        elif row and new_day and _shows_onset_of(row, transition):
            before.setdefault((place.group, place.region), row)
    return before


def _shows_onset_of(row: Spread, transition: Transition) -> bool:
    """Whether a spread has an alert with the country, and the evidence for the first day there changed."""
    if not any(transition.place.country in alert.countries for alert in row.alerts):
        return False
    assert transition.after is not None
    first_day = transition.after.first_day
    before, after = (
        [each.onset for each in found if each.first_day == first_day and each.status == "confirmed"]
        for found in (transition.appearances_before, transition.appearances_after)
    )
    return before != after or None in after


def place_events(transition: Transition, update: EvidenceUpdate) -> list[AlertEvent]:
    """Compare the alerts about a group in a country, store them, and return the events."""
    place, rows = transition.place, transition.place.rows
    stored = place.alerts_between(*_alert_area(transition))
    known = sorted(stored.values(), key=lambda alert: (alert.raised_offset, alert.raised_number))
    if not known and not update.added:
        return []
    after = transition.appearances_after
    alerts = with_last_days([alert.state for alert in known], transition.appearances_before)
    matches = match_alerts(alerts, after, update, place.policy)
    new = may_raise(transition.appearances_before, after, matches, update)
    if not matches and not new:
        return []
    needed = {match.appearance.first_day for match in matches if match.appearance} | {each.first_day for each in new}
    with_onsets = {each: _with_onset(place, each) for each in after if each.first_day in needed}
    matches = [match._replace(appearance=match.appearance and with_onsets[match.appearance]) for match in matches]
    region = place.spread
    row = transition.after or transition.before
    rule: Literal["appearance", "area"] = "area" if place.area else "appearance"
    names, area = rows.groups.names_of(place.group), place.area and rows.area_name(place.area)
    states, events = compare_alerts(
        Subject(rule, row.group, place.country, place.region, names, area),
        matches,
        [with_onsets[each] for each in new],
        update,
        region.first_days if region else (),
        rows.policy,
    )
    raised = {alert.state.alert_id: alert for alert in known}
    _store(place, stored, states, raised, update)
    return [
        _with_evidence(rows, event, appearance and _deciding_onset(place, appearance)) for event, appearance in events
    ]


def _alert_area(transition: Transition) -> tuple[date, date]:
    """Return the area with all of the days of the appearances in it: the anchor of an alert lies in one of them."""
    assert transition.area is not None
    found = [*transition.appearances_before, *transition.appearances_after]
    first = min([transition.area[0], *(each.first_day for each in found)])
    return first, max([transition.area[1], *(each.last_day for each in found)])


def _with_onset(place: Place, appearance: Appearance) -> Appearance:
    """Return the appearance with its onset, and display names of factions. Compute and store the onset if necessary."""
    onset = appearance.onset or stored_onset(place, appearance.first_day, confirmed=appearance.status == "confirmed")
    return appearance._replace(onset=_named(place.rows, onset))


def _deciding_onset(place: Place, appearance: Appearance) -> Onset:
    confirmed = appearance.status == "confirmed"
    return stored_onset(place, appearance.first_day, confirmed=confirmed, with_deciding=True)


def stored_onset(place: Place, first_day: date, *, confirmed: bool, with_deciding: bool = False) -> Onset:
    """Return the onset of the run that begins on a day. Compute and store it if necessary."""
    runs = place.runs(confirmed=confirmed)
    run = runs.get(first_day)
    assert run is not None
    if run.onset is None or (with_deciding and not run.onset.deciding):
        run = run.replace(onset=onset_of(place, run, confirmed=confirmed, with_deciding=with_deciding))
        runs.put(run)
    assert run.onset is not None
    return run.onset


def _named(rows: Rows, onset: Onset) -> Onset:
    if not onset.factions:
        return onset
    return onset.replace(factions=first_of(sorted(map(rows.groups.name_of, onset.factions)), MAX_FACTIONS))


def _store(
    place: Place,
    stored: dict[str, StoredAlert],
    states: Iterable[AlertState],
    raised: dict[str, StoredAlert],
    update: EvidenceUpdate,
) -> None:
    kept: dict[str, StoredAlert] = {}
    number = 0
    for state in states:
        known = raised.get(state.alert_id)
        if known:
            same = state == known.state.replace(last_day=state.last_day, ends_from=state.ends_from)
            alert = known if same else known.replace(state=state)
        else:
            alert, number = StoredAlert(state=state, raised_offset=update.offset, raised_number=number), number + 1
        kept[place.alert_key(state)] = alert
    for key in stored.keys() - kept.keys():
        place.rows.alerts.put(key, None)
    for key, alert in kept.items():
        if stored.get(key) is not alert:
            place.rows.alerts.put(key, alert)


def _with_evidence(rows: Rows, event: AlertEvent, onset: Onset | None) -> AlertEvent:
    if onset is None:
        return event
    sightings = deciding_evidence(rows, onset)
    doubts = () if onset.certain else doubts_of(sighting.doubt for sighting in sightings)
    return event.replace(why=event.why.replace(sightings=sightings), doubts=doubts)


def spread_events(
    rows: Rows, group: str, region: str, before: Spread | None, update: EvidenceUpdate
) -> list[AlertEvent]:
    """Compare the alerts about the spread of a group in a region, store them, and return the events."""
    key = spread_key(group, region)
    row = rows.spreads.get(key)
    alerts = before.alerts if before else ()
    after = find_spreads(row.first_days if row else (), rows.policy)
    matches = match_alerts(alerts, after, update, rows.policy)
    new = may_raise(find_spreads(before.first_days, rows.policy) if before else (), after, matches, update)
    if not matches and not new:
        return []
    needed = {match.appearance for match in matches if match.appearance} | {*new}
    with_onsets = {each: each._replace(onset=_spread_onset(rows, group, region, each)) for each in needed}
    name = row.group if row else before.group if before else rows.groups.display_name(group, None, group)
    states, events = compare_alerts(
        Subject("spread", name, region, region, rows.groups.names_of(group)),
        [match._replace(appearance=match.appearance and with_onsets[match.appearance]) for match in matches],
        [with_onsets[each] for each in new],
        update,
        row.first_days if row else (),
        rows.policy,
    )
    if row:
        rows.spreads.put(key, row.replace(alerts=tuple(states)))
    return [_with_evidence(rows, event, appearance and appearance.onset) for event, appearance in events]


def _spread_onset(rows: Rows, group: str, region: str, appearance: Appearance) -> Onset:
    onsets: dict[str, Onset] = {}
    for country in appearance.countries:
        place = rows.place(group, country, region)
        first = place.episodes.first_begun()
        assert first is not None
        onsets[country] = stored_onset(place, first.first_day, confirmed=True, with_deciding=True)
    return _named(rows, spread_onset(appearance, onsets))


def cause_of(change: EvidenceChange) -> Cause:
    """Return what happened to the sighting, or that groups or areas changed."""
    if change.groups:
        ids = (*(group.id for group in change.groups.put), *change.groups.remove)
        shown, more = ids[:MAX_CHANGED_GROUPS], max(0, len(ids) - MAX_CHANGED_GROUPS)
        return Cause(what="groups", groups=shown, more_groups=more)
    if change.in_area and change.in_area.counting:
        return Cause(what="areas")
    before, after = change.remove or change.elsewhere, change.add or change.elsewhere
    if before and after and before is not after:
        return Cause(what="corrected", sighting=after.within_limits, before=before.within_limits)
    if change.add:
        return Cause(what="reported", sighting=change.add.within_limits)
    return Cause(what="withdrawn", sighting=change.remove and change.remove.within_limits)

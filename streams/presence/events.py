"""Groups in countries and regions before and after a change -> alert events. Also writes their alerts and spreads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count

from places.countries import region_of
from schemas.alert import MAX_CHANGED_GROUPS, MAX_FACTIONS, AlertEvent, AlertEvidence, Cause
from schemas.evidence import EvidenceChange
from schemas.group import MAX_NAMES
from schemas.limits import first_of
from schemas.presence import FirstDay, Onset, Spread, StoredAlert
from streams.presence.alerts import (
    EvidenceUpdate,
    Match,
    Outcome,
    Subject,
    compare_alerts,
    match_alerts,
    may_raise,
    with_last_days,
)
from streams.presence.appearances import (
    Appearance,
    AppearanceKey,
    find_spreads,
    first_day_of,
    spread_onset,
    with_first_day,
)
from streams.presence.onsets import count_onset_origins, deciding_evidence, doubts_of, onset_of
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
            first_days = with_first_day(known.first_days, place.country, new_day)
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
    before, after = transition.appearances_before, transition.appearances_after
    if not before and not after:
        return []
    days = [day for each in (*before, *after) for day in (each.first_day, each.last_day)]
    stored = place.alerts_between(min(days), max(days))  # the anchor of an alert lies in an appearance
    known = sorted(stored.values(), key=lambda alert: (alert.raised_offset, alert.raised_number))
    if not known and not update.added:
        return []
    alerts = with_last_days([alert.state for alert in known], before)
    matches = match_alerts(alerts, after, update, rows.policy)
    new = may_raise(before, after, matches, update)
    reported = bool(update.added)  # most likely an event shows the deciding sightings
    onsets = {each.key: _onset_at(place, each, with_deciding=reported) for each in _shown(matches, new)}
    name = (transition.after or transition.before).group
    subject = Subject("area" if place.area else "appearance", name, place.country)
    outcomes = compare_alerts(subject, matches, new, onsets, update, rows.policy)
    _store(place, stored, outcomes, update)
    for shown in (outcome.appearance for outcome in outcomes if outcome.type):
        if shown and not onsets[shown.key].deciding:  # only an event needs them
            onsets[shown.key] = _onset_at(place, shown, with_deciding=True)
    return [_event(rows, subject, place.spread, outcome, onsets, update) for outcome in outcomes if outcome.type]


def _shown(matches: Iterable[Match], new: Iterable[Appearance]) -> Iterator[Appearance]:
    """Yield the appearances that have an alert or may get one."""
    yield from (match.appearance for match in matches if match.appearance)
    yield from new


def _onset_at(place: Place, appearance: Appearance, *, with_deciding: bool) -> Onset:
    confirmed = appearance.status == "confirmed"
    onset = _stored_onset(place, appearance.first_day, confirmed=confirmed, with_deciding=with_deciding)
    return _named(place.rows, onset)


def _stored_onset(place: Place, first_day: date, *, confirmed: bool, with_deciding: bool) -> Onset:
    """Return the onset of the run that begins on a day. Compute and store it if necessary."""
    runs = place.runs(confirmed=confirmed)
    run = runs.get(first_day)
    assert run is not None
    if run.onset and (run.onset.deciding or not with_deciding):
        return run.onset
    onset = onset_of(place, run, confirmed=confirmed, with_deciding=with_deciding)
    runs.put(run.replace(onset=onset))
    return onset


def _named(rows: Rows, onset: Onset) -> Onset:
    """Return the onset with display names of factions."""
    if not onset.factions:
        return onset
    return onset.replace(factions=first_of(sorted(map(rows.groups.name_of, onset.factions)), MAX_FACTIONS))


def _store(
    place: Place, stored: Mapping[str, StoredAlert], outcomes: Iterable[Outcome], update: EvidenceUpdate
) -> None:
    known = {alert.state.alert_id: alert for alert in stored.values()}
    kept: dict[str, StoredAlert] = {}
    numbers = count()
    for outcome in outcomes:
        state = outcome.state
        if outcome.type == "retraction":
            continue
        if alert := known.get(state.alert_id):
            same = state == alert.state.replace(last_day=state.last_day, ends_from=state.ends_from)
            kept[place.alert_key(state)] = alert if same else alert.replace(state=state)
        else:
            raised = StoredAlert(state=state, raised_offset=update.offset, raised_number=next(numbers))
            kept[place.alert_key(state)] = raised
    for key in stored.keys() - kept.keys():
        place.put_alert(key, None)
    for key, alert in kept.items():
        if stored.get(key) is not alert:
            place.put_alert(key, alert)


def spread_events(
    rows: Rows, group: str, region: str, before: Spread | None, update: EvidenceUpdate
) -> list[AlertEvent]:
    """Compare the alerts about the spread of a group in a region, store them, and return the events."""
    key = spread_key(group, region)
    row = rows.spreads.get(key)
    after = find_spreads(row.first_days if row else (), rows.policy)
    matches = match_alerts(before.alerts if before else (), after, update, rows.policy)
    new = may_raise(find_spreads(before.first_days, rows.policy) if before else (), after, matches, update)
    onsets = {each.key: _spread_onset(rows, group, region, each) for each in _shown(matches, new)}
    name = row.group if row else before.group if before else rows.groups.display_name(group, None, group)
    subject = Subject("spread", name, region)
    outcomes = compare_alerts(subject, matches, new, onsets, update, rows.policy)
    if row and outcomes:
        states = (outcome.state for outcome in outcomes if outcome.type != "retraction")
        rows.spreads.put(key, row.replace(alerts=tuple(states)))
    return [_event(rows, subject, row, outcome, onsets, update) for outcome in outcomes if outcome.type]


def _spread_onset(rows: Rows, group: str, region: str, appearance: Appearance) -> Onset:
    onsets: dict[str, Onset] = {}
    for country in appearance.countries:
        place = rows.place(group, country, region)
        first = place.episodes.first_begun()
        assert first is not None
        onsets[country] = _stored_onset(place, first.first_day, confirmed=True, with_deciding=True)
    return _named(rows, spread_onset(appearance, onsets))


def _event(
    rows: Rows,
    subject: Subject,
    region_row: Spread | None,
    outcome: Outcome,
    onsets: Mapping[AppearanceKey, Onset],
    update: EvidenceUpdate,
) -> AlertEvent:
    """Return the event of an alert. ``region_row`` has the first days of the group in the region."""
    alert, appearance = outcome.state, outcome.appearance
    first_days = region_row.first_days if region_row else ()
    assert outcome.type is not None
    why, doubts = AlertEvidence(sightings=(), origins=0), tuple[str, ...]()
    if appearance:
        onset = onsets[appearance.key]
        sightings = deciding_evidence(rows, onset)
        doubts = () if onset.certain else doubts_of(sighting.doubt for sighting in sightings)
        why = AlertEvidence(
            sightings=sightings,
            origins=count_onset_origins(onset),
            previous_last_day=appearance.previous_last_day,
            previous_ends_from=appearance.previous_ends_from,
            records_since=first_days[0].day if first_days else None,
            records_begin_by=_records_begin_by(first_days),
        )
    return AlertEvent(
        alert_id=alert.alert_id,
        revision=alert.revision,
        type=outcome.type,
        kind=alert.kind,
        status=alert.status,
        group=subject.group,
        names=rows.groups.names_of(subject.group)[:MAX_NAMES],
        country=alert.country,
        region=region_of(alert.country),
        area=rows.area_name(subject.place) if subject.rule == "area" else None,
        first_day=alert.first_day,
        last_day=alert.last_day,
        begins_by=alert.begins_by,
        ends_from=alert.ends_from,
        arrived=update.arrived,
        by_affiliation=alert.by_affiliation,
        doubts=doubts,
        countries=alert.countries,
        changes=outcome.changes,
        cause=update.cause,
        why=why,
    )


def _records_begin_by(first_days: Sequence[FirstDay]) -> date | None:
    """Return the latest possible first day of all records; None if the first day is exact."""
    latest = min((first_day.begins_by or first_day.day for first_day in first_days), default=None)
    return latest if first_days and latest != first_days[0].day else None


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

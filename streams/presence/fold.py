"""Evidence changes in; rows of presence, activity and spread, and alert events, out. Dispatch reads the events next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import NamedTuple

from faust_batches.step import Changes, Draft, Incoming, Step, Tables, changes
from schemas.alert import MAX_CHANGED_GROUPS, AlertEvent, Cause
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.names import comparable
from schemas.presence import Activity, FirstDay, Presence, Spread
from schemas.topics import ACTIVITY, AFFILIATIONS, ALERTS, PRESENCE, SPREAD
from streams.presence import day_rows, spread
from streams.presence.affiliations import Groups, affected_names
from streams.presence.alerts import EvidenceLookup, EvidenceUpdate, Subject, compare_alerts
from streams.presence.appearances import Appearance, Onset, appearances, is_in_onset, onset
from streams.presence.day_rows import CountedSighting, DayChanges, EntryChanges, GroupCountry
from streams.presence.episodes import RunLike, Span, as_runs, runs_change, span_of, update_runs
from streams.presence.newness import assign_kinds
from streams.presence.policy import Policy


def fold(tables: Tables, records: Iterable[Incoming], policy: Policy) -> Step:
    """Fold a batch of one partition of ``evidence``, change by change: the result does not depend on batch boundaries.

    Alert events are written to the same partition number as their evidence.
    """
    state = PresenceState(tables, policy)
    step = Step()
    for record in records:
        for event in state.apply(EvidenceChange.from_bytes(record.value or b"")):
            step.emit(ALERTS, event.alert_id, event, event.arrived, record.partition)
    step.changes = state.changes()
    return step


def presence_key(group: str, country: str) -> str:
    """Return the key of a row of ``presence``. All spellings of a group have the same key."""
    return f"{comparable(group)}|{country}"


def spread_key(group: str, region: str) -> str:
    """Return the key of a row of ``spread``. All spellings of a group have the same key."""
    return f"{comparable(group)}|{region}"


@dataclass(slots=True)
class Delta:
    """Evidence that a change removes from, and adds to, one group in one country."""

    removed: list[Evidence] = field(default_factory=list)
    added: list[CountedSighting] = field(default_factory=list)


class Transition(NamedTuple):
    """One group in one country, before and after a change of evidence."""

    before: Presence
    after: Presence
    delta: Delta
    day_changes: DayChanges


class PresenceState:
    """The tables of one partition, with the changes of the current batch on top."""

    def __init__(self, tables: Tables, policy: Policy) -> None:
        self._policy = policy
        self._registered: Draft[Group] = Draft(tables[AFFILIATIONS])
        self._presences: Draft[Presence] = Draft(tables[PRESENCE])
        self._days: Draft[Activity] = Draft(tables[ACTIVITY])
        self._spreads: Draft[Spread] = Draft(tables[SPREAD])
        self._groups = Groups.of(_readable(self._registered))

    def changes(self) -> Changes:
        """Return the changed rows of all tables."""
        drafts = ((AFFILIATIONS, self._registered), (PRESENCE, self._presences), (ACTIVITY, self._days))
        return changes([*drafts, (SPREAD, self._spreads)])

    def apply(self, change: EvidenceChange) -> list[AlertEvent]:
        """Apply a complete change, then compare alerts, so that the result does not depend on the order within it."""
        deltas = self._deltas_of_groups(change.groups) if change.groups else self._deltas(change)
        transitions = {place: self._transition(place, delta) for place, delta in deltas.items()}
        spreads_before = self._update_first_days(transitions)
        events = [
            event
            for place, transition in transitions.items()
            for event in self._alert_events(place, transition, change)
        ]
        for (group, region), before in spreads_before.items():
            events += self._spread_events(group, region, before, transitions, change)
        return events

    def _deltas(self, change: EvidenceChange) -> dict[GroupCountry, Delta]:
        deltas: dict[GroupCountry, Delta] = {}
        for evidence in filter(None, (change.remove, change.add)):
            for group in self._groups.counts_for(evidence):
                delta = deltas.setdefault(GroupCountry(comparable(group), evidence.country, evidence.region), Delta())
                if evidence is change.remove:
                    delta.removed.append(evidence)
                else:
                    delta.added.append(CountedSighting(evidence, self._groups.form_of(evidence.group)))
        return deltas

    def _deltas_of_groups(self, change: GroupsChange) -> dict[GroupCountry, Delta]:
        """Apply a change of groups. Return the evidence that now counts for other groups than before."""
        before = self._groups
        for group in change.put:
            self._registered.put(group.id, group)
        for group_id in change.remove:
            self._registered.put(group_id, None)
        self._groups = after = Groups.of(_readable(self._registered))
        affected = affected_names(before, after, [*(group.id for group in change.put), *change.remove])
        deltas: dict[GroupCountry, Delta] = {}
        for key in sorted(self._presences.keys()):
            if key.rpartition("|")[0] not in affected:
                continue
            row = self._presences.get(key)
            assert row is not None
            own_evidence = self._own_evidence(row)
            self._rename(row, own_evidence, before)
            for evidence in own_evidence:
                old = dict.fromkeys(map(comparable, before.counts_for(evidence)), before.form_of(evidence.group))
                new = dict.fromkeys(map(comparable, after.counts_for(evidence)), after.form_of(evidence.group))
                for name in sorted(old.keys() | new.keys()):
                    if old.get(name) == new.get(name):
                        continue
                    delta = deltas.setdefault(GroupCountry(name, evidence.country, evidence.region), Delta())
                    if name in old:
                        delta.removed.append(evidence)
                    if name in new:
                        delta.added.append(CountedSighting(evidence, new[name]))
        return deltas

    def _own_evidence(self, row: Presence) -> list[Evidence]:
        """Return the sightings of the group itself in a country, without those of its factions."""
        place = _group_country(row)
        found = day_rows.entries(self._days, place, *_first_and_last_day(row))
        return [entry.evidence for entry in found if entry.member == place.group]

    def _rename(self, row: Presence, own_evidence: Iterable[Evidence], before: Groups) -> None:
        """Update the display name of a group that was registered or unregistered."""
        place = _group_country(row)
        registered = self._groups.registered(place.group)
        if registered is None and before.registered(place.group) is None:
            return
        name = self._display_name(place, own_evidence, row.group)
        if name == row.group:
            return
        self._presences.put(presence_key(place.group, row.country), row.replace(group=name))
        day_rows.rename(self._days, place, name, *_first_and_last_day(row))
        key = spread_key(place.group, row.region)
        region = self._spreads.get(key)
        if region and (registered or region.group == row.group):
            self._spreads.put(key, region.replace(group=name))

    def _display_name(self, place: GroupCountry, own_evidence: Iterable[Evidence], default: str) -> str:
        """Return the id of a registered group, else the name as first written."""
        if registered := self._groups.registered(place.group):
            return registered.id
        named = (evidence for evidence in own_evidence if comparable(evidence.group) == place.group)
        if first := min(named, key=lambda evidence: evidence.arrived, default=None):
            return first.group
        return self._groups.parents_as_written.get(place.group, default)

    def _new_row(self, place: GroupCountry, delta: Delta) -> Presence:
        region = self._spreads.get(spread_key(place.group, place.region))
        added = [sighting.evidence for sighting in delta.added]
        name = region.group if region else self._display_name(place, added, place.group)
        return Presence(group=name, country=place.country, region=place.region)

    def _transition(self, place: GroupCountry, delta: Delta) -> Transition:
        row = self._presences.get(place.key) or self._new_row(place, delta)
        day_changes = day_rows.change(self._days, place, delta.removed, delta.added, row, self._policy)
        confirmed, unconfirmed = day_changes.confirmed, day_changes.unconfirmed
        values: dict[str, object] = {}
        if runs_change(row.episodes, confirmed.left, confirmed.joined):
            values["episodes"] = assign_kinds(
                self._updated_runs(row.episodes, place, confirmed, qualifies=True), self._policy
            )
        if runs_change(row.unproven, unconfirmed.left, unconfirmed.joined):
            values["unproven"] = as_runs(self._updated_runs(row.unproven, place, unconfirmed, qualifies=False))
        return Transition(row, row.replace(**values) if values else row, delta, day_changes)

    def _updated_runs(
        self, runs: Sequence[RunLike], place: GroupCountry, entry_changes: EntryChanges, *, qualifies: bool
    ) -> Sequence[RunLike]:
        def remaining(first: date, last: date) -> Iterable[Span]:
            found = day_rows.entries(self._days, place, first, last)
            return (span_of(entry.evidence, self._policy) for entry in found if entry.qualifies == qualifies)

        return update_runs(runs, entry_changes.left, entry_changes.joined, remaining, self._policy)

    def _update_first_days(self, transitions: dict[GroupCountry, Transition]) -> dict[tuple[str, str], Spread]:
        """Update the first days of each region. Return the previous rows of regions whose spread alerts may change."""
        updates: dict[tuple[str, str], dict[str, FirstDay | None]] = {}
        names: dict[tuple[str, str], str] = {}
        for place, transition in transitions.items():
            before, after = transition.before, transition.after
            moved = after is not before and spread.first_day_moved(before, after)
            if moved or self._spread_onset_changed(place, transition):
                updates.setdefault((place.group, place.region), {})[place.country] = spread.first_day(after)
                names.setdefault((place.group, place.region), after.group)
        rows_before: dict[tuple[str, str], Spread] = {}
        for (group, region), first_day_by_country in updates.items():
            key = spread_key(group, region)
            row = self._spreads.get(key) or Spread(group=names[group, region], region=region, first_days=())
            rows_before[group, region] = row
            first_days = spread.first_days(row.first_days, first_day_by_country)
            self._spreads.put(key, row.replace(first_days=first_days) if first_days else None)
        return rows_before

    def _spread_onset_changed(self, place: GroupCountry, transition: Transition) -> bool:
        """Whether the evidence for a first day of an alerted spread changed."""
        episodes = transition.after.episodes
        if not episodes or not is_in_onset(episodes[0].first_day, transition.day_changes.days, self._policy):
            return False
        row = self._spreads.get(spread_key(place.group, place.region))
        return row is not None and any(place.country in alert.countries for alert in row.alerts)

    def _alert_events(self, place: GroupCountry, transition: Transition, change: EvidenceChange) -> list[AlertEvent]:
        before, after = transition.before, transition.after
        if after is before and not self._onset_changed(transition):
            return []  # one more sighting within a known episode: by far the most frequent case
        added = transition.delta.added
        region = self._spreads.get(spread_key(place.group, place.region))
        names = self._groups.names_of(place.group)
        alerts, events = compare_alerts(
            Subject("appearance", after.group, place.country, place.region, names),
            before.alerts,
            _affected_appearances(transition, self._policy),
            EvidenceUpdate(change.arrived, _cause(change), transition.day_changes.days, partial(_first_within, added)),
            EvidenceLookup(
                partial(self._onset, place),
                lambda appearance: appearances(before, self._policy, appearance.first_day, appearance.last_day),
                region.first_days if region else (),
            ),
            self._policy,
        )
        row = after if alerts == after.alerts else after.replace(alerts=alerts)
        self._presences.put(place.key, row if row.episodes or row.unproven else None)
        return events

    def _spread_events(
        self,
        group: str,
        region: str,
        before: Spread,
        transitions: dict[GroupCountry, Transition],
        change: EvidenceChange,
    ) -> list[AlertEvent]:
        key = spread_key(group, region)
        row = self._spreads.get(key)
        added = [
            sighting.evidence
            for place, transition in transitions.items()
            if (place.group, place.region) == (group, region)
            for sighting in transition.delta.added
        ]
        alerts, events = compare_alerts(
            Subject("spread", before.group, region, region, self._groups.names_of(group)),
            before.alerts,
            spread.find_spreads(row.first_days if row else (), self._policy),
            EvidenceUpdate(change.arrived, _cause(change), frozenset(), lambda _: added[0] if added else None),
            EvidenceLookup(
                partial(self._spread_onset, group, region),
                lambda after: [
                    earlier for earlier in spread.find_spreads(before.first_days, self._policy) if earlier.meets(after)
                ],
                row.first_days if row else (),
            ),
            self._policy,
        )
        if row:
            self._spreads.put(key, row.replace(alerts=alerts))
        return events

    def _onset_changed(self, transition: Transition) -> bool:
        """Whether the evidence for the onset of an alert changed."""
        touched = transition.day_changes.days
        return any(is_in_onset(alert.first_day, touched, self._policy) for alert in transition.before.alerts)

    def _onset(self, place: GroupCountry, appearance: Appearance) -> Onset:
        return onset(
            appearance, place.group, partial(day_rows.entries, self._days, place), self._groups.name_of, self._policy
        )

    def _spread_onset(self, group: str, region: str, appearance: Appearance) -> Onset:
        onsets: dict[str, Onset] = {}
        for country in appearance.countries:
            row = self._presences.get(presence_key(group, country))
            assert row is not None
            first = next(found for found in appearances(row, self._policy) if found.status == "confirmed")
            onsets[country] = self._onset(GroupCountry(group, country, region), first)
        return spread.spread_onset(appearance, onsets)


def _readable(groups: Draft[Group]) -> Iterator[Group]:
    for key in groups.keys():  # noqa: SIM118 - a draft is not a mapping
        with suppress(ValueError):  # an unreadable row must not fail every change of evidence
            if group := groups.get(key):
                yield group


def _group_country(row: Presence) -> GroupCountry:
    return GroupCountry(comparable(row.group), row.country, row.region)


def _first_and_last_day(row: Presence) -> tuple[date, date]:
    runs: list[RunLike] = [*row.episodes, *row.unproven]
    return min(run.first_day for run in runs), max(run.last_day for run in runs)


def _affected_appearances(transition: Transition, policy: Policy) -> list[Appearance]:
    """Return the appearances after a change whose alerts may differ.

    Without existing alerts, only an appearance that contains an added sighting can raise one.
    """
    if transition.before.alerts:
        return appearances(transition.after, policy)
    added_days = sorted(sighting.evidence.first_day for sighting in transition.delta.added)
    return appearances(transition.after, policy, added_days[0], added_days[-1]) if added_days else []


def _first_within(added: Iterable[CountedSighting], appearance: Appearance) -> Evidence | None:
    within = (sighting.evidence for sighting in added if appearance.holds(sighting.evidence.first_day))
    return min(within, key=lambda evidence: (evidence.first_day, evidence.source, evidence.id), default=None)


def _cause(change: EvidenceChange) -> Cause:
    if change.groups:
        ids = (*(group.id for group in change.groups.put), *change.groups.remove)
        shown, more = ids[:MAX_CHANGED_GROUPS], max(0, len(ids) - MAX_CHANGED_GROUPS)
        return Cause(what="groups", groups=shown, more_groups=more)
    before, after = change.remove or change.elsewhere, change.add or change.elsewhere
    if before and after and before is not after:
        return Cause(what="corrected", sighting=after.within_limits, before=before.within_limits)
    if change.add:
        return Cause(what="reported", sighting=change.add.within_limits)
    return Cause(what="withdrawn", sighting=change.remove and change.remove.within_limits)

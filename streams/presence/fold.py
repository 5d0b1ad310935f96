"""Evidence changes in; presence, activity, spread and alert events out. Alert events go on to dispatch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import NamedTuple

from faust_batches.step import Changes, Draft, Incoming, Step, Tables, changes
from schemas.alert import MOST_CHANGED_GROUPS, AlertEvent, Cause
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Group, GroupsChange
from schemas.names import comparable
from schemas.presence import Activity, FirstDay, Presence, Spread
from schemas.topics import ACTIVITY, AFFILIATIONS, ALERTS, PRESENCE, SPREAD
from streams.presence import days as activity
from streams.presence import spread
from streams.presence.affiliations import Groups, affected_names
from streams.presence.alerts import EvidenceLookup, EvidenceUpdate, Subject, compare_alerts
from streams.presence.appearances import Appearance, Onset, appearances, is_in_onset, onset
from streams.presence.days import CountedSighting, DayChanges, GroupCountry
from streams.presence.episodes import RunLike, Span, as_runs, assign_kinds, runs_change, span_of, update_runs
from streams.presence.policy import Policy


def fold(tables: Tables, records: Iterable[Incoming], policy: Policy) -> Step:
    """Fold a batch of one partition of ``evidence``: change by change, so that a batch may end anywhere.

    Alert events stay in the partition of their region.
    """
    partition = _Partition(tables, policy)
    step = Step()
    for record in records:
        for event in partition.take(EvidenceChange.from_bytes(record.value or b"")):
            step.emit(ALERTS, event.alert_id, event, event.arrived, record.partition)
    step.changes = partition.changes()
    return step


def presence_key(group: str, country: str) -> str:
    """Return the key of a row of ``presence``: all spellings of a group have the same."""
    return f"{comparable(group)}|{country}"


def spread_key(group: str, region: str) -> str:
    """Return the key of a row of ``spread``: all spellings of a group have the same."""
    return f"{comparable(group)}|{region}"


@dataclass(slots=True)
class _Move:
    """What a change takes from, and brings to, one group in one country."""

    removed: list[Evidence] = field(default_factory=list)
    added: list[CountedSighting] = field(default_factory=list)


class _Moved(NamedTuple):
    before: Presence
    after: Presence
    move: _Move
    shifts: DayChanges


class _Partition:
    """The tables of one partition, seen through the changes so far."""

    def __init__(self, tables: Tables, policy: Policy) -> None:
        self._policy = policy
        self._known: Draft[Group] = Draft(tables[AFFILIATIONS])
        self._presences: Draft[Presence] = Draft(tables[PRESENCE])
        self._days: Draft[Activity] = Draft(tables[ACTIVITY])
        self._spreads: Draft[Spread] = Draft(tables[SPREAD])
        self._groups = Groups.of(_readable(self._known))

    def changes(self) -> Changes:
        """Return what became of the tables."""
        drafts = ((AFFILIATIONS, self._known), (PRESENCE, self._presences), (ACTIVITY, self._days))
        return changes([*drafts, (SPREAD, self._spreads)])

    def take(self, change: EvidenceChange) -> list[AlertEvent]:
        """Apply one change whole, and only then compare: what it means must not depend on the order within it."""
        moves = self._regrouping(change.groups) if change.groups else self._moves(change)
        moved = {where: self._apply(where, move) for where, move in moves.items()}
        spread_before = self._note_first_days(moved)
        events = [event for where, one in moved.items() for event in self._tell(where, one, change)]
        for (group, region), before in spread_before.items():
            events += self._tell_spread(group, region, before, moved, change)
        return events

    def _moves(self, change: EvidenceChange) -> dict[GroupCountry, _Move]:
        moves: dict[GroupCountry, _Move] = {}
        for evidence in (one for one in (change.remove, change.add) if one):
            for group in self._groups.counts_for(evidence):
                move = moves.setdefault(GroupCountry(comparable(group), evidence.country, evidence.region), _Move())
                if evidence is change.remove:
                    move.removed.append(evidence)
                else:
                    move.added.append(CountedSighting(evidence, self._groups.form_of(evidence.group)))
        return moves

    def _regrouping(self, change: GroupsChange) -> dict[GroupCountry, _Move]:
        """Return what counts for others now that groups changed; everything else is left alone."""
        before = self._groups
        for group in change.put:
            self._known.put(group.id, group)
        for group_id in change.remove:
            self._known.put(group_id, None)
        self._groups = after = Groups.of(_readable(self._known))
        touched = affected_names(before, after, [*(group.id for group in change.put), *change.remove])
        moves: dict[GroupCountry, _Move] = {}
        for key in sorted(self._presences.keys()):
            if key.rpartition("|")[0] not in touched:
                continue
            row = self._presences.get(key)
            assert row is not None
            seen_itself = self._seen_itself(row)
            self._rename(row, seen_itself, before)
            for evidence in seen_itself:
                was = dict.fromkeys(map(comparable, before.counts_for(evidence)), before.form_of(evidence.group))
                now = dict.fromkeys(map(comparable, after.counts_for(evidence)), after.form_of(evidence.group))
                for name in sorted(was.keys() | now.keys()):
                    if was.get(name) == now.get(name):
                        continue
                    move = moves.setdefault(GroupCountry(name, evidence.country, evidence.region), _Move())
                    if name in was:
                        move.removed.append(evidence)
                    if name in now:
                        move.added.append(CountedSighting(evidence, now[name]))
        return moves

    def _seen_itself(self, row: Presence) -> list[Evidence]:
        """Return the sightings of the group itself in a country, not of its factions."""
        where = _where(row)
        found = activity.entries(self._days, where, *_from_to(row))
        return [entry.evidence for entry in found if entry.member == where.group]

    def _rename(self, row: Presence, seen_itself: Iterable[Evidence], before: Groups) -> None:
        """Show a group by its id once it is known, and by its name as first written once it no longer is."""
        where = _where(row)
        known = self._groups.registered(where.group)
        if known is None and before.registered(where.group) is None:
            return
        shown = self._name(where, seen_itself, row.group)
        if shown == row.group:
            return
        self._presences.put(presence_key(where.group, row.country), row.replace(group=shown))
        activity.rename(self._days, where, shown, *_from_to(row))
        key = spread_key(where.group, row.region)
        region = self._spreads.get(key)
        if region and (known or region.group == row.group):
            self._spreads.put(key, region.replace(group=shown))

    def _name(self, where: GroupCountry, seen: Iterable[Evidence], otherwise: str) -> str:
        """Return the name under which a group is shown: its id, else as it was first written."""
        if known := self._groups.registered(where.group):
            return known.id
        so_written = (one for one in seen if comparable(one.group) == where.group)
        if first := min(so_written, key=lambda one: one.arrived, default=None):
            return first.group
        return self._groups.parents_as_written.get(where.group, otherwise)

    def _new_row(self, where: GroupCountry, move: _Move) -> Presence:
        region = self._spreads.get(spread_key(where.group, where.region))
        shown = region.group if region else self._name(where, [one.evidence for one in move.added], where.group)
        return Presence(group=shown, country=where.country, region=where.region)

    def _apply(self, where: GroupCountry, move: _Move) -> _Moved:
        row = self._presences.get(where.key) or self._new_row(where, move)
        shifts = activity.change(self._days, where, move.removed, move.added, row, self._policy)
        update: dict[str, object] = {}
        if runs_change(row.episodes, shifts.proven.left, shifts.proven.joined):
            runs = self._shifted(row.episodes, where, shifts.proven, qualifies=True)
            update["episodes"] = assign_kinds(runs, self._policy)
        if runs_change(row.unproven, shifts.unproven.left, shifts.unproven.joined):
            runs = self._shifted(row.unproven, where, shifts.unproven, qualifies=False)
            update["unproven"] = as_runs(runs)
        return _Moved(row, row.replace(**update) if update else row, move, shifts)

    def _shifted(
        self, runs: Sequence[RunLike], where: GroupCountry, shift: activity.EntryChanges, *, qualifies: bool
    ) -> Sequence[RunLike]:
        def remaining(first: date, last: date) -> Iterable[Span]:
            found = activity.entries(self._days, where, first, last)
            return (span_of(entry.evidence, self._policy) for entry in found if entry.qualifies == qualifies)

        return update_runs(runs, shift.left, shift.joined, remaining, self._policy)

    def _note_first_days(self, moved: dict[GroupCountry, _Moved]) -> dict[tuple[str, str], Spread]:
        """Bring the first days of each region up to date; return the rows as they were, where there may be news."""
        updates: dict[tuple[str, str], dict[str, FirstDay | None]] = {}
        shown: dict[tuple[str, str], str] = {}
        for where, one in moved.items():
            moved_first = one.after is not one.before and spread.first_day_moved(one.before, one.after)
            if moved_first or self._attests_spread(where, one):
                updates.setdefault((where.group, where.region), {})[where.country] = spread.first_day(one.after)
                shown.setdefault((where.group, where.region), one.after.group)
        before: dict[tuple[str, str], Spread] = {}
        for (group, region), days in updates.items():
            key = spread_key(group, region)
            row = self._spreads.get(key) or Spread(group=shown[group, region], region=region, first_days=())
            before[group, region] = row
            first_days = spread.first_days(row.first_days, days)
            self._spreads.put(key, row.replace(first_days=first_days) if first_days else None)
        return before

    def _attests_spread(self, where: GroupCountry, moved: _Moved) -> bool:
        """Whether a spread that was told is attested otherwise now, even when no first day is another."""
        episodes = moved.after.episodes
        if not episodes or not is_in_onset(episodes[0].first_day, moved.shifts.days, self._policy):
            return False
        row = self._spreads.get(spread_key(where.group, where.region))
        return row is not None and any(where.country in alert.countries for alert in row.alerts)

    def _tell(self, where: GroupCountry, moved: _Moved, change: EvidenceChange) -> list[AlertEvent]:
        if moved.after is moved.before and not self._attests_alerts(moved):
            return []  # one more sighting of what is known: the most frequent case by far
        added = moved.move.added
        region = self._spreads.get(spread_key(where.group, where.region))
        alerts, events = compare_alerts(
            Subject("appearance", moved.after.group, where.country, where.region, self._groups.names_of(where.group)),
            moved.before.alerts,
            _that_may_differ(moved, self._policy),
            EvidenceUpdate(change.arrived, _cause(change), moved.shifts.days, partial(_first_within, added)),
            EvidenceLookup(
                partial(self._opening, where),
                lambda one: appearances(moved.before, self._policy, one.first_day, one.last_day),
                region.first_days if region else (),
            ),
            self._policy,
        )
        same = alerts == moved.after.alerts
        row = moved.after if same else moved.after.replace(alerts=alerts)
        self._presences.put(where.key, row if row.episodes or row.unproven else None)
        return events

    def _tell_spread(
        self,
        group: str,
        region: str,
        before: Spread,
        moved: dict[GroupCountry, _Moved],
        change: EvidenceChange,
    ) -> list[AlertEvent]:
        key = spread_key(group, region)
        row = self._spreads.get(key)
        added = [
            one for where, m in moved.items() if (where.group, where.region) == (group, region) for one in m.move.added
        ]
        alerts, events = compare_alerts(
            Subject("spread", before.group, region, region, self._groups.names_of(group)),
            before.alerts,
            spread.find_spreads(row.first_days if row else (), self._policy),
            EvidenceUpdate(change.arrived, _cause(change), frozenset(), lambda _: added[0].evidence if added else None),
            EvidenceLookup(
                partial(self._spread_opening, group, region),
                lambda one: [each for each in spread.find_spreads(before.first_days, self._policy) if each.meets(one)],
                row.first_days if row else (),
            ),
            self._policy,
        )
        if row:
            self._spreads.put(key, row.replace(alerts=alerts))
        return events

    def _attests_alerts(self, moved: _Moved) -> bool:
        """Whether an alert's beginning is attested otherwise now, even when no episode is another."""
        return any(is_in_onset(alert.first_day, moved.shifts.days, self._policy) for alert in moved.before.alerts)

    def _opening(self, where: GroupCountry, appearance: Appearance) -> Onset:
        return onset(
            appearance, where.group, partial(activity.entries, self._days, where), self._groups.name_of, self._policy
        )

    def _spread_opening(self, group: str, region: str, appearance: Appearance) -> Onset:
        each: dict[str, Onset] = {}
        for country in appearance.countries:
            row = self._presences.get(presence_key(group, country))
            assert row is not None
            first = next(one for one in appearances(row, self._policy) if one.status == "confirmed")
            each[country] = self._opening(GroupCountry(group, country, region), first)
        return spread.spread_onset(appearance, each)


def _readable(groups: Draft[Group]) -> Iterator[Group]:
    """Yield the groups without rows that cannot be read: each would otherwise fail every change of evidence."""
    for key in groups.keys():  # noqa: SIM118 - a draft is no mapping
        with suppress(ValueError):
            if group := groups.get(key):
                yield group


def _where(row: Presence) -> GroupCountry:
    return GroupCountry(comparable(row.group), row.country, row.region)


def _from_to(row: Presence) -> tuple[date, date]:
    """Return the first and the last day of a row that has any."""
    runs: list[RunLike] = [*row.episodes, *row.unproven]
    return min(run.first_day for run in runs), max(run.last_day for run in runs)


def _that_may_differ(moved: _Moved, policy: Policy) -> list[Appearance]:
    """Return the appearances after a change by which alerts may differ.

    Where no alert stands, one can only be raised: for what holds a sighting that came.
    """
    if moved.before.alerts:
        return appearances(moved.after, policy)
    came = sorted(one.evidence.first_day for one in moved.move.added)
    return appearances(moved.after, policy, came[0], came[-1]) if came else []


def _first_within(added: Iterable[CountedSighting], appearance: Appearance) -> Evidence | None:
    inside = (one.evidence for one in added if appearance.holds(one.evidence.first_day))
    return min(inside, key=lambda one: (one.first_day, one.source, one.id), default=None)


def _cause(change: EvidenceChange) -> Cause:
    if change.groups:
        ids = (*(group.id for group in change.groups.put), *change.groups.remove)
        shown, more = ids[:MOST_CHANGED_GROUPS], max(0, len(ids) - MOST_CHANGED_GROUPS)
        return Cause.model_construct(what="groups", groups=shown, more_groups=more)
    before, after = change.remove or change.elsewhere, change.add or change.elsewhere
    if before and after and before is not after:
        return Cause.model_construct(what="corrected", sighting=after.within_limits, before=before.within_limits)
    if change.add:
        return Cause.model_construct(what="reported", sighting=change.add.within_limits)
    return Cause.model_construct(what="withdrawn", sighting=change.remove and change.remove.within_limits)

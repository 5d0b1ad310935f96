"""A change of groups -> sightings that count for other groups than before, and the alert events of these groups.

The work may be too large for one transaction, so it is done in pieces, each in a step of its own. First the sightings
of all groups that the change affects are visited, and the days of their groups are updated. Then the episodes and
alerts of each group in each country are built again from the days, and at the end those of the regions. Rows of
``presence-regrouping`` hold the progress, so that a restart continues in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from places.area_records import AREA
from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import GroupsChange
from schemas.names import comparable
from schemas.presence import Presence, Regrouping
from streams.affiliations import Groups, affected_names
from streams.presence.alerts import EvidenceUpdate
from streams.presence.days import change_days
from streams.presence.events import cause_of, place_events, put_transitions, spread_events
from streams.presence.qualification import qualifies_alone
from streams.presence.rows import PROGRESS, Counted, Place, Rows, in_order
from streams.presence.transitions import Transition, new_row, rebuild_place

MAX_VISITED = 2_000
"""Sightings that one piece visits."""

MAX_PLACES = 100
"""Groups in a country whose episodes one piece builds."""

_PLACE = "place\0"
_REGION = "region\0"


class _Touched:
    """The rows of ``presence-regrouping``: what is left to do. They are written only if the change is unfinished."""

    def __init__(self, rows: Rows, offset: int) -> None:
        self._rows, self.offset = rows, offset
        self._written = dict(rows.regrouping.prefix(""))
        known = dict(self._written)
        progress = known.pop(PROGRESS, None)
        continues = progress is not None and progress.offset == offset
        self.moved_up_to = progress.moved_up_to if progress and continues else None
        self.todo: dict[str, Regrouping] = known if continues else {}

    def keys(self, kind: str) -> list[str]:
        return sorted(key for key in self.todo if key.startswith(kind))

    def places(self) -> list[str]:
        """Return the keys of groups in countries, by group; new countries last, because they get the region's name."""

        def order(key: str) -> tuple[str, bool, str]:
            return key.split("\0")[1], not self.todo[key].known, key

        return sorted(self.keys(_PLACE), key=order)

    def update(self, key: str, **values: object) -> None:
        self.todo[key] = (self.todo.get(key) or Regrouping()).replace(**values)

    def save(self, *, finished: bool) -> None:
        progress = Regrouping(offset=self.offset, moved_up_to=self.moved_up_to)
        rows = {} if finished else {**self.todo, PROGRESS: progress}
        for key in self._written.keys() - rows.keys():
            self._rows.regrouping.put(key, None)
        for key, row in rows.items():
            if row is not self._written.get(key):
                self._rows.regrouping.put(key, row)


def regroup(rows: Rows, change: EvidenceChange, groups: GroupsChange, offset: int) -> tuple[list[AlertEvent], bool]:
    """Apply the next piece of a change of groups. Return the alert events, and whether it was the last piece."""
    rows.settle_triggers()  # while their sightings are still in place
    before, touched = rows.groups, _Touched(rows, offset)
    changed = (*(group.id for group in groups.put), *groups.remove)
    known = {group_id: group for group_id, group in before.by_id.items() if group_id not in changed}
    rows.groups = after = Groups.of([*known.values(), *groups.put])
    if touched.moved_up_to != "":
        names = sorted(affected_names(before, after, changed))
        if touched.moved_up_to is None:
            _touch_names(rows, names, touched)
        touched.moved_up_to = _move(rows, before, after, names, touched)
    events: list[AlertEvent] = []
    if touched.moved_up_to == "":
        events = _build_places(rows, before, change, touched)
        if not touched.keys(_PLACE):
            events += _compare_regions(rows, change, touched)
    rows.settle_triggers()
    finished = touched.moved_up_to == "" and not touched.todo
    touched.save(finished=finished)
    if finished:
        for group in groups.put:
            rows.registered.put(group.id, group)
        for group_id in groups.remove:
            rows.registered.put(group_id, None)
    else:
        rows.groups = before
    return events, finished


def _move(rows: Rows, before: Groups, after: Groups, names: list[str], touched: _Touched) -> str:
    """Visit the next sightings of the groups. Return the key of the last one, or an empty text if all were visited."""
    position = ""
    for number, (key, evidence) in enumerate(_own_sightings(rows, names, touched.moved_up_to or "")):
        if number == MAX_VISITED:
            return position
        position = key
        member, where, _ = key.split("\0", 2)
        area = where if where.startswith(AREA) else None
        old, new = before.form_of(evidence.group), after.form_of(evidence.group)
        if old != new and member == new:
            continue  # it was moved here by this change
        alone = qualifies_alone(evidence, rows.policy)
        _recount(rows, before, after, Counted(evidence, old, alone, area), touched)
        if old != new:
            rows.sightings.put(key, None)
            rows.sightings.put(Counted(evidence, new, alone, area).key, evidence)
        if (written := comparable(evidence.group)) in (member, new):
            _note_name(evidence, written, where, touched)
    return ""


def _touch_names(rows: Rows, names: list[str], touched: _Touched) -> None:
    """Note every group in a country whose display name may change, those without own sightings included."""
    for name in names:
        for key, row in rows.presences.prefix(f"{name}|"):
            if key == f"{name}|{row.country}":
                touched.update(f"{_PLACE}{name}\0{row.country}", region=row.region, known=True)


def _own_sightings(rows: Rows, names: list[str], start: str) -> Iterator[tuple[str, Evidence]]:
    """Yield the sightings of the groups themselves, with their keys, after a key."""
    for name in names:
        if not start or name >= start.partition("\0")[0]:
            yield from rows.sightings.prefix(f"{name}\0", after=start)


def _recount(rows: Rows, before: Groups, after: Groups, counted: Counted, touched: _Touched) -> None:
    """Update the days of the groups that a sighting counts for before or after the change, but not both."""
    evidence, alone, area = counted.evidence, counted.alone, counted.area
    old, new = (dict.fromkeys(groups.forms_for(evidence), groups.form_of(evidence.group)) for groups in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        place = rows.place(name, *((area, "") if area else (evidence.country, evidence.region)))
        removed = Counted(evidence, old[name], alone, area) if name in old else None
        added = Counted(evidence, new[name], alone, area) if name in new else None
        if added and place.presence is None:
            place.put_presence(new_row(place, added))
        change_days(place, removed, added)
        touched.update(f"{_PLACE}{name}\0{place.country}", region=place.region, changed=True)
        region = f"{_REGION}{name}\0{place.region}"
        if added and area is None and ((known := touched.todo.get(region)) is None or known.added is None):
            touched.update(region, region=place.region, added=evidence)


def _note_name(evidence: Evidence, member: str, where: str, touched: _Touched) -> None:
    key = f"{_PLACE}{member}\0{where}"
    known = touched.todo.get(key)
    if known is None or known.written_at is None or evidence.arrived < known.written_at:
        region = "" if where.startswith(AREA) else evidence.region
        touched.update(key, region=region, written=evidence.group, written_at=evidence.arrived)


def _build_places(rows: Rows, before: Groups, change: EvidenceChange, touched: _Touched) -> list[AlertEvent]:
    """Build the episodes of the next groups in countries, and compare their alerts."""
    cause = cause_of(change)
    transitions: list[Transition] = []
    for key in islice(touched.places(), MAX_PLACES):
        _, group, country = key.split("\0")
        work = touched.todo.pop(key)
        assert work.region is not None
        place = rows.place(group, country, work.region)
        known = _renamed(before, place, work)
        if work.changed:
            transitions.append(rebuild_place(place, known))
            _put_transition(transitions[-1], touched)  # before the next country, which may get the region's name
        elif known != place.presence:
            place.put_presence(known)
    events: list[AlertEvent] = []
    for transition in transitions:
        added = () if _counts_silently(transition.place) else tuple(_first_added(before, transition))
        events += place_events(transition, EvidenceUpdate(change.arrived, touched.offset, cause, added))
    return events


def _put_transition(transition: Transition, touched: _Touched) -> None:
    for (group, region), row in put_transitions([transition]).items():
        key = f"{_REGION}{group}\0{region}"
        if (kept := touched.todo.get(key)) is None or not kept.changed:
            touched.update(key, region=region, before=row, changed=True)


def _counts_silently(place: Place) -> bool:
    """Whether a place is an area of which some partitions have not counted yet: nothing is news in it."""
    row = place.rows.areas.get(place.area) if place.area else None
    return place.area is not None and not (row and row.is_counted)


def _renamed(before: Groups, place: Place, work: Regrouping) -> Presence:
    """Return the row of ``presence`` with the display name of a group that was registered or unregistered."""
    row, groups = place.presence or new_row(place, None), place.rows.groups
    registered, region = groups.registered(place.group), place.spread
    if work.known and registered is None and before.registered(place.group) is None:
        return row
    in_region = region.group if region and not work.known else None
    name = groups.display_name(place.group, in_region or work.written, row.group)
    if region and region.group != name and (registered or region.group == row.group):
        place.put_spread(region.replace(group=name))
    return row if name == row.group else row.replace(group=name)


def _first_added(before: Groups, transition: Transition) -> Iterator[Evidence]:
    """Yield the first sighting that the change added to each new appearance."""
    place = transition.place
    for appearance in transition.appearances_after:
        if any(
            earlier.meets(appearance) and earlier.status == "confirmed" for earlier in transition.appearances_before
        ):
            continue
        within = in_order(
            [
                place.sightings_between(appearance.first_day, appearance.last_day, confirmed=confirmed)
                for confirmed in (True, False)
            ]
        )
        for counted in within:
            seen = counted.evidence
            if place.group not in before.forms_for(seen) or before.form_of(seen.group) != counted.member:
                yield seen
                break


def _compare_regions(rows: Rows, change: EvidenceChange, touched: _Touched) -> list[AlertEvent]:
    cause = cause_of(change)
    events: list[AlertEvent] = []
    for key in touched.keys(_REGION):
        work = touched.todo.pop(key)
        _, group, region = key.split("\0")
        if work.changed:
            added = (work.added,) if work.added else ()
            events += spread_events(
                rows, group, region, work.before, EvidenceUpdate(change.arrived, touched.offset, cause, added)
            )
    return events
